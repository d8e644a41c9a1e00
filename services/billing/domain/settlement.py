"""Prorations left pending are settled when the invoice that billed them is paid or void: one settlement per invoice.

The settled seats are those that the operations added. A settling invoice bills nothing else, so the charge is what was
paid for it. Another invoice bills the prorations along with its own lines; then the charge is their sum, and at most
what was paid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import InvoiceState, Quantities
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation

_OVER: Final = frozenset({InvoiceState.PAID, InvoiceState.VOID})


@dataclass(frozen=True, slots=True)
class Settlement:
    """The operations that one invoice has settled; `charged` in cents."""

    operations: tuple[Operation, ...]
    seats: Quantities
    charged: int
    invoice: KnownInvoice


def billed_by(invoice_id: str, unsettled: Iterable[Operation], pending: Collection[str]) -> tuple[Operation, ...]:
    """The operations whose prorations this invoice has billed: those without a proration that is still pending."""
    return tuple(
        operation.billed_by(invoice_id)
        for operation in unsettled
        if operation.proration_invoice_id is None and not set(operation.pending_proration_ids) & set(pending)
    )


def settlements(unsettled: Iterable[Operation], invoices: Iterable[KnownInvoice]) -> tuple[Settlement, ...]:
    """The settlements that are due: for each paid or void invoice, the operations whose prorations it has billed."""
    waiting = tuple(unsettled)
    due = []
    for invoice in invoices:
        operations = tuple(operation.settled() for operation in waiting if operation.proration_invoice_id == invoice.id)
        if operations and invoice.state in _OVER:
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
