"""The activity log as a JSON body and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.address import shown_address
from contracts.amounts import decimal
from contracts.message import Invoice
from services.gateway.api.presenters.cells import utc_cell
from services.gateway.api.schemas.activity import ActivityLine, ActivityOut, ActorOut, InvoiceRef, NamedMember
from services.gateway.api.schemas.base import Money
from services.gateway.application.reading import ActivityPage, Entry
from services.gateway.model.activity import Values

ACTIVITY_HEADER = (
    *("at", "kind", "actor", "action", "sentence", "before", "after"),
    *("members", "invoice", "total", "discount", "tax", "from_balance", "amount_paid", "returned", "currency"),
    "operation_id",
)


def activity_out(page: ActivityPage) -> ActivityOut:
    """A page of the log."""
    cursor = None if page.next_cursor is None else str(page.next_cursor)
    return ActivityOut(items=[_line(entry) for entry in page.items], next_cursor=cursor)


def _line(entry: Entry) -> ActivityLine:
    before, after = entry.change.before, entry.change.after
    return ActivityLine(
        id=str(entry.id),
        at=entry.at,
        kind=entry.kind,
        actor=ActorOut(kind=entry.actor.kind, id=entry.actor.member_id, name=entry.actor_name),
        action=entry.action,
        sentence=entry.sentence,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        members=[
            NamedMember(id=member_id, email=person.email, name=person.name) for member_id, person in entry.members
        ],
        returned=_returned(entry),
        invoice=None if entry.invoice is None else _invoice_ref(entry.invoice),
        operation_id=entry.operation_id,
    )


def _returned(entry: Entry) -> Money | None:
    if not entry.returned or entry.invoice is None:
        return None
    return Money(amount=entry.returned, currency=entry.invoice.currency)


def _invoice_ref(invoice: Invoice) -> InvoiceRef:
    return InvoiceRef(
        id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total, currency=invoice.currency),
        amount_paid=Money(amount=invoice.amount_paid, currency=invoice.currency),
        url=invoice.url,
        discount=Money(amount=invoice.discount, currency=invoice.currency),
        tax=Money(amount=invoice.tax, currency=invoice.currency),
        from_balance=Money(amount=invoice.from_balance, currency=invoice.currency),
    )


def activity_cells(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Lines of the log as rows of a spreadsheet, in the order of ACTIVITY_HEADER."""
    return [
        (
            *(utc_cell(entry.at), entry.kind, entry.actor_name, entry.action, entry.sentence),
            *(_values(entry.change.before), _values(entry.change.after)),
            " ".join(shown_address(person.email) for _, person in entry.members),
            *_invoice_cells(entry.invoice, entry.returned),
            str(entry.operation_id),
        )
        for entry in entries
    ]


def _invoice_cells(invoice: Invoice | None, returned: int) -> tuple[str, ...]:
    if invoice is None:
        return ("",) * 8
    amounts = (invoice.total, invoice.discount, invoice.tax, invoice.from_balance, invoice.amount_paid, returned)
    return (invoice.number or invoice.id, *(decimal(amount, invoice.currency) for amount in amounts), invoice.currency)


def _values(values: Values | None) -> str:
    return "" if values is None else ", ".join(f"{name}: {_value(value)}" for name, value in values.items())


def _value(value: int | str | bool | None) -> str:  # noqa: FBT001  one of four kinds of value
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
