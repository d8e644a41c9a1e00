"""An admin's change whose payment the bank wants confirmed: a pending update, which Stripe applies when it is paid.

The bank's demand leaves nothing at Stripe, so that the same change is sent again, as one that may wait. After a lost
answer the subscription shows what Stripe has done: its metadata names the operation, beside its pending update, or
its new quantities or cycle.
Source: Stripe's documentation, "Pending updates".
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.actor import Attempt
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import keys_of_confirmation
from services.billing.domain.item_change import item_changes
from services.billing.domain.quote import Terms
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.item_update import ItemsChanged, ItemUpdateTask
from services.billing.with_retry import OVER


@dataclass(frozen=True, slots=True)
class ConfirmedUpdate:
    """The calls of one pending update."""

    stripe: StripeApi

    async def make(self, attempt: Attempt, task: ItemUpdateTask, terms: Terms) -> ItemsChanged | None:
        """Have Stripe make the change when its payment is confirmed; None to try again later."""
        snapshot = await self.stripe.subscription(task.subscription_id)
        if snapshot.confirming == str(attempt.id) and _is_made(snapshot, task, terms):
            return _changed(snapshot)
        changes = item_changes(snapshot.item_ids, task.after.quantities(), terms.prices)
        for key in keys_of_confirmation(attempt.id, attempt.tries):
            try:
                changed = await self.stripe.change_when_confirmed(
                    snapshot.id,
                    changes,
                    operation_id=str(attempt.id),
                    key=key,
                    proration_date=terms.proration_date,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, OVER):
                    continue
                raise
            return _changed(changed)
        return None


def _is_made(snapshot: StripeSubscriptionSnapshot, task: ItemUpdateTask, terms: Terms) -> bool:
    has_changed = snapshot.quantities == task.after.quantities() and snapshot.cycle is terms.cycle
    return snapshot.pending_until is not None or has_changed


def _changed(snapshot: StripeSubscriptionSnapshot) -> ItemsChanged:
    """The result. A payment that the bank wants confirmed has an invoice, which is the newest one."""
    return ItemsChanged(snapshot=snapshot, invoice=snapshot.latest_invoice)
