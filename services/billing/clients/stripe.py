"""Stripe, through its official SDK: the only file that imports it.

Every call is made once: what to do about a failure is decided by who called, with the same idempotency key. A failed
call raises `StripeFailedError` with its meaning; what comes back is turned into plain values here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

import httpx
import stripe

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.catalogue import CataloguePrice, HeldPrice
from services.billing.domain.outcome_of import Failure, Missing, Outcome, Unknown, outcome_of
from services.billing.domain.plan_total import Tier
from services.billing.domain.seen import SeenInvoice, SeenItem, SeenSubscription

API_VERSION: Final = "2026-08-26.dahlia"
"""Pinned: an upgrade of the SDK must not change what Stripe answers."""
OPERATION: Final = "operation_id"
"""The metadata key under which a subscription bears the last operation of ours that changed it."""
_SUBSCRIPTION_PARTS: Final = ["latest_invoice", "items.data.price.tiers"]
_PORTAL: Final = "card-email-invoices-1"
"""Names the portal's configuration in its metadata; a change of its features needs a new name."""
_PAGE: Final = 100

Answer = TypeVar("Answer")


class StripeFailedError(Exception):
    """A call to Stripe failed; `outcome` says what that means. Bears no text of Stripe's, which may name people."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, in seconds. Stripe itself gives up on a request after 80 s."""

    connect: float = 5.0
    read: float = 80.0


class StripeApi:
    """The calls that billing makes."""

    def __init__(self, api_key: str, base: str | None = None, patience: Patience | None = None) -> None:
        waits = patience or Patience()
        self._http = stripe.HTTPXClient(timeout=httpx.Timeout(waits.read, connect=waits.connect))
        self._stripe = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=0,
            http_client=self._http,
            base_addresses={"api": base.rstrip("/")} if base else {},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    # --- customers and subscriptions

    async def create_customer(
        self,
        *,
        name: str,
        email: str,
        payment_method: str,
        agency_id: str,
        operation_id: str,
        key: str,
    ) -> str:
        """Make a customer who pays with this card; its id. A card that is refused leaves no customer."""
        made = await _asked(
            self._stripe.v1.customers.create_async(
                {
                    "name": name,
                    "email": email,
                    "payment_method": payment_method,
                    "invoice_settings": {"default_payment_method": payment_method},
                    "metadata": {"agency_id": agency_id, OPERATION: operation_id},
                },
                {"idempotency_key": key},
            ),
        )
        return made.id

    async def customer_of(self, email: str, operation_id: str) -> str | None:
        """The customer that this operation made, if it did; for when the answer can no longer be replayed."""
        found = await _asked(self._stripe.v1.customers.list_async({"email": email, "limit": _PAGE}))
        return next((one.id for one in found.data if _note(one.metadata, OPERATION) == operation_id), None)

    async def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, and with it whatever could bill; one that is gone already is fine."""
        try:
            await _asked(self._stripe.v1.customers.delete_async(customer_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise

    async def create_subscription(
        self,
        *,
        customer_id: str,
        price_ids: Mapping[SeatType, str],
        quantities: Quantities,
        operation_id: str,
        key: str,
    ) -> SeenSubscription:
        """Subscribe to both seat types at once, paid now or not made."""
        made = await _asked(
            self._stripe.v1.subscriptions.create_async(
                {
                    "customer": customer_id,
                    "items": [
                        {
                            "price": price_ids[seat_type],
                            "quantity": quantity,
                            "metadata": {"seat_type": seat_type.value},
                        }
                        for seat_type, quantity in quantities
                    ],
                    "payment_behavior": "error_if_incomplete",
                    "metadata": {OPERATION: operation_id},
                    "expand": _SUBSCRIPTION_PARTS,
                },
                {"idempotency_key": key},
            ),
        )
        return _seen(made)

    async def subscription(self, subscription_id: str) -> SeenSubscription:
        """Read a subscription."""
        return _seen(
            await _asked(
                self._stripe.v1.subscriptions.retrieve_async(subscription_id, {"expand": _SUBSCRIPTION_PARTS}),
            ),
        )

    async def subscription_of(self, customer_id: str) -> SeenSubscription | None:
        """The living subscription of a customer, if there is one."""
        found = await _asked(
            self._stripe.v1.subscriptions.list_async({"customer": customer_id, "status": "active", "limit": 1}),
        )
        return await self.subscription(found.data[0].id) if found.data else None

    async def set_quantities(
        self,
        *,
        subscription: SeenSubscription,
        quantities: Quantities,
        operation_id: str,
        key: str,
    ) -> SeenSubscription:
        """Set both quantities in one update, billed now: paid, or nothing changed."""
        changed = await _asked(
            self._stripe.v1.subscriptions.update_async(
                subscription.id,
                {
                    "items": [
                        {"id": subscription.items[seat_type].id, "quantity": quantity}
                        for seat_type, quantity in quantities
                    ],
                    "proration_behavior": "always_invoice",
                    "payment_behavior": "error_if_incomplete",
                    "metadata": {OPERATION: operation_id},
                    "expand": _SUBSCRIPTION_PARTS,
                },
                {"idempotency_key": key},
            ),
        )
        return _seen(changed)

    async def invoices_of(self, subscription_id: str) -> list[SeenInvoice]:
        """The newest invoices of a subscription, newest first."""
        found = await _asked(
            self._stripe.v1.invoices.list_async({"subscription": subscription_id, "limit": _PAGE}),
        )
        return [_seen_invoice(one) for one in found.data]

    # --- the portal

    async def portal_configuration(self) -> str | None:
        """The portal configuration that we made, if we did."""
        found = await _asked(
            self._stripe.v1.billing_portal.configurations.list_async({"active": True, "limit": _PAGE}),
        )
        return next((one.id for one in found.data if _note(one.metadata, "headcount") == _PORTAL), None)

    async def create_portal_configuration(self) -> str:
        """Make the portal show card, billing e-mail and invoices; quantities and the end are not for it to change."""
        made = await _asked(
            self._stripe.v1.billing_portal.configurations.create_async(
                {
                    "features": {
                        "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                        "invoice_history": {"enabled": True},
                        "payment_method_update": {"enabled": True},
                        "subscription_cancel": {"enabled": False},
                        "subscription_update": {"enabled": False},
                    },
                    "metadata": {"headcount": _PORTAL},
                },
                # Two processes that miss it at once make one.
                {"idempotency_key": f"headcount-portal-{_PORTAL}"},
            ),
        )
        return made.id

    async def open_portal(self, *, customer_id: str, configuration: str, return_url: str, to_card: bool) -> str:
        """Make a session of the portal; its address lives for minutes. `to_card` leads straight to the card's page."""
        session = await _asked(
            self._stripe.v1.billing_portal.sessions.create_async(
                {
                    "customer": customer_id,
                    "configuration": configuration,
                    "return_url": return_url,
                    "flow_data": {"type": "payment_method_update"},
                }
                if to_card
                else {"customer": customer_id, "configuration": configuration, "return_url": return_url},
            ),
        )
        return session.url

    # --- the catalogue

    async def prices(self, lookup_keys: list[str]) -> dict[str, HeldPrice]:
        """Those of the prices that are there, by lookup key."""
        found = await _asked(
            self._stripe.v1.prices.list_async(
                {"lookup_keys": lookup_keys, "active": True, "expand": ["data.tiers"], "limit": _PAGE},
            ),
        )
        return {
            one.lookup_key: HeldPrice(one.id, _id_of(one.product), _cycle_or_none(one), one.currency, _tiers(one))
            for one in found.data
            if one.lookup_key is not None
        }

    async def ensure_product(self, product_id: str, name: str, seat_type: SeatType) -> bool:
        """Make the product unless it is there; True when it was made."""
        try:
            await _asked(self._stripe.v1.products.retrieve_async(product_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise
        else:
            return False
        await self.create_product(product_id, name, seat_type)
        return True

    async def create_product(self, product_id: str, name: str, seat_type: SeatType) -> None:
        """Make a product under an id of our choice, so that a second one of the same kind cannot be made."""
        await _asked(
            self._stripe.v1.products.create_async(
                {"id": product_id, "name": name, "unit_label": "seat", "metadata": {"seat_type": seat_type.value}},
            ),
        )

    async def create_price(self, wanted: CataloguePrice) -> str:
        """Make a price; its id."""
        made = await _asked(
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


async def _asked(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except stripe.APIConnectionError as lost:
        raise StripeFailedError(Unknown("no_answer")) from lost
    except stripe.StripeError as said:
        raise StripeFailedError(outcome_of(_failure(said))) from said


def _failure(said: stripe.StripeError) -> Failure:
    error = said.error
    headers = {name.lower(): value for name, value in (said.headers or {}).items()}
    return Failure(
        status=said.http_status,
        type=getattr(error, "type", None),
        code=getattr(error, "code", None),
        decline_code=getattr(error, "decline_code", None),
        param=getattr(error, "param", None),
        replayed=headers.get("idempotent-replayed") == "true",
        limited=headers.get("stripe-rate-limited-reason"),
    )


def _seen(subscription: stripe.Subscription) -> SeenSubscription:
    items = {_seat_type(item): item for item in subscription["items"].data}
    cycles = {_cycle_or_none(item.price) for item in items.values()}
    invoice = subscription.latest_invoice
    return SeenSubscription(
        id=subscription.id,
        status=subscription.status,
        cycle=BillingCycle.ANNUAL if cycles == {BillingCycle.ANNUAL} else BillingCycle.MONTHLY,
        items={
            seat_type: SeenItem(item.id, item.quantity or 0, _tiers(item.price))
            for seat_type, item in items.items()
            if seat_type is not None
        },
        operation=_note(subscription.metadata, OPERATION),
        latest_invoice=_seen_invoice(invoice) if isinstance(invoice, stripe.Invoice) else None,
    )


def _seat_type(item: stripe.SubscriptionItem) -> SeatType | None:
    """Noted on the item by us, and on the price, which holds when somebody re-made the item by hand."""
    noted = _note(item.metadata, "seat_type") or _note(item.price.metadata, "seat_type")
    return SeatType(noted) if noted in set(SeatType) else None


def _seen_invoice(invoice: stripe.Invoice) -> SeenInvoice:
    parent = invoice.parent.subscription_details if invoice.parent else None
    return SeenInvoice(
        id=invoice.id,
        number=invoice.number,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        url=invoice.hosted_invoice_url,
        reason=invoice.billing_reason,
        operation=_note(parent.metadata, OPERATION) if parent else None,
    )


def _tiers(price: stripe.Price) -> tuple[Tier, ...]:
    tiers = getattr(price, "tiers", None)
    if tiers is None:
        return (Tier(None, Decimal(price.unit_amount_decimal or 0)),)
    return tuple(Tier(tier.up_to, Decimal(tier.unit_amount_decimal or 0)) for tier in tiers)


def _cycle_or_none(price: stripe.Price) -> BillingCycle | None:
    match price.recurring.interval if price.recurring else None:
        case "month":
            return BillingCycle.MONTHLY
        case "year":
            return BillingCycle.ANNUAL
        case _:
            return None


def _note(metadata: stripe.StripeObject | None, name: str) -> str | None:
    return str(metadata[name]) if metadata is not None and name in metadata else None


def _id_of(product: object) -> str:
    return product if isinstance(product, str) else str(getattr(product, "id", ""))
