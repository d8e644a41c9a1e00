"""Sentences for the events of billing: the plan, its payments, and changes made at Stripe."""

from __future__ import annotations

from typing import assert_never

from contracts import billing, billing_payments
from contracts.amounts import money, money_per_cycle
from contracts.message import Invoice
from contracts.moments import day, time
from contracts.payment_vocabulary import InvoiceState, Reversal
from contracts.vocabulary import Actor, ChangedBy, FrozenReason, RejectionCode, StripeFault
from contracts.wording import both_types, seat_change, stripe_fault
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfBilling
from services.gateway.texts import awaited_payments, payments
from services.gateway.texts.activity.people import name_of
from services.gateway.texts.money import paid_today
from services.gateway.texts.seats import seats_counted


def sentence(event: OfBilling, actor: Actor, people: People) -> str:  # noqa: C901, PLR0911, PLR0912  one sentence for each event
    """The sentence of the event's line. `people` holds the members that the actor and the event name."""
    name = name_of(actor, people)
    match event:
        case billing.AccountOpened():
            bought, price = seats_counted(event.purchased.quantities()), _price(event)
            invoice = event.invoice
            cost = "" if invoice is None else f" · {paid_today(invoice.amount_paid, event.currency, invoice)}"
            return f"The plan began with {bought} for {price}{cost}"
        case billing.CycleSwitched():
            cost, price = paid_today(event.charged, event.currency, event.invoice), _price(event)
            return f"{name} switched from {event.before} to {event.cycle} billing · {cost} · new total {price}"
        case billing.SubscriptionChanged():
            return f"{_changed(event)} · new total {_price(event)}"
        case billing.EditOverwritten():
            edited, after = both_types(event.edited.quantities()), both_types(event.after.quantities())
            return f"Somebody set {edited} at Stripe during a change made here, which set {after}"
        case billing.SubscriptionEnded():
            return f"{_why_ended(event.reason)} {_where(event.whose)}: no seat is paid for anymore"
        case billing.EndScheduled():
            moved = "" if event.before is None else f" instead of {day(event.before)}"
            return f"The end of the subscription was set at Stripe: it ends on {day(event.at)}{moved}"
        case billing.EndTakenBack():
            return f"The end of the subscription on {day(event.at)} was taken back at Stripe: it goes on"
        case billing_payments.InvoiceChanged():
            return f"{_invoice(event.invoice)} {_how_invoice_stands(event.state)}"
        case billing_payments.PaymentAwaited():
            return awaited_payments.logged(event, name)
        case billing_payments.PaymentLapsed():
            return awaited_payments.lapsed(event, name)
        case billing_payments.PaymentReversed():
            return _reversed(event)
        case billing_payments.PaymentFailed():
            if event.settling:
                what = f"{_invoice(event.invoice)}, for seats added earlier, could not be paid"
                return f"{what}: nobody is suspended, and Auto-Add is paused"
            if event.overdue:
                return f"{_invoice(event.invoice)} is overdue: it was sent, and is not paid yet"
            return f"{_invoice(event.invoice)} could not be paid: {payments.clause(RejectionCode.PAYMENT_DECLINED)}"
        case billing_payments.PaymentRecovered():
            last = "" if event.invoice is None else f": {_invoice(event.invoice, begins=False)} was the last"
            return f"Nothing is owed anymore{last}"
        case billing_payments.Settled():
            settled = seats_counted(event.seats.quantities())
            cost = paid_today(event.charged, event.currency, event.invoice)
            return f"One invoice settled {settled} added earlier · {cost}"
        case billing_payments.ProrationsLost():
            lost = f"{money(event.amount, event.currency)} for {seats_counted(event.seats.quantities())} added earlier"
            why = "the subscription has ended" if event.invoice is None else "their invoice was voided"
            return f"{lost} will never be charged: {why}"
        case billing_payments.StripeTimedOut(fault=StripeFault() as fault):
            why = stripe_fault(fault)
            return f"A change that was not paid could not be undone: {why}. We try again every hour for a day"
        case billing_payments.StripeTimedOut(undo=True):
            since = time(event.since)
            return f"Stripe has not answered since {since}: a change that was not paid is undone as soon as it answers"
        case billing_payments.StripeTimedOut():
            since = time(event.since)
            return f"Stripe has not answered since {since}: we go on trying, and nothing is charged twice"
        case billing_payments.CardChanged():
            return "The card on file changed at Stripe"
        case never:
            assert_never(never)


def _price(event: billing.AccountOpened | billing.CycleSwitched | billing.SubscriptionChanged) -> str:
    """The plan's price a cycle."""
    return money_per_cycle(event.total, event.cycle, event.currency)


def _changed(event: billing.SubscriptionChanged) -> str:
    """What was changed where: the seats, the billing cycle, or the price."""
    where, by = _where(event.whose), seat_change(event.before.quantities(), event.after.quantities())
    moved = event.repriced and event.cycle_before is not None and event.cycle_before is not event.cycle
    cycle = f"{event.cycle_before} to {event.cycle} billing" if moved else "another price" if event.repriced else ""
    if by:
        return f"Seats were changed {where}: {by}{f', and {cycle}' if cycle else ''}"
    if event.repriced and event.total_before is not None and not moved:
        return (
            f"The price was changed {where}: it was {money_per_cycle(event.total_before, event.cycle, event.currency)}"
        )
    return f"The billing cycle was changed {where}: {cycle}" if moved else f"The plan changed {where}"


def _reversed(event: billing_payments.PaymentReversed) -> str:
    amount, of = money(event.amount, event.invoice.currency), _invoice(event.invoice, begins=False)
    match event.kind:
        case Reversal.REFUND:
            return f"{amount} of {of} was refunded at Stripe"
        case Reversal.CREDIT_NOTE:
            return f"A credit note over {amount} was made at Stripe for {of}"
        case Reversal.DISPUTE_OPENED:
            return f"The payment of {of} is disputed: the bank holds {amount} until it decides"
        case Reversal.DISPUTE_WON:
            return f"The dispute of {of} was won: {amount} came back"
        case Reversal.DISPUTE_LOST:
            return f"The dispute of {of} was lost, and {amount} with it: Auto-Add is paused until an admin tries again"
        case never:
            assert_never(never)


def _why_ended(reason: FrozenReason) -> str:
    match reason:
        case FrozenReason.SUBSCRIPTION_CANCELED:
            return "The subscription was canceled"
        case FrozenReason.CUSTOMER_DELETED:
            return "The customer was deleted"
        case FrozenReason.SEATS_REDUCED_ELSEWHERE:
            return "The seats were reduced"
        case never:
            assert_never(never)


def _where(whose: ChangedBy) -> str:
    match whose:
        case ChangedBy.OURS:
            return "by an operation of ours"
        case ChangedBy.PORTAL:
            return "in the billing portal"
        case ChangedBy.DASHBOARD:
            return "in Stripe's dashboard"
        case ChangedBy.STRIPE:
            return "by Stripe"
        case never:
            assert_never(never)


def _invoice(invoice: Invoice, *, begins: bool = True) -> str:
    what = "an invoice" if invoice.number is None else f"invoice {invoice.number}"
    return f"{what[0].upper() if begins else what[0]}{what[1:]} of {money(invoice.total, invoice.currency)}"


def _how_invoice_stands(state: InvoiceState) -> str:
    match state:
        case InvoiceState.PAID:
            return "was paid"
        case InvoiceState.VOID:
            return "was voided: nothing is owed"
        case InvoiceState.UNCOLLECTIBLE:
            return "was given up as uncollectible"
        case InvoiceState.OPEN | InvoiceState.DRAFT:
            return "was made"
        case never:
            assert_never(never)
