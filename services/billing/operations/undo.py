"""Undo a change that was not paid, or that an admin cancels: void its invoice, set the quantities or the cycle back.

The invoice is voided first, so that nobody pays for seats that do not come. Setting the quantities back makes a credit
for the change's time and a debit for what was held before it. Both are deleted, because the change was never paid and
the time before it was paid. Without them (`proration_behavior=none`) Stripe would go on to take the change for debited,
and the same seats would cost nothing the next time.
Of a switch of the cycle, `domain/cycle_switch.py` says what follows.

If Stripe does not answer, the admins get a mail after ten minutes. After 24 hours the change is given up: people read
that it is, and other changes are possible. The undoing goes on before them, so that nothing of it is left at Stripe.
Source: Stripe's documentation, "Prorations: Credit prorations" and "Delete an invoice item".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.billing import CancelChange
from contracts.billing_payments import PaymentLapsed, StripeTimedOut
from contracts.message import Seats
from contracts.payment_vocabulary import InvoiceState, Lapse
from contracts.request_rejections import BaaUnsigned
from contracts.seat_rejections import ChangeUndone, NothingAwaited, PurchaseUnderWay
from contracts.vocabulary import STRIPE, RejectionCode, StripeFault
from services.billing.awaited_payments import PAYMENT_DUE, UndoTask, begin_undo, set_payment_timer
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Agency
from services.billing.domain.awaited_payment import lapse_of
from services.billing.domain.cycle_switch import bills_again_at
from services.billing.domain.item_change import item_changes
from services.billing.domain.operation import Operation
from services.billing.domain.outcome_of import Misused, Outcome
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.stripe_timeout import is_given_up
from services.billing.domain.what_next import Reject, Wait, what_next
from services.billing.incidents import Incident, report
from services.billing.publish_changes import publish_invoices, publish_subscription
from services.billing.tasks import READ_SUBSCRIPTION, StripeTimeout, TaskValue, request_reading
from services.billing.undone import not_canceled, rejection_of
from services.billing.with_retry import with_retry

_AGAIN_AFTER: Final = timedelta(hours=1)
"""Stripe did not accept the undoing, for a reason that a person removes: admins and operator are mailed once.

After a day of it the tries end (`Incident.NOT_UNDONE`). The change goes on to wait, so that nobody gets its seats,
until a Stripe event about the subscription, or an admin who cancels the change, starts them again.
"""


def cancel_change(agency: Agency, command: CancelChange, ctx: ActorContext) -> None:  # noqa: ARG001  the command has no fields
    """Start to undo the change that waits, unless its payment or its undoing is under way."""
    operation = agency.awaited
    invoice = agency.invoices.get(operation.invoice_id or "") if operation is not None else None
    if not agency.baa_signed:
        ctx.reject(BaaUnsigned())
    elif operation is None or invoice is None:
        ctx.reject(NothingAwaited())
    elif agency.is_busy:
        ctx.reject(PurchaseUnderWay())
    else:
        begin_undo(agency, operation, invoice, ctx, ctx.id, command_id=ctx.id)


class Undone(TaskValue):
    """Stripe holds nothing of the change any more. `invoice` is None when Stripe has it no more.

    `command_id` is an admin's command to cancel the change.
    """

    operation_id: UUID
    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot | None
    reason: Lapse
    command_id: UUID | None = None


class NotUndone(TaskValue):
    """The invoice was paid after all, or (`fault`) Stripe does not accept the undoing."""

    fault: StripeFault | None = None
    command_id: UUID | None = None
    refused_since: AwareDatetime | None = None

    @classmethod
    def after_failure(cls, failure: Reject, task: UndoTask) -> NotUndone:
        """The result of a call that Stripe rejected for good."""
        fault = failure.fault or StripeFault.NOT_ACCEPTED
        return cls(fault=fault, command_id=task.command_id, refused_since=task.refused_since)


@dataclass(frozen=True, slots=True)
class UndoCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `Undone` or `NotUndone`; Retry until then."""
        task: UndoTask = attempt.payload
        failed = partial(NotUndone.after_failure, task=task)
        return await with_retry(
            self._undo(attempt, task),
            attempt,
            self.rng,
            failed,
            report_timeout=True,
            meaning=partial(_meaning, is_over=is_given_up(attempt.since, attempt.now)),
        )

    async def _undo(self, attempt: Attempt, task: UndoTask) -> Undone | NotUndone:
        invoice = await self.stripe.invoice(task.invoice_id)
        snapshot = await self.stripe.subscription(task.subscription_id)
        if invoice is not None and invoice.state is InvoiceState.PAID:
            return NotUndone(command_id=task.command_id)
        reason = lapse_of(invoice, snapshot, task.until, attempt.now, canceled=task.command_id is not None)
        if invoice is not None:
            try:
                invoice = await self._void(attempt, invoice)
            except StripeFailedError as failed:
                if not isinstance(failed.outcome, Misused) or not await self._is_paid(task):
                    raise
                return NotUndone(command_id=task.command_id)
        if snapshot.operation == str(task.operation_id) and _is_changed(snapshot, task):
            snapshot = await self._set_back(attempt, snapshot, task)
        if snapshot.operation == str(attempt.id):
            await self._delete_prorations(task)
        return Undone(
            operation_id=task.operation_id,
            snapshot=snapshot,
            invoice=invoice,
            reason=reason,
            command_id=task.command_id,
        )

    async def _is_paid(self, task: UndoTask) -> bool:
        """True when the cardholder paid between our reading and our voiding, so that Stripe voids it no more."""
        invoice = await self.stripe.invoice(task.invoice_id)
        return invoice is not None and invoice.state is InvoiceState.PAID

    async def _void(self, attempt: Attempt, invoice: StripeInvoiceSnapshot) -> StripeInvoiceSnapshot:
        """Void the invoice before the quantities are set back, so that it cannot be paid for nothing."""
        key = f"{attempt.id}-{attempt.tries}"
        if invoice.state is InvoiceState.DRAFT:
            # Stripe voids no draft, and deletes none of a subscription.
            invoice = await self.stripe.finalize_invoice(invoice.id, f"{key}-finalize")
        if invoice.state in {InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE}:
            return await self.stripe.void_invoice(invoice.id, f"{key}-void")
        return invoice

    async def _set_back(
        self, attempt: Attempt, snapshot: StripeSubscriptionSnapshot, task: UndoTask
    ) -> StripeSubscriptionSnapshot:
        """Set the quantities or the cycle back; an ended subscription has none to set."""
        before, operation_id, key = task.before.quantities(), str(attempt.id), f"{attempt.id}-{attempt.tries}"
        if snapshot.is_over:
            return snapshot
        if task.switch is None:
            changes = item_changes(snapshot.item_ids, before)
            return await self.stripe.set_back(snapshot.id, changes, operation_id=operation_id, key=key)
        return await self.stripe.set_cycle_back(
            snapshot.id,
            item_changes(snapshot.item_ids, before, task.switch.prices_before),
            operation_id=operation_id,
            key=key,
            bills_at=int(bills_again_at(task.switch, attempt.now).timestamp()),
        )

    async def _delete_prorations(self, task: UndoTask) -> None:
        """Delete what the setting back left pending: the change's invoice had taken along all that was pending.

        What somebody charges or credits by hand meanwhile is left.
        """
        for proration in await self.stripe.pending_of(task.customer_id, task.subscription_id):
            if proration.id not in task.known_pending and proration.item is not None:
                await self.stripe.delete_proration(proration.id)


def _is_changed(snapshot: StripeSubscriptionSnapshot, task: UndoTask) -> bool:
    """True while the subscription has what the change made of it."""
    if task.switch is not None and snapshot.cycle is not task.switch.cycle:
        return False
    return snapshot.quantities == task.after.quantities()


def _meaning(outcome: Outcome, *, is_over: bool) -> Reject | Wait:
    """As `what_next`; but once the change is given up, nothing ends its undoing, because nobody else would make it."""
    found = what_next(outcome)
    return Wait("not_accepted", _AGAIN_AFTER.total_seconds()) if is_over and isinstance(found, Reject) else found


def on_result(agency: Agency, result: Undone | NotUndone | StripeTimeout, ctx: ActorContext) -> None:
    """Publish PaymentLapsed and the rejection; read again after an undoing that was not made, and end its command.

    While Stripe is silent, publish StripeTimedOut once, and give the change up after 24 hours.
    """
    undo, account = agency.under_way(ctx.id), agency.account
    if undo is None or account is None:
        return
    match result:
        case Undone():
            agency.keep(undo.done(ctx.now, 0, None))
            agency.keep_account(account.with_next_version())
            _publish_undone(agency, result, ctx)
            ctx.run_now(READ_SUBSCRIPTION)
        case StripeTimeout():
            _report_silence(agency, undo, result, ctx)
        case NotUndone():
            agency.keep(undo.rejected(ctx.now, RejectionCode.NOTHING_TO_CHANGE))
            if result.fault is None:
                request_reading(agency, ctx)
            elif result.command_id is None or _is_overdue(agency, ctx):
                _try_again(undo, result.refused_since or undo.began_at, ctx)
            if result.command_id is not None:
                ctx.publish(not_canceled(result.command_id, result.fault))
            elif result.fault is not None:
                _report_once(agency, undo, result.fault, ctx)
        case _:
            assert_never(result)


def _is_overdue(agency: Agency, ctx: ActorContext) -> bool:
    """Whether the change would be undone without an admin's command; one that still waits stays after a refusal."""
    return agency.awaited is not None and agency.awaited.is_unconfirmed(ctx.now)


def _try_again(undo: Operation, refused_since: datetime, ctx: ActorContext) -> None:
    if is_given_up(refused_since, ctx.now):
        report(Incident.NOT_UNDONE, undo.id)
    else:
        set_payment_timer(ctx, ctx.now + _AGAIN_AFTER, refused_since)


def _report_silence(agency: Agency, undo: Operation, timeout: StripeTimeout, ctx: ActorContext) -> None:
    """Report once that Stripe does not undo the change that waits; give the change up when that takes 24 hours."""
    operation = agency.awaited
    if operation is None or operation.invoice_id != undo.invoice_id:
        return
    if is_given_up(timeout.since, ctx.now):
        _publish_lapsed(agency, operation, Lapse.UNANSWERED, None, ctx)
    else:
        _report_once(agency, undo, None, ctx)


def _report_once(agency: Agency, undo: Operation, fault: StripeFault | None, ctx: ActorContext) -> None:
    """Publish once a change that Stripe does not answer, or why it refuses to undo it.

    An admin who cancels the change reads the refusal in the rejection.
    """
    operation = agency.awaited
    if operation is not None and not operation.timeout_published:
        agency.keep(operation.with_timeout_published())
        ctx.publish(StripeTimedOut(operation_id=operation.id, since=undo.began_at, fault=fault, undo=True))


def _publish_undone(agency: Agency, result: Undone, ctx: ActorContext) -> None:
    """Publish the void invoice and the end of the change, unless it was given up before."""
    if result.invoice is not None:
        publish_invoices(agency, [result.invoice], ctx, result.operation_id)
    operation = agency.awaited
    if operation is not None and operation.id == result.operation_id:
        _publish_lapsed(agency, operation, result.reason, result, ctx)


def _publish_lapsed(
    agency: Agency, operation: Operation, reason: Lapse, undone: Undone | None, ctx: ActorContext
) -> None:
    """Publish the end of the change that waits; `undone` is None when Stripe has not answered."""
    agency.keep(operation.rejected(ctx.now, RejectionCode.CHANGE_UNDONE, operation.invoice_id))
    ctx.cancel(PAYMENT_DUE)
    known, switch = agency.invoices.get(operation.invoice_id or ""), operation.switch
    command_id = undone.command_id if undone is not None else None
    actor = ctx.actor if command_id is not None else STRIPE
    ctx.publish(
        PaymentLapsed(
            operation_id=operation.id,
            before=Seats.of(operation.before),
            after=Seats.of(operation.after),
            amount=known.total if known is not None else 0,
            reason=reason,
            currency=undone.snapshot.currency if undone is not None else agency.currency,
            invoice_number=known.number if known is not None else None,
            cycle_before=switch.cycle_before if switch is not None else None,
            cycle=switch.cycle if switch is not None else None,
            command_id=command_id,
        ),
        actor=actor,
    )
    if undone is not None:
        publish_subscription(agency, undone.snapshot, ctx)
    ctx.publish(rejection_of(operation, ChangeUndone(reason)), actor=actor)
