"""Stripe, through its official SDK, which only this folder imports: customers, subscriptions, and all calls together.

Every call is made once: what to do about a failure is decided by who called, with the same idempotency key. A failed
call raises `StripeFailedError` with its meaning; what comes back is turned into plain values here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from contracts.vocabulary import Quantities, SeatType
from services.billing.clients.stripe_base import API_VERSION, PAGE, Calls, Patience, StripeFailedError, asked
from services.billing.clients.stripe_catalogue import CatalogueCalls
from services.billing.clients.stripe_events import EventCalls
from services.billing.clients.stripe_invoices import InvoiceCalls
from services.billing.clients.stripe_pace import Paces
from services.billing.clients.stripe_portal import PortalCalls
from services.billing.clients.stripe_reading import OPERATION, note, subscription_snapshot
from services.billing.domain.item_change import ItemChange
from services.billing.domain.outcome_of import Missing
from services.billing.domain.snapshots import StripeSubscriptionSnapshot

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams, SubscriptionUpdateParamsItem

__all__ = ["API_VERSION", "Paces", "Patience", "StripeApi", "StripeFailedError"]

_SUBSCRIPTION_PARTS: Final = ["latest_invoice", "items.data.price.tiers", "customer"]


class SubscriptionCalls(Calls):
    """The calls about customers and their subscriptions."""

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
        made = await asked(
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
        found = await asked(self._stripe.v1.customers.list_async({"email": email, "limit": PAGE}))
        return next((one.id for one in found.data if note(one.metadata, OPERATION) == operation_id), None)

    async def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, and with it whatever could bill; one that is gone already is fine."""
        try:
            await asked(self._stripe.v1.customers.delete_async(customer_id))
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
    ) -> StripeSubscriptionSnapshot:
        """Subscribe to both seat types at once, paid now or not made."""
        made = await asked(
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
        return subscription_snapshot(made)

    async def subscription(self, subscription_id: str) -> StripeSubscriptionSnapshot:
        """Read a subscription."""
        return subscription_snapshot(
            await asked(
                self._stripe.v1.subscriptions.retrieve_async(subscription_id, {"expand": _SUBSCRIPTION_PARTS}),
            ),
        )

    async def subscription_of(self, customer_id: str) -> StripeSubscriptionSnapshot | None:
        """The living subscription of a customer, if there is one."""
        found = await asked(
            self._stripe.v1.subscriptions.list_async({"customer": customer_id, "status": "active", "limit": 1}),
        )
        return await self.subscription(found.data[0].id) if found.data else None

    async def change_items(
        self,
        subscription_id: str,
        changes: Sequence[ItemChange],
        *,
        operation_id: str,
        key: str,
        proration_date: int | None = None,
        leave_pending: bool = False,
    ) -> StripeSubscriptionSnapshot:
        """Change both items in one update, billed now: paid, or nothing changed.

        `leave_pending`: not billed now, the prorations wait for the next invoice.

        `proration_date` is the second for which it is reckoned: that of the preview whose price is to be paid.
        """
        params: SubscriptionUpdateParams = {
            "items": [_item(one) for one in changes],
            "proration_behavior": "create_prorations" if leave_pending else "always_invoice",
            "payment_behavior": "error_if_incomplete",
            "metadata": {OPERATION: operation_id},
            "expand": _SUBSCRIPTION_PARTS,
        }
        if proration_date is not None:
            params["proration_date"] = proration_date
        update = self._stripe.v1.subscriptions.update_async(subscription_id, params, {"idempotency_key": key})
        return subscription_snapshot(await asked(update))


def _item(change: ItemChange) -> SubscriptionUpdateParamsItem:
    item: SubscriptionUpdateParamsItem = {"id": change.item, "quantity": change.quantity}
    if change.price is not None:
        item["price"] = change.price
    return item


class StripeApi(SubscriptionCalls, InvoiceCalls, PortalCalls, CatalogueCalls, EventCalls):
    """Every call that billing makes."""
