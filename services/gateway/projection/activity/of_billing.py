"""The activity log's entries of what billing publishes."""

from __future__ import annotations

from contracts import billing, billing_payments
from contracts.payment_vocabulary import InvoiceState
from services.gateway.model.activity import Change, Kind
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    its_invoice,
    no_invoice,
    no_values,
    nobody,
    seat_values,
)
from services.gateway.texts.activity import of_billing


def _invoice_is_recorded(event: billing_payments.InvoiceChanged) -> bool:
    """A draft or an open invoice is not final, and an invoice of our own operation is part of that operation's line."""
    ours = event.operation_id is not None and event.state is InvoiceState.PAID
    return not ours and not event.reversal and event.state not in {InvoiceState.DRAFT, InvoiceState.OPEN}


# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
ENTRIES = (
    LogEntry(
        event=billing.AccountOpened,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(None, {**seat_values(event.purchased), "cycle": event.cycle}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.CycleSwitched,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change({"cycle": event.before}, {"cycle": event.cycle}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.SubscriptionChanged,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(
            {**seat_values(event.before), **({"cycle": event.cycle_before} if event.repriced else {})},
            {**seat_values(event.after), **({"cycle": event.cycle} if event.repriced else {})},
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.EditOverwritten,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(seat_values(event.edited), seat_values(event.after)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.SubscriptionEnded,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.EndScheduled,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(
            {"endsAt": event.before.isoformat() if event.before else None}, {"endsAt": event.at.isoformat()}
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.EndTakenBack,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change({"endsAt": event.at.isoformat()}, {"endsAt": None}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.InvoiceChanged,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(None, {"state": event.state}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=_invoice_is_recorded,
    ),
    LogEntry(
        event=billing_payments.PaymentAwaited,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        # The seats have not changed yet.
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.PaymentLapsed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.PaymentReversed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.PaymentFailed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.PaymentRecovered,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.ProrationsLost,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.Settled,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.StripeTimedOut,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing_payments.CardChanged,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
)
