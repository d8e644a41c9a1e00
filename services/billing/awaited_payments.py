"""A change whose invoice is not paid: publish that it waits, and end it when the invoice is paid or never will be.

A Stripe event or the timer has the subscription and the invoice read again, and the reading ends the change. A change
that will not be paid is undone at Stripe (`operations/undo.py`) before its end is published.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from chassis.actor import ActorContext
from chassis.sealing import Sealing
from contracts.billing import CycleSwitched, QuantitiesSet
from contracts.billing_payments import PaymentAwaited
from contracts.message import Seats
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Agency
from services.billing.domain.awaited_payment import (
    Lapsed,
    Paid,
    StillAwaited,
    is_processing,
    is_unpaid,
    payment_of,
    payment_until,
)
from services.billing.domain.cycle_switch import CycleSwitch
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.plan import renews_at
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.item_update import ItemsChanged
from services.billing.publish_changes import publish_invoices
from services.billing.tasks import TaskValue, begin, request_reading

PAYMENT_DUE: Final = "payment_due"
"""Kind, lane and key of the timer that reads the subscription when a payment should have come."""
_CLOCKS_DIFFER: Final = timedelta(minutes=1)


class ItemsAwaitPayment(TaskValue):
    """The update's invoice is not paid. `confirm`: the bank wants the cardholder to confirm the payment.

    `sealed` is Stripe's page of the invoice, sealed; None while Stripe has none.
    """

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    confirm: bool = False
    until: AwareDatetime | None = None
    sealed: str | None = None


class PaymentDue(TaskValue):
    """The payment should have come by now; payload and result of the timer.

    `refused_since`: since then Stripe refuses to undo the change, and the timer is for the next try.
    """

    refused_since: AwareDatetime | None = None


def unless_paid(changed: ItemsChanged, sealing: Sealing) -> ItemsChanged | ItemsAwaitPayment:
    """The update's result, or that it waits for the payment of its invoice."""
    invoice, snapshot = changed.invoice, changed.snapshot
    if invoice is None or not is_unpaid(invoice):
        return changed
    return ItemsAwaitPayment(
        snapshot=snapshot,
        invoice=invoice,
        confirm=snapshot.pending_until is not None,
        until=payment_until(invoice, snapshot),
        sealed=sealing.seal({"url": invoice.url}) if invoice.url is not None else None,
    )


def record_awaited(
    agency: Agency,
    operation: Operation,
    result: ItemsAwaitPayment,
    ctx: ActorContext,
    switch: CycleSwitch | None = None,
) -> None:
    """Record and publish that the change waits for its payment; the purchased seats and the cycle stay as they are."""
    invoice, account = result.invoice, agency.account
    if account is None:
        return
    agency.keep(operation.awaiting(invoice.id, result.until, switch, confirms=result.confirm))
    agency.keep_account(account.with_next_version())
    publish_invoices(agency, [invoice], ctx, operation.id)
    ctx.publish(
        PaymentAwaited(
            operation_id=operation.id,
            before=Seats.of(operation.before),
            after=Seats.of(operation.after),
            amount=invoice.amount_remaining or invoice.total,
            currency=result.snapshot.currency,
            confirm=result.confirm,
            processing=is_processing(result.snapshot),
            until=result.until,
            invoice_number=invoice.number,
            sealed=result.sealed,
            cycle_before=switch.cycle_before if switch is not None else None,
            cycle=switch.cycle if switch is not None else None,
        )
    )
    set_payment_timer(ctx, result.until)
    # The invoice may be void already, and then nothing waits.
    request_reading(agency, ctx)


def set_payment_timer(ctx: ActorContext, at: datetime | None, refused_since: datetime | None = None) -> None:
    """Have the subscription read at this moment, unless the change has ended by then; or try to undo it again."""
    if at is not None:
        due = PaymentDue(refused_since=refused_since)
        ctx.task(PAYMENT_DUE, due, lane=PAYMENT_DUE, key=PAYMENT_DUE, run_at=at + _CLOCKS_DIFFER)


def payment_due(agency: Agency, result: PaymentDue, ctx: ActorContext) -> None:
    """Read what became of the payment, in case Stripe's event was lost; undo a change that was not confirmed in time.

    The undoing reads first whether it was paid after all. So the wait for a Stripe that is silent has one clock, the
    undoing's.
    """
    operation = agency.awaited
    invoice = agency.invoices.get(operation.invoice_id or "") if operation is not None else None
    if operation is None:
        return
    if invoice is None or not (operation.is_unconfirmed(ctx.now) or result.refused_since):
        request_reading(agency, ctx)
    elif agency.is_busy:
        set_payment_timer(ctx, ctx.now, result.refused_since)
    else:
        begin_undo(agency, operation, invoice, ctx, ctx.new_id(), refused_since=result.refused_since)


def end_awaited(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """End the change that waits: publish its result if it is paid now, or start to undo it if it never will be."""
    operation, account = agency.awaited, agency.account
    invoice = agency.invoices.get(operation.invoice_id or "") if operation is not None else None
    if operation is None or account is None or invoice is None:
        return
    match payment_of(operation, invoice, snapshot):
        case Paid():
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            ctx.cancel(PAYMENT_DUE)
            if operation.switch is not None:
                held = account.holding(account.purchased, snapshot).paying(operation.switch.prices)
                agency.keep_account(replace(held, cycle=operation.switch.cycle))
                switched = _switched(operation, operation.switch, invoice, snapshot)
                ctx.publish(switched, correlation_id=operation.id, actor=operation.switch.actor)
            else:
                agency.keep_account(account.holding(operation.after, snapshot))
                ctx.publish(_set(operation, invoice, snapshot))
        case Lapsed():
            _begin_undo(agency, operation, invoice, ctx)
        case StillAwaited():
            # An undoing that Stripe refused has set the timer to its next try.
            if operation.payment_until is not None and operation.payment_until > ctx.now:
                set_payment_timer(ctx, operation.payment_until)
        case never:
            assert_never(never)


def _set(operation: Operation, invoice: KnownInvoice, snapshot: StripeSubscriptionSnapshot) -> QuantitiesSet:
    return QuantitiesSet(
        operation_id=operation.id,
        before=Seats.of(operation.before),
        after=Seats.of(operation.after),
        charged=invoice.amount_paid,
        total=snapshot.total_for(operation.after),
        cycle=snapshot.cycle,
        invoice=to_invoice(invoice),
        other_total=snapshot.other_total,
        currency=snapshot.currency,
    )


def _switched(
    operation: Operation, switch: CycleSwitch, invoice: KnownInvoice, snapshot: StripeSubscriptionSnapshot
) -> CycleSwitched:
    return CycleSwitched(
        operation_id=operation.id,
        before=switch.cycle_before,
        cycle=switch.cycle,
        charged=invoice.amount_paid,
        total_before=switch.total_before,
        total=switch.total,
        renews_at=renews_at(snapshot),
        invoice=to_invoice(invoice),
        awaited=True,
        currency=snapshot.currency,
    )


def _begin_undo(agency: Agency, operation: Operation, invoice: KnownInvoice, ctx: ActorContext) -> None:
    if not agency.is_busy:
        begin_undo(agency, operation, invoice, ctx, ctx.new_id())


def begin_undo(
    agency: Agency,
    operation: Operation,
    invoice: KnownInvoice,
    ctx: ActorContext,
    undo_id: UUID,
    command_id: UUID | None = None,
    refused_since: datetime | None = None,
) -> None:
    """Start to undo a change that waits; `command_id` is an admin's command to cancel it.

    `refused_since`: since then Stripe refuses it.
    """
    account = agency.account
    if account is None:
        return
    undo = Operation(
        id=undo_id,
        agency_id=agency.id,
        kind=OperationKind.UNDO,
        before=operation.after,
        after=operation.before,
        began_at=ctx.now,
        invoice_id=invoice.id,
    )
    task = UndoTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        operation_id=operation.id,
        before=Seats.of(operation.before),
        after=Seats.of(operation.after),
        invoice_id=invoice.id,
        until=operation.payment_until if operation.confirms else None,
        known_pending=agency.unbilled_proration_ids,
        switch=operation.switch,
        command_id=command_id,
        refused_since=refused_since,
    )
    begin(agency, ctx, undo, task)


class UndoTask(TaskValue):
    """Void the invoice, and set back what the operation has changed: the quantities `after`, or the cycle of `switch`.

    `until` is when Stripe gave up the update that was to be confirmed; None on account. `known_pending` are the ids of
    the prorations that earlier operations left pending. `command_id` is an admin's command to cancel the change;
    without one it is undone because its invoice is not paid. `refused_since`: since then Stripe refuses the undoing.
    """

    customer_id: str
    subscription_id: str
    operation_id: UUID
    before: Seats
    after: Seats
    invoice_id: str
    until: AwareDatetime | None
    known_pending: tuple[str, ...] = ()
    switch: CycleSwitch | None = None
    command_id: UUID | None = None
    refused_since: AwareDatetime | None = None
