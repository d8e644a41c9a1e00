"""From the read model of the past and of money to what goes over HTTP, and into spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from contracts.billing import TierOfType
from contracts.message import Invoice
from contracts.vocabulary import SeatType
from services.gateway.api.cursors import cursor_of
from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.reading import (
    ActivityLine,
    ActivityOut,
    ActorOut,
    BillingOut,
    InvoiceOut,
    InvoiceRef,
    InvoicesOut,
    NamedMember,
    Price,
    Prices,
    SeatCounts,
    SeatDay,
    SeatHistoryOut,
)
from services.gateway.application.reading import ActivityPage, Entry, InvoicesPage
from services.gateway.domain.seat_history import Day
from services.gateway.model.activity import Values
from services.gateway.model.plan import InvoiceRow, Plan
from services.gateway.texts.money import decimal

ACTIVITY_HEADER = (
    *("at", "kind", "actor", "action", "sentence", "before", "after"),
    *("members", "invoice", "total", "amount_paid", "currency", "operation_id"),
)
INVOICES_HEADER = ("number", "date", "total", "amount_paid", "currency", "state", "page", "pdf", "operation_id")
_CURRENCY = "usd"


def activity(page: ActivityPage) -> ActivityOut:
    """A page of the log."""
    cursor = None if page.next_cursor is None else str(page.next_cursor)
    return ActivityOut(items=[_line(entry) for entry in page.items], next_cursor=cursor)


def _line(entry: Entry) -> ActivityLine:
    was, now = entry.change.before, entry.change.after
    return ActivityLine(
        id=str(entry.id),
        at=entry.at,
        kind=entry.kind,
        actor=ActorOut(kind=entry.actor.kind, id=entry.actor.member_id, name=entry.actor_name),
        action=entry.action,
        sentence=entry.sentence,
        before=None if was is None else dict(was),
        after=None if now is None else dict(now),
        members=[NamedMember(id=one, email=person.email, name=person.name) for one, person in entry.members],
        invoice=None if entry.invoice is None else _invoice_ref(entry.invoice),
        operation_id=entry.operation_id,
    )


def _invoice_ref(invoice: Invoice) -> InvoiceRef:
    return InvoiceRef(
        id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total),
        amount_paid=Money(amount=invoice.amount_paid),
        url=invoice.url,
    )


def activity_cells(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Lines of the log as rows of a spreadsheet, in the order of ACTIVITY_HEADER."""
    return [
        (
            *(_utc(entry.at), entry.kind, entry.actor_name, entry.action, entry.sentence),
            *(_values(entry.change.before), _values(entry.change.after)),
            " ".join(person.email for _, person in entry.members),
            *_invoice_cells(entry.invoice),
            str(entry.operation_id),
        )
        for entry in entries
    ]


def _invoice_cells(invoice: Invoice | None) -> tuple[str, str, str, str]:
    if invoice is None:
        return "", "", "", ""
    return invoice.number or invoice.id, decimal(invoice.total), decimal(invoice.amount_paid), _CURRENCY


def _values(values: Values | None) -> str:
    return "" if values is None else ", ".join(f"{name}: {_value(value)}" for name, value in values.items())


def _value(value: int | str | bool | None) -> str:  # noqa: FBT001  one of four kinds of value
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def seat_history(days: Sequence[Day]) -> SeatHistoryOut:
    """The days."""
    return SeatHistoryOut(
        days=[
            SeatDay(day=one.day, base=_counts(one, SeatType.BASE), voice=_counts(one, SeatType.VOICE)) for one in days
        ]
    )


def _counts(day: Day, seat_type: SeatType) -> SeatCounts:
    return SeatCounts(purchased=day.purchased.of(seat_type), active=day.active.of(seat_type))


def plan(view: Plan) -> BillingOut:
    """What the agency pays."""
    prices = {price.seat_type: _price(price) for price in view.prices}
    return BillingOut(
        cycle=view.cycle,
        total=_money(view.total),
        renews_at=view.renews_at,
        payment_state=view.payment_state,
        discount=_money(view.discount),
        balance=_money(view.balance),
        prices=Prices(base=prices.get(SeatType.BASE), voice=prices.get(SeatType.VOICE)),
        invoices_today=view.invoices_today,
        invoices_renew_at=view.invoices_renew_at,
    )


def _price(price: TierOfType) -> Price:
    return Price(
        quantity=price.quantity,
        unit_amount=Money(amount=price.unit_amount),
        list_amount=Money(amount=price.list_amount),
        next_from=price.next_from,
        next_unit_amount=_money(price.next_unit_amount),
    )


def _money(cents: int | None) -> Money | None:
    return None if cents is None else Money(amount=cents)


def invoices(page: InvoicesPage) -> InvoicesOut:
    """A page of invoices."""
    cursor = None if page.next_cursor is None else cursor_of(*page.next_cursor)
    return InvoicesOut(items=[_invoice(invoice) for invoice in page.items], next_cursor=cursor)


def _invoice(invoice: InvoiceRow) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        number=invoice.number,
        date=invoice.at,
        total=Money(amount=invoice.total),
        amount_paid=Money(amount=invoice.amount_paid),
        state=invoice.state,
        url=invoice.url,
        pdf_url=invoice.pdf_url,
        operation_id=invoice.operation_id,
    )


def invoice_cells(rows: Sequence[InvoiceRow]) -> list[tuple[str, ...]]:
    """Invoices as rows of a spreadsheet, in the order of INVOICES_HEADER."""
    return [
        (
            *(row.number or row.id, _utc(row.at), decimal(row.total), decimal(row.amount_paid), _CURRENCY, row.state),
            *(row.url or "", row.pdf_url or "", "" if row.operation_id is None else str(row.operation_id)),
        )
        for row in rows
    ]
