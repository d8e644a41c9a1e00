"""Handlers of the events about money: purchases, invoices, and the subscription at Stripe."""

from __future__ import annotations

from dataclasses import replace

from chassis.actor import ActorContext
from contracts.auto_add_limits import AutoAddLimitNear
from contracts.billing import CycleSwitched, EditOverwritten, EndNear, EndScheduled, EndTakenBack, SubscriptionEnded
from contracts.billing_payments import (
    PaymentAwaited,
    PaymentFailed,
    PaymentLapsed,
    PaymentReversed,
    ProrationsLost,
    Settled,
    StripeTimedOut,
)
from contracts.message import Invoice
from contracts.payment_vocabulary import Reversal
from contracts.seats_purchases import AutoAddResumed, PurchaseDeclined, PurchaseDelayed, SeatsAdjusted, SeatsAutoAdded
from contracts.vocabulary import RejectionCode, StripeFault
from contracts.wording import cycle_change, seat_change
from services.notifier.mailing import as_named, mail_admins, mail_operator, waiters_as_named
from services.notifier.mails import billing_kinds, news, operator_kinds, parts
from services.notifier.state import Agency


def purchase_declined(agency: Agency, event: PurchaseDeclined, ctx: ActorContext) -> None:
    """Mail all admins once, naming the first of those whom the declined purchase left without a seat."""
    if event.code is RejectionCode.BILLING_UNAVAILABLE and event.fault is not None:
        _mail_fault(agency, event, event.fault, ctx)
        return
    waiting = waiters_as_named(agency, event.waiting)
    mail = billing_kinds.PaymentDeclined(
        agency.display_name, event.code, event.decline_code, waiting, event.waiting_count - len(waiting)
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def _mail_fault(agency: Agency, event: PurchaseDeclined, fault: StripeFault, ctx: ActorContext) -> None:
    """Mail all admins once why Stripe accepts no change, and also the operator, who may have to put it right."""
    waiting = waiters_as_named(agency, event.waiting)
    mail = billing_kinds.StripeRefuses(agency.display_name, fault, waiting, more=event.waiting_count - len(waiting))
    mail_admins(agency, mail, event.operation_id, ctx)
    mail_operator(replace(mail, to_operator=True), event.operation_id, ctx)


def purchase_delayed(agency: Agency, event: PurchaseDelayed, ctx: ActorContext) -> None:
    """Mail all admins once who waits for a purchase that Stripe has not completed."""
    waiting = waiters_as_named(agency, event.waiting)
    mail = billing_kinds.StripeTimedOut(agency.display_name, event.since, waiting, event.waiting_count - len(waiting))
    mail_admins(agency, mail, ctx.id, ctx)


def seats_auto_added(agency: Agency, event: SeatsAutoAdded, ctx: ActorContext) -> None:
    """Mail all admins once for a purchase: who got in, what was charged today, what the plan costs now."""
    mail = billing_kinds.SeatsAutoAdded(
        agency=agency.display_name,
        served=waiters_as_named(agency, event.served),
        before=event.before.quantities(),
        after=event.after.quantities(),
        charged=event.charged,
        new_total=event.new_total,
        cycle=event.cycle,
        invoice=_link_to(event.invoice),
        unsettled=event.unsettled,
        other_total=event.other_total,
        currency=event.currency,
        more=event.served_count - len(event.served),
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def auto_add_limit_near(agency: Agency, event: AutoAddLimitNear, ctx: ActorContext) -> None:
    """Mail all admins how much of a limit of Auto-Add is used: once when it is near, and once when it is reached."""
    mail = billing_kinds.AutoAddLimit(
        agency.display_name,
        event.seat_type,
        event.measure,
        event.used,
        event.limit,
        reached=event.reached,
        currency=event.currency,
    )
    mail_admins(agency, mail, ctx.id, ctx)


def settled(agency: Agency, event: Settled, ctx: ActorContext) -> None:
    """Mail all admins the cost of the prorations that were left pending."""
    seats, invoice = event.seats.quantities(), _link_to(event.invoice)
    mail = billing_kinds.Settled(agency.display_name, seats, event.charged, invoice, event.currency)
    mail_admins(agency, mail, ctx.id, ctx)


def prorations_lost(agency: Agency, event: ProrationsLost, ctx: ActorContext) -> None:
    """Mail the operator what nobody will be charged for: only the operator can bill it by hand."""
    seats, ended = event.seats.quantities(), event.invoice is None
    mail = operator_kinds.ProrationsLost(agency.display_name, seats, event.amount, ended, event.currency)
    mail_operator(mail, ctx.id, ctx)


def payment_awaited(agency: Agency, event: PaymentAwaited, ctx: ActorContext) -> None:
    """Mail all admins what is to be paid before the seats come, in case the saving admin does not pay it."""
    mail = billing_kinds.PaymentAwaited(
        agency.display_name,
        _change(event),
        event.amount,
        event.currency,
        event.confirm,
        event.until,
        switch=event.cycle is not None,
        processing=event.processing,
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def payment_lapsed(agency: Agency, event: PaymentLapsed, ctx: ActorContext) -> None:
    """Mail all admins that a change was undone, because its invoice was not paid."""
    mail = billing_kinds.PaymentLapsed(
        agency.display_name,
        _change(event),
        event.amount,
        event.currency,
        event.reason,
        switch=event.cycle is not None,
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def _change(event: PaymentAwaited | PaymentLapsed) -> str:
    if event.cycle_before is not None and event.cycle is not None:
        return cycle_change(event.cycle_before, event.cycle)
    return seat_change(event.before.quantities(), event.after.quantities())


def cycle_switched(agency: Agency, event: CycleSwitched, ctx: ActorContext) -> None:
    """Mail all admins that the switch is made for which a payment was awaited. Any other switch is made at once."""
    if not event.awaited:
        return
    mail = billing_kinds.SeatsPaid(
        agency.display_name,
        cycle_change(event.before, event.cycle),
        None,
        event.charged,
        event.total,
        event.cycle,
        _link_to(event.invoice),
        event.currency,
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def seats_adjusted(agency: Agency, event: SeatsAdjusted, ctx: ActorContext) -> None:
    """Mail all admins that the seats have come for which a payment was awaited. Any other change is made at once."""
    if not event.awaited:
        return
    mail = billing_kinds.SeatsPaid(
        agency.display_name,
        seat_change(event.before.quantities(), event.after.quantities()),
        event.after.quantities(),
        event.charged,
        event.new_total,
        event.cycle,
        _link_to(event.invoice),
        event.currency,
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def payment_failed(agency: Agency, event: PaymentFailed, ctx: ActorContext) -> None:
    """Mail all admins what is unpaid, that nobody loses access, and where to fix the card."""
    mail = billing_kinds.PaymentFailed(
        agency=agency.display_name,
        owed=event.invoice.total - event.invoice.amount_paid,
        invoice=parts.InvoiceLink(event.invoice.number, event.invoice.url),
        decline_code=event.decline_code,
        settling=event.settling,
        currency=event.invoice.currency,
        overdue=event.overdue,
    )
    mail_admins(agency, mail, ctx.id, ctx)


def auto_add_resumed(agency: Agency, event: AutoAddResumed, ctx: ActorContext) -> None:
    """Mail all admins that Auto-Add's pause is over, and who is let in."""
    joined = waiters_as_named(agency, event.joined)
    mail = billing_kinds.PaymentRecovered(agency.display_name, joined, event.joined_count - len(joined))
    mail_admins(agency, mail, ctx.id, ctx)


def edit_overwritten(agency: Agency, event: EditOverwritten, ctx: ActorContext) -> None:
    """Mail all admins that a change made here has replaced an edit at Stripe."""
    overwritten = news.EditOverwritten(event.edited.quantities(), event.after.quantities())
    mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, overwritten), ctx.id, ctx)


def payment_reversed(agency: Agency, event: PaymentReversed, ctx: ActorContext) -> None:
    """Mail all admins that a dispute is lost. What else went back is in the activity log."""
    if event.kind is Reversal.DISPUTE_LOST:
        lost = news.DisputeLost(event.invoice.number, event.amount, event.invoice.currency)
        mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, lost), ctx.id, ctx)


def end_scheduled(agency: Agency, event: EndScheduled, ctx: ActorContext) -> None:
    """Mail all admins when the subscription ends."""
    mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, news.End(event.at, "scheduled")), ctx.id, ctx)


def end_taken_back(agency: Agency, event: EndTakenBack, ctx: ActorContext) -> None:
    """Mail all admins that the subscription goes on."""
    mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, news.End(event.at, "taken_back")), ctx.id, ctx)


def end_near(agency: Agency, event: EndNear, ctx: ActorContext) -> None:
    """Remind all admins that the subscription ends in seven days."""
    mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, news.End(event.at, "near")), ctx.id, ctx)


def subscription_ended(agency: Agency, event: SubscriptionEnded, ctx: ActorContext) -> None:
    """Mail all admins that the subscription has ended, and also the operator, who can open a new one."""
    mail_admins(agency, billing_kinds.SubscriptionEnded(agency.display_name, event.reason), ctx.id, ctx)
    mail_operator(billing_kinds.SubscriptionEnded(agency.display_name, event.reason, to_operator=True), ctx.id, ctx)


def stripe_timed_out(agency: Agency, event: StripeTimedOut, ctx: ActorContext) -> None:
    """Mail all admins who waits for Stripe, and that nothing is charged twice.

    An agency that is being opened has no Active admin yet: the operator, who opens it, is mailed. So is the operator,
    beside the admins, if Stripe refuses to undo a change.
    """
    if event.fault is not None:
        refusal = billing_kinds.StripeRefuses(agency.display_name, event.fault, (), undo=True)
        mail_admins(agency, refusal, event.operation_id, ctx)
        mail_operator(replace(refusal, to_operator=True), event.operation_id, ctx)
        return
    if not agency.admins():
        mail_operator(operator_kinds.OpeningDelayed(agency.display_name, event.since), event.operation_id, ctx)
        return
    waiting = tuple(as_named(person) for person in agency.waiting_for(event.operation_id))
    more = agency.purchase.more if agency.purchase is not None and agency.purchase.id == event.operation_id else 0
    mail = billing_kinds.StripeTimedOut(agency.display_name, event.since, waiting, more, event.undo)
    mail_admins(agency, mail, event.operation_id, ctx)


def _link_to(invoice: Invoice | None) -> parts.InvoiceLink | None:
    if invoice is None:
        return None
    return parts.InvoiceLink(
        invoice.number, invoice.url, invoice.discount, invoice.tax, invoice.from_balance, invoice.currency
    )
