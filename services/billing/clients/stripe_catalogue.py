"""The calls about products and prices, which our lookup keys and product ids identify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.catalogue import CataloguePrice
from services.billing.catalogue_prices import HeldPrice
from services.billing.clients.stripe_base import PAGE, StripeFailedError, call
from services.billing.clients.stripe_currencies import CurrencyCalls
from services.billing.clients.stripe_fields import cycle_of, id_of, tiers_of
from services.billing.domain.outcome_of import Missing

if TYPE_CHECKING:
    import stripe

_MOST_KEYS: Final = 10
"""Stripe lists the prices of at most so many lookup keys. Source: Stripe's API reference, "List all prices"."""


class CatalogueCalls(CurrencyCalls):
    """The calls about products and prices."""

    async def prices(self, lookup_keys: list[str], currency: str | None = None) -> dict[str, HeldPrice]:
        """The active prices by lookup key, in this currency, or each in its own one. Others are left out."""
        held: dict[str, HeldPrice] = {}
        for start in range(0, len(lookup_keys), _MOST_KEYS):
            keys = lookup_keys[start : start + _MOST_KEYS]
            page = await call(
                self._stripe.v1.prices.list_async(
                    {"lookup_keys": keys, "active": True, "expand": ["data.tiers"], "limit": PAGE},
                ),
            )
            for listed in page.data:
                price = listed if currency is None else await self.price_in(listed, currency)
                if listed.lookup_key is not None and price is not None:
                    held[listed.lookup_key] = _held(price)
        return held

    async def ensure_product(self, product_id: str, name: str, seat_type: SeatType) -> bool:
        """Create the product unless it exists; True when it was created."""
        try:
            await call(self._stripe.v1.products.retrieve_async(product_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise
        else:
            return False
        await self.create_product(product_id, name, seat_type)
        return True

    async def create_product(self, product_id: str, name: str, seat_type: SeatType) -> None:
        """Create a product under our own id, so that a second one of the same seat type cannot be created."""
        await call(
            self._stripe.v1.products.create_async(
                {"id": product_id, "name": name, "unit_label": "seat", "metadata": {"seat_type": seat_type.value}},
            ),
        )

    async def create_price(self, price: CataloguePrice) -> str:
        """Create a price; its id."""
        made = await call(
            self._stripe.v1.prices.create_async(
                {
                    "product": price.product,
                    "currency": price.currency,
                    "lookup_key": price.lookup_key,
                    "billing_scheme": "tiered",
                    "tiers_mode": "volume",
                    "tiers": [
                        {"up_to": "inf" if tier.up_to is None else tier.up_to, "unit_amount": int(tier.unit)}
                        for tier in price.tiers
                    ],
                    "recurring": {"interval": "month" if price.cycle is BillingCycle.MONTHLY else "year"},
                    "metadata": {"seat_type": price.seat_type.value},
                },
            ),
        )
        return made.id


def _held(price: stripe.Price) -> HeldPrice:
    return HeldPrice(price.id, id_of(price.product), cycle_of(price), price.currency, tiers_of(price))
