"""The client of Stripe: the calls about customers and subscriptions, and `StripeApi`, which has all calls.

Each call is made once; the caller decides about another attempt with the same idempotency key. A failed call raises
`StripeFailedError` with its meaning. Answers are turned into plain values (`domain/snapshots.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.vocabulary import Quantities, SeatType
from services.billing.clients.stripe_base import API_VERSION, PAGE, Patience, StripeFailedError, call, every
from services.billing.clients.stripe_catalogue import CatalogueCalls
from services.billing.clients.stripe_currencies import CurrencyCalls
from services.billing.clients.stripe_events import EventCalls
from services.billing.clients.stripe_fields import AGENCY, CONFIRMING, OPERATION, SEAT_TYPE, note
from services.billing.clients.stripe_invoices import InvoiceCalls
from services.billing.clients.stripe_pace import Paces
from services.billing.clients.stripe_portal import PortalCalls
from services.billing.clients.stripe_reading import SUBSCRIPTION_PARTS, subscription_snapshot
from services.billing.domain.item_change import Billed, ItemChange, begins_new_period
from services.billing.domain.outcome_of import MANAGED, Missing, Misused
from services.billing.domain.plan_total import RecurringTotals
from services.billing.domain.snapshots import StripeSubscriptionSnapshot

if TYPE_CHECKING:
    import stripe
    from stripe.params import (
        SubscriptionItemListParams,
        SubscriptionListParams,
        SubscriptionUpdateParams,
        SubscriptionUpdateParamsItem,
    )

__all__ = ["API_VERSION", "Paces", "Patience", "StripeApi", "StripeFailedError"]


class SubscriptionCalls(InvoiceCalls, CurrencyCalls):
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
        """Create a customer who pays with this card; the customer's id. A declined card leaves no customer."""
        made = await call(
            self._stripe.v1.customers.create_async(
                {
                    "name": name,
                    "email": email,
                    "payment_method": payment_method,
                    "invoice_settings": {"default_payment_method": payment_method},
                    "metadata": {AGENCY: agency_id, OPERATION: operation_id},
                },
                {"idempotency_key": key},
            ),
        )
        return made.id

    async def customer_of(self, email: str, operation_id: str) -> str | None:
        """The customer that this operation created, or None; for the time when Stripe replays its answer no more."""
        page = await call(self._stripe.v1.customers.list_async({"email": email, "limit": PAGE}))
        customers = (customer.id for customer in page.data if note(customer.metadata, OPERATION) == operation_id)
        return next(customers, None)

    async def delete_customer(self, customer_id: str) -> None:
        """Delete a customer and with it everything that could bill. Do nothing if the customer is gone already."""
        try:
            await call(self._stripe.v1.customers.delete_async(customer_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise

    async def create_subscription(
        self,
        *,
        customer_id: str,
        price_ids: Mapping[SeatType, str],
        quantities: Quantities,
        agency_id: str,
        operation_id: str,
        key: str,
    ) -> StripeSubscriptionSnapshot:
        """Create a subscription to both seat types; it is paid at once or not created."""
        made = await call(
            self._stripe.v1.subscriptions.create_async(
                {
                    "customer": customer_id,
                    "items": [
                        {
                            "price": price_ids[seat_type],
                            "quantity": quantity,
                            "metadata": {SEAT_TYPE: seat_type.value},
                        }
                        for seat_type, quantity in quantities
                    ],
                    # Itemized: an invoice shows a proration before its discounts, and these beside it.
                    "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
                    "payment_behavior": "error_if_incomplete",
                    # A bank debit is paid days after the update, so its 200 would be no payment.
                    "payment_settings": {"payment_method_types": ["card"]},
                    "metadata": {AGENCY: agency_id, OPERATION: operation_id},
                    "expand": SUBSCRIPTION_PARTS,
                },
                {"idempotency_key": key},
            ),
        )
        return subscription_snapshot(made)

    async def subscription(self, subscription_id: str) -> StripeSubscriptionSnapshot:
        """Read a subscription with its customer and its newest invoice."""
        return await self._with_totals(
            await call(
                self._stripe.v1.subscriptions.retrieve_async(subscription_id, {"expand": SUBSCRIPTION_PARTS}),
            ),
        )

    async def _read_further_items(self, subscription: stripe.Subscription) -> None:
        """Add the items beyond the first ten, which Stripe leaves out of the subscription: ours may be among them."""
        items = subscription["items"]
        if not items.has_more or not items.data:
            return
        params: SubscriptionItemListParams = {
            "subscription": subscription.id,
            "limit": PAGE,
            "starting_after": items.data[-1].id,
            "expand": ["data.price.tiers", "data.price.product"],
        }
        items.data.extend((await every(self._stripe.v1.subscription_items.list_async(params))).objects)

    async def _with_totals(self, subscription: stripe.Subscription) -> StripeSubscriptionSnapshot:
        """The snapshot, with Stripe's totals of a cycle where discounts or taxes change them.

        Without an address for automatic tax Stripe previews nothing; then the totals stay those before taxes.
        """
        await self._read_further_items(subscription)
        await self._read_in_currency(subscription)
        snapshot = subscription_snapshot(subscription)
        if not snapshot.is_adjusted or snapshot.is_over:
            return snapshot
        try:
            cycle = await self.preview(snapshot.id, (), "recurring")
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Misused | Missing):
                return snapshot
            raise
        return replace(snapshot, recurring=RecurringTotals(cycle.total, cycle.discount, cycle.tax))

    async def subscription_made_by(self, customer_id: str, operation_id: str) -> StripeSubscriptionSnapshot | None:
        """The subscription that this operation created for the customer, or None."""
        living = await self._living(customer_id)
        ours = (listed.id for listed in living if note(listed.metadata, OPERATION) == operation_id)
        subscription_id = next(ours, None)
        return await self.subscription(subscription_id) if subscription_id is not None else None

    async def subscriptions_of(self, customer_id: str) -> tuple[StripeSubscriptionSnapshot, ...]:
        """All subscriptions of a customer that have not ended, of whatever product."""
        return tuple([await self.subscription(listed.id) for listed in await self._living(customer_id)])

    async def _living(self, customer_id: str) -> list[stripe.Subscription]:
        """The customer's subscriptions as Stripe lists them by default: those that are not canceled, newest first."""
        params: SubscriptionListParams = {"customer": customer_id, "limit": PAGE}
        return (await every(self._stripe.v1.subscriptions.list_async(params))).objects

    async def change_items(
        self,
        subscription_id: str,
        changes: Sequence[ItemChange],
        *,
        operation_id: str,
        key: str,
        proration_date: int | None = None,
        billed: Billed = Billed.NOW,
        off_session: bool = False,
    ) -> StripeSubscriptionSnapshot:
        """Change both items in one update; it is billed and paid at once, or not made.

        `billed` LATER: its prorations wait for the next invoice. `proration_date` is the second for which Stripe
        calculates: that of the preview whose price is to be charged. `off_session`: nobody is there who could confirm
        the payment.
        """
        params: SubscriptionUpdateParams = {
            "items": [_item(change) for change in changes],
            "proration_behavior": billed.value,
            "payment_behavior": "error_if_incomplete",
            "metadata": {OPERATION: operation_id},
            "expand": SUBSCRIPTION_PARTS,
        }
        if begins_new_period(changes):
            params["billing_cycle_anchor"] = "now"
        if proration_date is not None:
            params["proration_date"] = proration_date
        if off_session:
            params["off_session"] = True
        return await self._update(subscription_id, params, key)

    async def change_when_confirmed(
        self,
        subscription_id: str,
        changes: Sequence[ItemChange],
        *,
        operation_id: str,
        key: str,
        proration_date: int | None,
    ) -> StripeSubscriptionSnapshot:
        """Change both items when the cardholder has confirmed the payment: until then the update is pending.

        A pending update takes no metadata, so that the operation's id is written by a call of its own before it.
        Source: Stripe's documentation, "Pending updates reference".
        """
        noted = self._stripe.v1.subscriptions.update_async(
            subscription_id, {"metadata": {CONFIRMING: operation_id}}, {"idempotency_key": f"{key}-note"}
        )
        await call(noted)
        params: SubscriptionUpdateParams = {
            "items": [_item(change, confirm=True) for change in changes],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
            "expand": SUBSCRIPTION_PARTS,
        }
        if begins_new_period(changes):
            params["billing_cycle_anchor"] = "now"
        if proration_date is not None:
            params["proration_date"] = proration_date
        return await self._update(subscription_id, params, key)

    async def set_back(
        self, subscription_id: str, changes: Sequence[ItemChange], *, operation_id: str, key: str
    ) -> StripeSubscriptionSnapshot:
        """Set the quantities back after a change that was never paid; its prorations wait, for the caller to delete."""
        params: SubscriptionUpdateParams = {
            "items": [_item(change) for change in changes],
            "proration_behavior": "create_prorations",
            "metadata": {OPERATION: operation_id},
            "expand": SUBSCRIPTION_PARTS,
        }
        return await self._update(subscription_id, params, key)

    async def set_cycle_back(
        self, subscription_id: str, changes: Sequence[ItemChange], *, operation_id: str, key: str, bills_at: int
    ) -> StripeSubscriptionSnapshot:
        """Move the items back after a switch that was never paid: nothing is billed or credited until `bills_at`.

        Source: Stripe's documentation, "Set the subscription billing renewal date": `trial_end` moves it.
        """
        params: SubscriptionUpdateParams = {
            "items": [_item(change) for change in changes],
            "proration_behavior": "none",
            "trial_end": bills_at,
            "metadata": {OPERATION: operation_id},
            "expand": SUBSCRIPTION_PARTS,
        }
        return await self._update(subscription_id, params, key)

    async def _update(
        self, subscription_id: str, params: SubscriptionUpdateParams, key: str
    ) -> StripeSubscriptionSnapshot:
        """Change the items. Stripe gives no code where it refuses because a schedule manages them, so that is read."""
        try:
            made = await call(
                self._stripe.v1.subscriptions.update_async(subscription_id, params, {"idempotency_key": key})
            )
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Misused) and (await self.subscription(subscription_id)).is_scheduled:
                raise StripeFailedError(Misused(MANAGED, failed.outcome.param)) from failed
            raise
        return await self._with_totals(made)


def _item(change: ItemChange, *, confirm: bool = False) -> SubscriptionUpdateParamsItem:
    item: SubscriptionUpdateParamsItem = {"quantity": change.quantity}
    if change.item is not None:
        item["id"] = change.item
    if change.added is not None and not confirm:
        item["metadata"] = {SEAT_TYPE: change.added.value}
    if change.price is not None:
        item["price"] = change.price
    return item


class StripeApi(SubscriptionCalls, InvoiceCalls, PortalCalls, CatalogueCalls, EventCalls):
    """Every call that billing makes to Stripe."""
