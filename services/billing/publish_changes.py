"""Publish what is new about a subscription and its invoices: what every operation does with what it read at Stripe.

Each function compares snapshots with what we know, keeps the difference, and publishes it once. A snapshot that
contains nothing new publishes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts.billing import EndScheduled, EndTakenBack, SubscriptionChanged, SubscriptionEnded
from contracts.billing_payments import (
    MOST_OPERATIONS,
    DebtChanged,
    PaymentFailed,
    PaymentRecovered,
    PaymentReversed,
    ProrationsLost,
    Settled,
)
from contracts.message import Owed, Seats
from contracts.payment_vocabulary import Debt
from contracts.vocabulary import STRIPE, Actor
from services.billing.contract_mapping import to_invoice, to_invoice_changed, to_plan_changed
from services.billing.domain.account import Agency
from services.billing.domain.awaited_payment import is_raised
from services.billing.domain.debt import debt_of
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_changes import KnownInvoice, invoice_changes
from services.billing.domain.plan import plan_of
from services.billing.domain.reversals import reversals, with_money_of
from services.billing.domain.scheduled_end import EndDropped, EndSame, EndSet, reminder_at, scheduled_end
from services.billing.domain.settlement import billed_by, losses, settlements
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.subscription_changes import Changed, Ended, Same, subscription_changes
from services.billing.tasks import END_DUE, SETTLEMENT_DUE, EndDue


def publish_invoices(
    agency: Agency,
    snapshots: Iterable[StripeInvoiceSnapshot],
    ctx: ActorContext,
    cause: UUID | None = None,
    decline_code: str | None = None,
    retried: Debt | None = None,
) -> None:
    """Publish invoices that changed, failed payments and the debt; `cause` is our operation behind the invoices.

    `retried` is what the command `pay_owed` has paid so far, if it has charged these invoices.
    """
    awaited = agency.awaited.invoice_id if agency.awaited is not None else None
    read = tuple(snapshots)
    changes = invoice_changes(agency.invoices, read, cause, decline_code, awaited, ctx.now)
    sent = {snapshot.id for snapshot in read if not snapshot.attempted}
    actor = None if cause is not None else STRIPE
    for invoice in changes.changed:
        publish_reversals(agency, invoice, ctx, actor=actor)
    for invoice in changes.failed:
        failed = PaymentFailed(
            invoice=to_invoice(invoice),
            decline_code=invoice.decline_code,
            settling=invoice.settles,
            overdue=invoice.id in sent,
        )
        ctx.publish(failed, actor=STRIPE)
    publish_debt(agency, ctx, changes.paid, actor=actor, retried=retried)


def publish_reversals(
    agency: Agency, invoice: KnownInvoice, ctx: ActorContext, disputed: int = 0, *, actor: Actor | None = STRIPE
) -> None:
    """Publish the invoice, and what is new about its money; `disputed` is the amount of its dispute."""
    before = agency.invoices.get(invoice.id)
    if invoice == before:
        return
    agency.keep_invoice(invoice)
    changed = to_invoice_changed(invoice)
    only_money = before is not None and before == with_money_of(invoice, before)
    ctx.publish(changed.model_copy(update={"reversal": only_money}), actor=actor)
    for reversal in reversals(before, invoice, disputed, agency.invoices.values()):
        event = PaymentReversed(
            invoice=to_invoice(invoice), kind=reversal.kind, amount=reversal.amount, regained=reversal.regained
        )
        ctx.publish(event, actor=STRIPE)


def publish_debt(
    agency: Agency,
    ctx: ActorContext,
    invoice: KnownInvoice | None = None,
    *,
    actor: Actor | None = STRIPE,
    retried: Debt | None = None,
) -> None:
    """Publish what the agency owes, unless that was published last; PaymentRecovered once it owes nothing more.

    `invoice` is the last one that was paid, and `retried` what the command `pay_owed` has paid.
    """
    account = agency.account
    if account is None or (debt := debt_of(agency.owed)) == account.debt:
        return
    agency.keep_account(replace(account, debt=debt))
    if debt is not None:
        ctx.publish(DebtChanged(owed=Owed.of(debt)), actor=actor)
        return
    recovered = PaymentRecovered(
        invoice=to_invoice(invoice) if invoice is not None else None,
        retried=retried is not None,
        paid=Owed.of(retried) if retried is not None else None,
    )
    ctx.publish(recovered, actor=actor)


def assign_prorations(agency: Agency, invoice_id: str, taken: Collection[str]) -> None:
    """Keep that this invoice has billed the prorations of earlier operations; `taken` are those on its lines."""
    for operation in billed_by(invoice_id, agency.unsettled, taken):
        agency.keep(operation)


def publish_settled(agency: Agency, ctx: ActorContext, gone: Collection[str] = ()) -> None:
    """Publish Settled for each paid invoice that has billed prorations left pending, and ProrationsLost for the lost.

    `gone` are the prorations that Stripe has no more.
    """
    for settlement in settlements(agency.unsettled, agency.invoices.values()):
        for operation in settlement.operations:
            agency.keep(operation)
        ctx.publish(
            Settled(
                operation_ids=tuple(operation.id for operation in settlement.operations)[:MOST_OPERATIONS],
                seats=Seats.of(settlement.seats),
                charged=settlement.charged,
                invoice=to_invoice(settlement.invoice),
                currency=settlement.invoice.currency,
            )
        )
    for loss in losses(agency.unsettled, agency.invoices.values(), gone):
        for operation in loss.operations:
            agency.keep(operation)
        lost = ProrationsLost(
            operation_ids=tuple(operation.id for operation in loss.operations)[:MOST_OPERATIONS],
            seats=Seats.of(loss.seats),
            amount=loss.amount,
            invoice=to_invoice(loss.invoice) if loss.invoice is not None else None,
            currency=loss.invoice.currency if loss.invoice is not None else agency.currency,
        )
        ctx.publish(lost, actor=STRIPE)


def publish_subscription(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Publish quantities and prices that differ from those we know, the subscription's end, and a new plan."""
    account = agency.account
    if account is None:
        return
    operation_id = operation_of(snapshot.operation)
    operation = agency.operations.get(operation_id) if operation_id is not None else None
    if is_raised(agency.awaited, snapshot):
        # The change is not paid, so it does not count: it is reported when the payment has come. An end is at once.
        publish_scheduled_end(agency, snapshot, ctx)
        if agency.awaited is None or agency.awaited.switch is None:
            publish_plan(agency, snapshot, ctx)
        return
    match subscription_changes(account.purchased, account.ended, snapshot, operation, account.prices):
        case Same():
            agency.keep_account(account.holding(account.purchased, snapshot).paying(snapshot.prices))
        case Changed(before, after, whose, repriced):
            agency.keep_account(replace(account.holding(after, snapshot).paying(snapshot.prices), ended=None))
            changed = SubscriptionChanged(
                whose=whose,
                before=Seats.of(before),
                after=Seats.of(after),
                cycle=snapshot.cycle,
                total=snapshot.total_for(after),
                repriced=repriced,
                cycle_before=account.cycle,
                total_before=account.total if agency.currency == snapshot.currency else None,
                currency=snapshot.currency,
            )
            ctx.publish(changed, actor=STRIPE)
        case Ended(reason, whose):
            agency.keep_account(replace(account, ended=reason))
            ctx.cancel(SETTLEMENT_DUE)
            ctx.publish(SubscriptionEnded(reason=reason, whose=whose), actor=STRIPE)
        case never:
            assert_never(never)
    publish_scheduled_end(agency, snapshot, ctx)
    publish_debt(agency, ctx)
    publish_plan(agency, snapshot, ctx)


def publish_scheduled_end(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Publish the end of the subscription that was scheduled or taken back, and set the reminder's timer."""
    account = agency.account
    if account is None:
        return
    if snapshot.is_over:
        agency.keep_account(replace(account, ends_at=None))
        ctx.cancel(END_DUE)
        return
    match scheduled_end(account.ends_at, snapshot):
        case EndSame():
            pass
        case EndSet(at, before):
            agency.keep_account(replace(account, ends_at=at))
            ctx.publish(EndScheduled(at=at, before=before), actor=STRIPE)
            remind_at = reminder_at(at, ctx.now)
            if remind_at is None:
                ctx.cancel(END_DUE)
            else:
                ctx.task(END_DUE, EndDue(at=at), lane=END_DUE, key=END_DUE, run_at=remind_at)
        case EndDropped(at):
            agency.keep_account(replace(account, ends_at=None))
            ctx.cancel(END_DUE)
            ctx.publish(EndTakenBack(at=at), actor=STRIPE)
        case never:
            assert_never(never)


def publish_plan(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Publish what the agency pays, unless that was published last."""
    account = agency.account
    if account is None or not snapshot.items:
        return
    plan = plan_of(snapshot, agency.invoiced, ctx.now, owes=agency.owes)
    if plan != account.plan:
        agency.keep_account(replace(account, plan=plan))
        ctx.publish(to_plan_changed(plan))
