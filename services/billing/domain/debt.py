"""Our subscription owes while it has an open invoice past its first attempt, or past its due date if it was sent.

While it owes, nothing is changed there. Stripe's prorations presume that the period was paid, so a reduction of an
unpaid year would make real credit. An invoice that was written off (uncollectible) stays payable, and is owed only
until the subscription is active again. A void invoice is gone. The invoice of an operation under way is not owed: the
operation's end decides what becomes of it.
Source: Stripe's documentation, "Prorations": "Prorations and unpaid invoices".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.payment_vocabulary import Debt, InvoiceState
from contracts.vocabulary import Quantities
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.overdue import is_overdue
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot

ACTIVE: Final = frozenset({"active", "trialing"})
"""The statuses in which a written-off invoice is no reason to pause any more."""


def is_owed(state: InvoiceState, *, attempted: bool, is_active: bool) -> bool:
    """True for an open invoice that should be paid, and for one written off while the subscription is not active.

    `attempted`: the card was tried, or the invoice was sent and is overdue.
    """
    if state is InvoiceState.UNCOLLECTIBLE:
        return not is_active
    return state is InvoiceState.OPEN and attempted


def owing(
    invoices: Iterable[KnownInvoice], subscription_id: str, status: str, under_way: Collection[UUID] = ()
) -> tuple[KnownInvoice, ...]:
    """The known invoices that our subscription owes, oldest first. `under_way` are the operations that have not ended.

    An invoice stored without its subscription is ours.
    """
    owed = (
        invoice
        for invoice in invoices
        if invoice.subscription in {None, subscription_id}
        and invoice.operation_id not in under_way
        and is_owed(invoice.state, attempted=invoice.is_owed, is_active=status in ACTIVE)
    )
    return tuple(sorted(owed, key=lambda invoice: (invoice.created, invoice.id)))


def owing_at_stripe(
    invoices: Iterable[StripeInvoiceSnapshot], snapshot: StripeSubscriptionSnapshot, now: datetime
) -> tuple[StripeInvoiceSnapshot, ...]:
    """Of the invoices that were read with the subscription, those that it owes, oldest first."""
    is_active = snapshot.status in ACTIVE
    owed = (
        invoice
        for invoice in invoices
        if is_owed(invoice.state, attempted=invoice.attempted or is_overdue(invoice.due_at, now), is_active=is_active)
    )
    return tuple(sorted(owed, key=lambda invoice: (invoice.created, invoice.id)))


def being_paid(
    listed: Iterable[StripeInvoiceSnapshot], read: Iterable[StripeInvoiceSnapshot]
) -> tuple[StripeInvoiceSnapshot, ...]:
    """Of the invoices that a list shows as tried and not paid, those that the bank is paying: each was read by itself.

    A bank debit takes days, and nobody has declined it: it is no debt yet. Its time is not paid either, so that nothing
    may credit it. Source: Stripe's documentation, "ACH Direct Debit".
    """
    tried = {invoice.id for invoice in listed if invoice.attempted}
    return tuple(
        invoice
        for invoice in read
        if invoice.id in tried and invoice.state is InvoiceState.OPEN and not invoice.attempted
    )


def debt_of(owed: Sequence[KnownInvoice | StripeInvoiceSnapshot]) -> Debt | None:
    """The debt of these invoices; None when there is none. The oldest one names the reason of its last decline."""
    if not owed:
        return None
    amount = sum(invoice.amount_remaining for invoice in owed)
    return Debt(len(owed), amount, owed[0].currency, owed[0].decline_code)


def only_adds(before: Quantities, after: Quantities) -> bool:
    """True for a change that takes no seat away, and so credits nothing."""
    return all(count >= before.of(seat_type) for seat_type, count in after)


def is_behind(snapshot: StripeSubscriptionSnapshot, *, owes: bool) -> bool:
    """True while nothing is changed: the subscription owes, or Stripe charges nothing for it.

    Of an `unpaid`, `incomplete` or `paused` subscription the invoices stay drafts, so the seats would never be paid.
    """
    return owes or snapshot.status == "past_due" or not snapshot.is_charged


def has_a_price(
    snapshot: StripeSubscriptionSnapshot, after: Quantities, *, owes: bool, is_switch: bool = False
) -> bool:
    """False for a change that nobody could save: it would credit time that was never paid, or would never be charged.

    Seats that are added have a price while the subscription owes: one button pays what is owed, and adds them.
    """
    if not is_behind(snapshot, owes=owes):
        return True
    can_be_paid = owes or snapshot.status == "past_due"
    return can_be_paid and not is_switch and only_adds(snapshot.quantities, after)


def paid_too(paid: Debt | None, invoice: KnownInvoice | None) -> Debt | None:
    """What was paid of a debt, with this invoice, which is as it was before its payment."""
    if invoice is None:
        return paid
    before = paid or Debt(0, 0)
    return Debt(before.invoices + 1, before.amount + invoice.amount_remaining, invoice.currency)
