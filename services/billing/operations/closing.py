"""Undo an opening that was given up: refund what it charged, and delete its customer.

The agency was rejected while Stripe did not answer, so this task goes on until Stripe has answered, however late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from chassis.actor import ActorContext, Attempt, Done, Retry
from services.billing.clients.stripe import StripeApi
from services.billing.domain.account import Agency
from services.billing.domain.what_next import Reject
from services.billing.tasks import CloseOpening, TaskValue, close_opening
from services.billing.with_retry import with_retry

_AGAIN_AFTER: Final = timedelta(hours=1)
"""Stripe did not accept the undoing, for a reason that a person removes."""


class OpeningClosed(TaskValue):
    """Nothing of the opening is charged or bills any more; or, with `left`, Stripe does not accept its undoing."""

    left: CloseOpening | None = None


@dataclass(frozen=True, slots=True)
class CloseOpeningCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `OpeningClosed`; Retry until then."""
        task: CloseOpening = attempt.payload

        def not_closed(_: Reject) -> OpeningClosed:
            return OpeningClosed(left=task)

        return await with_retry(self._close(task), attempt, self.rng, not_closed)

    async def _close(self, task: CloseOpening) -> OpeningClosed:
        """Refund before the customer is deleted: a deleted one has no subscription by which its payments are found."""
        operation_id = str(task.operation_id)
        customer_id = await self.stripe.customer_of(task.email, operation_id)
        if customer_id is None:
            return OpeningClosed()
        subscription = await self.stripe.subscription_made_by(customer_id, operation_id)
        if subscription is not None:
            for intent in await self.stripe.payments_of(subscription.id):
                await self.stripe.refund(intent, f"{operation_id}-refund-{intent}")
        await self.stripe.delete_customer(customer_id)
        return OpeningClosed()


def on_result(_: Agency, result: OpeningClosed, ctx: ActorContext) -> None:
    """Try again in an hour what Stripe did not accept."""
    if result.left is not None:
        close_opening(ctx, result.left, at=ctx.now + _AGAIN_AFTER)
