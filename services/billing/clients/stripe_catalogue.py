"""Products and prices at Stripe: found by our lookup keys, made where they are missing."""

from __future__ import annotations

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.catalogue import CataloguePrice, HeldPrice
from services.billing.clients.stripe_base import PAGE, Calls, StripeFailedError, asked
from services.billing.clients.stripe_reading import cycle_of, id_of, tiers_of
from services.billing.domain.outcome_of import Missing


class CatalogueCalls(Calls):
    """The calls about what is sold."""

    async def prices(self, lookup_keys: list[str]) -> dict[str, HeldPrice]:
        """Those of the prices that are there, by lookup key."""
        found = await asked(
            self._stripe.v1.prices.list_async(
                {"lookup_keys": lookup_keys, "active": True, "expand": ["data.tiers"], "limit": PAGE},
            ),
        )
        return {
            one.lookup_key: HeldPrice(one.id, id_of(one.product), cycle_of(one), one.currency, tiers_of(one))
            for one in found.data
            if one.lookup_key is not None
        }

    async def ensure_product(self, product_id: str, name: str, seat_type: SeatType) -> bool:
        """Make the product unless it is there; True when it was made."""
        try:
            await asked(self._stripe.v1.products.retrieve_async(product_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise
        else:
            return False
        await self.create_product(product_id, name, seat_type)
        return True

    async def create_product(self, product_id: str, name: str, seat_type: SeatType) -> None:
        """Make a product under an id of our choice, so that a second one of the same kind cannot be made."""
        await asked(
            self._stripe.v1.products.create_async(
                {"id": product_id, "name": name, "unit_label": "seat", "metadata": {"seat_type": seat_type.value}},
            ),
        )

    async def create_price(self, wanted: CataloguePrice) -> str:
        """Make a price; its id."""
        made = await asked(
            self._stripe.v1.prices.create_async(
                {
                    "product": wanted.product,
                    "currency": wanted.currency,
                    "lookup_key": wanted.lookup_key,
                    "billing_scheme": "tiered",
                    "tiers_mode": "volume",
                    "tiers": [
                        {"up_to": "inf" if tier.up_to is None else tier.up_to, "unit_amount": int(tier.unit)}
                        for tier in wanted.tiers
                    ],
                    "recurring": {"interval": "month" if wanted.cycle is BillingCycle.MONTHLY else "year"},
                    "metadata": {"seat_type": wanted.seat_type.value},
                },
            ),
        )
        return made.id
