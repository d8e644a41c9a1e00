"""Prorations left pending are settled when the invoice whose lines took them is paid: one settlement per invoice.

Only Stripe says which invoice took a proration: a later invoice of the subscription may have nothing to do with it.
An invoice has at most 250 items, so that it may take a part of an operation's prorations: then the one that takes the
last of them settles the operation.
The settled seats are those that the operations added. A settling invoice bills nothing else but what somebody charged
by hand, so the charge is what was paid for it. Another invoice bills the prorations along with its own lines; then the
charge is their sum, and at most what was paid.

Prorations are lost when Stripe has dropped them, because the subscription was canceled, or when their invoice is void.
Then nobody will ever be charged for the seats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import Quantities
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation


@dataclass(frozen=True, slots=True)
class Settlement:
    """The operations that one invoice has settled; `charged` in cents."""

    operations: tuple[Operation, ...]
    seats: Quantities
    charged: int
    invoice: KnownInvoice


@dataclass(frozen=True, slots=True)
class Loss:
    """The operations whose prorations are lost; `amount` in cents. `invoice` is the void one, None without one."""

    operations: tuple[Operation, ...]
    seats: Quantities
    amount: int
    invoice: KnownInvoice | None = None


def billed_by(invoice_id: str, unsettled: Iterable[Operation], taken: Collection[str]) -> tuple[Operation, ...]:
    """The operations of which this invoice has billed prorations; `taken` are the ids of those on its lines."""
    billed = []
    for operation in unsettled:
        left = tuple(item for item in operation.pending_proration_ids if item not in taken)
        if operation.proration_invoice_id is None and left != operation.pending_proration_ids:
            billed.append(operation.billed_but_for(left) if left else operation.billed_by(invoice_id))
    return tuple(billed)


def losses(unsettled: Iterable[Operation], invoices: Iterable[KnownInvoice], gone: Collection[str]) -> tuple[Loss, ...]:
    """The losses: of the prorations that Stripe has no more (`gone`), and of each void invoice."""
    waiting = tuple(unsettled)
    dropped = tuple(operation for operation in waiting if set(operation.pending_proration_ids) & set(gone))
    lost = [_loss(dropped, None)] if dropped else []
    for invoice in invoices:
        operations = tuple(operation for operation in waiting if operation.proration_invoice_id == invoice.id)
        if operations and invoice.state is InvoiceState.VOID:
            lost.append(_loss(operations, invoice))
    return tuple(lost)


def _loss(operations: tuple[Operation, ...], invoice: KnownInvoice | None) -> Loss:
    amount = sum(operation.pending_cents for operation in operations)
    return Loss(tuple(operation.settled() for operation in operations), _added(operations), amount, invoice)


def settlements(unsettled: Iterable[Operation], invoices: Iterable[KnownInvoice]) -> tuple[Settlement, ...]:
    """The settlements that are due: for each paid invoice, the operations whose prorations it has billed."""
    waiting = tuple(unsettled)
    due = []
    for invoice in invoices:
        operations = tuple(operation.settled() for operation in waiting if operation.proration_invoice_id == invoice.id)
        if operations and invoice.state is InvoiceState.PAID:
            due.append(Settlement(operations, _added(operations), _charged(operations, invoice), invoice))
    return tuple(due)


def _added(operations: Iterable[Operation]) -> Quantities:
    added = Quantities()
    for operation in operations:
        for seat_type, count in operation.after:
            added = added.plus(seat_type, count - operation.before.of(seat_type))
    return added


def _charged(operations: Iterable[Operation], invoice: KnownInvoice) -> int:
    if invoice.settles:
        return invoice.amount_paid
    return max(0, min(sum(operation.pending_cents for operation in operations), invoice.amount_paid))
