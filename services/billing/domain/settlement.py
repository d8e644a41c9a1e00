"""What was left pending is settled when the invoice that took it is paid, or voided; one settlement an invoice.

The seats settled are those that the operations added. What the card paid for them is what it paid for an invoice of
their own; where an invoice took them along, it is what they came to, and no more than was paid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import InvoiceState, Quantities
from services.billing.domain.invoice_news import KnownInvoice
from services.billing.domain.operation import Operation

_OVER: Final = frozenset({InvoiceState.PAID, InvoiceState.VOID})


@dataclass(frozen=True, slots=True)
class Settlement:
    """One invoice has settled these operations; `charged` in cents."""

    operations: tuple[Operation, ...]
    seats: Quantities
    charged: int
    invoice: KnownInvoice


def taken_by(invoice_id: str, unsettled: Iterable[Operation], pending: Collection[str]) -> tuple[Operation, ...]:
    """The operations whose prorations this invoice has taken: those of which nothing waits any more."""
    return tuple(
        one.taken(invoice_id) for one in unsettled if one.taken_by is None and not set(one.left) & set(pending)
    )


def settlements(unsettled: Iterable[Operation], invoices: Iterable[KnownInvoice]) -> tuple[Settlement, ...]:
    """What is settled now: of each invoice that is over, the operations whose prorations it took."""
    waiting = tuple(unsettled)
    found = []
    for invoice in invoices:
        operations = tuple(one.settled() for one in waiting if one.taken_by == invoice.id)
        if operations and invoice.state in _OVER:
            found.append(Settlement(operations, _added(operations), _charged(operations, invoice), invoice))
    return tuple(found)


def _added(operations: Iterable[Operation]) -> Quantities:
    added = Quantities()
    for one in operations:
        for seat_type, count in one.after:
            added = added.plus(seat_type, count - one.before.of(seat_type))
    return added


def _charged(operations: Iterable[Operation], invoice: KnownInvoice) -> int:
    if invoice.settles:
        return invoice.amount_paid
    return max(0, min(sum(one.left_cents for one in operations), invoice.amount_paid))
