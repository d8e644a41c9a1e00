"""The tasks that more than one operation of billing starts, with the lanes and keys under which tasks are recorded.

A task runs outside of any transaction. Its payload is stored with the decision that starts the task, so a task survives
a crash and runs again. Tasks of one agency and lane run one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chassis.actor import ActorContext, Attempt, Done
from contracts.billing_payments import StripeTimedOut
from services.billing.domain.account import Agency
from services.billing.domain.invoice_budget import auto_add_may_invoice_at
from services.billing.domain.operation import Operation

MONEY: Final = "money"
"""The lane of every task that changes or charges a subscription."""
READ_SUBSCRIPTION: Final = "read_subscription"
"""Kind, lane and key of the task that reads the subscription: a burst of Stripe events causes one reading."""
SETTLEMENT_DUE: Final = "settlement_due"
"""Kind, lane and key of the timer that starts the settlement of pending prorations."""
READ_PAYMENT: Final = "read_payment"
"""Kind and lane of the task that reads a refunded or disputed payment."""
CLOSE_OPENING: Final = "close_opening"
"""Kind, lane and key of the task that undoes an opening that was given up."""
END_DUE: Final = "end_due"
"""Kind, lane and key of the timer that reminds admins of the scheduled end of the subscription."""

CARD_CHANGED: Final = "card_changed"
"""Kind, lane and key of the timer that gathers the events about one change of the card."""

_AFTER_OWN_OPERATION: Final = timedelta(seconds=30)
"""A reading during an operation of ours is thrown away. The end of the operation starts the reading at once."""
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Stripe counts invoices by its own clock, which may be behind ours."""


class TaskValue(BaseModel):
    """A task's payload, or the result of its calls."""

    model_config = ConfigDict(frozen=True)


class SettlementDue(TaskValue):
    """Settle the pending prorations now; payload and result of the timer."""


class EndDue(TaskValue):
    """The subscription ends in seven days, `at` this moment; payload and result of the timer."""

    at: AwareDatetime


class CardTimer(TaskValue):
    """The events about the card have had time to arrive; payload and result of the timer."""


class ReadSubscription(TaskValue):
    """Read the subscription and these invoices at Stripe.

    `version` is the account's when the task was recorded; a result with an older version is thrown away.
    `pending_proration_ids` are the prorations of which we know no invoice yet.
    """

    customer_id: str
    subscription_id: str
    version: int
    invoices: tuple[str, ...]
    pending_proration_ids: tuple[str, ...] = ()


class ReadPayment(TaskValue):
    """Read the payment with this charge, or the one of this dispute."""

    subscription_id: str
    object_id: str


class CloseOpening(TaskValue):
    """Undo what this operation has made at Stripe for a customer with this address."""

    operation_id: UUID
    email: str


class StripeTimeout(TaskValue):
    """Stripe has not completed the operation since this moment. The task goes on."""

    since: AwareDatetime


async def timer_elapsed(attempt: Attempt) -> Done:
    """End a timer: it makes no calls, and its payload is its result."""
    return Done(attempt.payload)


def task_key(kind: str, operation_id: object) -> str:
    """The key under which an operation's task is recorded."""
    return f"{kind}:{operation_id}"


def begin(agency: Agency, ctx: ActorContext, operation: Operation, payload: TaskValue) -> None:
    """Record an operation as under way, and its task in the lane of money."""
    agency.keep(operation)
    ctx.task(operation.kind, payload, lane=MONEY, key=task_key(operation.kind, operation.id), id=operation.id)


def request_reading(agency: Agency, ctx: ActorContext, invoices: Iterable[str] = ()) -> None:
    """Have the subscription read, with these invoices and all known invoices that can still change."""
    account = agency.account
    if account is None:
        return
    hinted = account.hinted | frozenset(invoices)
    if hinted != account.hinted:
        agency.keep_account(replace(account, hinted=hinted))
    changeable = {invoice.id for invoice in agency.invoices.values() if not invoice.is_final}
    task = ReadSubscription(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        version=account.version,
        invoices=tuple(sorted(hinted | changeable)),
        pending_proration_ids=agency.unbilled_proration_ids,
    )
    at = ctx.now + _AFTER_OWN_OPERATION if agency.is_busy else ctx.now
    ctx.task(READ_SUBSCRIPTION, task, lane=READ_SUBSCRIPTION, key=READ_SUBSCRIPTION, run_at=at)


def read_payment(agency: Agency, object_id: str | None, ctx: ActorContext) -> None:
    """Have the payment of this charge or dispute read."""
    if agency.account is None or object_id is None:
        return
    task = ReadPayment(subscription_id=agency.account.subscription_id, object_id=object_id)
    ctx.task(READ_PAYMENT, task, lane=READ_PAYMENT, key=task_key(READ_PAYMENT, object_id))


def close_opening(ctx: ActorContext, task: CloseOpening, at: datetime | None = None) -> None:
    """Undo an opening that was given up, as soon as Stripe answers."""
    ctx.task(CLOSE_OPENING, task, lane=CLOSE_OPENING, key=task_key(CLOSE_OPENING, task.operation_id), run_at=at)


def schedule_settlement(agency: Agency, ctx: ActorContext, at: datetime | None = None) -> None:
    """Settle the pending prorations at this moment; without one, when Auto-Add's invoice budget renews."""
    renews = at or auto_add_may_invoice_at(agency.invoiced, ctx.now) or ctx.now
    _start_settlement_timer(ctx, renews + _CLOCKS_DIFFER)


def settle_now(ctx: ActorContext) -> None:
    """Settle the pending prorations as soon as the timer's task runs."""
    _start_settlement_timer(ctx, None)


def _start_settlement_timer(ctx: ActorContext, at: datetime | None) -> None:
    ctx.task(SETTLEMENT_DUE, SettlementDue(), lane=SETTLEMENT_DUE, key=SETTLEMENT_DUE, run_at=at)


def publish_timeout(agency: Agency, operation: Operation, timeout: StripeTimeout, ctx: ActorContext) -> None:
    """Publish StripeTimedOut once per operation, however long Stripe stays unavailable."""
    if not operation.timeout_published:
        agency.keep(operation.with_timeout_published())
        ctx.publish(StripeTimedOut(operation_id=operation.id, since=timeout.since))
