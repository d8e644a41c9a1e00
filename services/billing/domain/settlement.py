"""Prorations left pending are settled when the invoice whose lines took them is paid: one settlement per invoice.

Only Stripe says which invoice took a proration: a later invoice of the subscription may have nothing to do with it.
The settled seats are those that the operations added. A settling invoice bills nothing else, so the charge is what was
paid for it. Another invoice bills the prorations along with its own lines; then the charge is their sum, and at most
what was paid.

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
    """The operations whose prorations this invoice has billed; `taken` are the ids of those on its lines."""
    return tuple(
        operation.billed_by(invoice_id)
        for operation in unsettled
        if operation.proration_invoice_id is None and set(operation.pending_proration_ids) <= set(taken)
    )


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
