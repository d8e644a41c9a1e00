"""Quotes, changes at their price, the plan and its invoices as JSON bodies, and invoices as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contracts.amounts import decimal
from contracts.billing import CycleSwitched
from contracts.billing_payments import PaymentLapsed
from contracts.billing_quotes import Quoted, QuoteLine, TierOfType
from contracts.message import Invoice
from contracts.seats_purchases import PaymentRetried, SeatsAdjusted
from contracts.vocabulary import SeatType
from services.gateway.api.cursors import cursor_of
from services.gateway.api.presenters.cells import utc_cell
from services.gateway.api.presenters.seats import owed_out, seat_pair, seats_out
from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.billing import (
    AdjustedOut,
    BillingOut,
    CanceledOut,
    CycleOut,
    InvoiceOut,
    InvoicesOut,
    OtherItemOut,
    PaidInvoice,
    Price,
    Prices,
    QuoteLineOut,
    QuoteOut,
    RetriedOut,
)
from services.gateway.api.schemas.seats import OwedOut
from services.gateway.application.reading import InvoicesPage
from services.gateway.model.agency import SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.plan import InvoiceRow, Plan
from services.gateway.texts import preview as preview_text
from services.gateway.texts.billing import RENEWAL

INVOICES_HEADER = (
    *("number", "date", "total", "amount_paid", "refunded", "credited", "currency", "state", "dispute", "page", "pdf"),
    *("operation_id", "what_for"),
)


def quote_out(operation: Operation) -> QuoteOut:
    """A quote, with the sentence that explains it."""
    quoted = Quoted.model_validate(operation.result)
    preview = preview_text.Preview(
        before=quoted.before.quantities(),
        after=quoted.after.quantities(),
        cycle_before=quoted.cycle_before,
        cycle=quoted.cycle,
        total_before=quoted.total_before,
        total=quoted.total,
        due_now=quoted.due_now,
        credit=quoted.credit,
        from_balance=quoted.from_balance,
        pending=sum(line.amount for line in quoted.pending),
        may_differ=quoted.may_differ,
        other_total=quoted.other_total,
        on_account=quoted.on_account,
        saves_tenth=quoted.saves_tenth,
        ends_at=quoted.ends_at,
        currency=quoted.currency,
        prices=tuple(
            preview_text.Price(tier.seat_type, tier.unit_amount, tier.next_from, tier.next_unit_amount)
            for tier in quoted.tiers
        ),
    )
    return QuoteOut(
        id=quoted.quote_id,
        change=preview_text.change(preview),
        sentence=preview_text.sentence(preview),
        before=seat_pair(quoted.before),
        after=seat_pair(quoted.after),
        cycle_before=quoted.cycle_before,
        cycle=quoted.cycle,
        due_now=Money(amount=quoted.due_now, currency=quoted.currency),
        credit=Money(amount=quoted.credit, currency=quoted.currency),
        from_balance=Money(amount=quoted.from_balance, currency=quoted.currency),
        total_before=Money(amount=quoted.total_before, currency=quoted.currency),
        new_total=Money(amount=quoted.total, currency=quoted.currency),
        delta=Money(amount=preview_text.delta(preview), currency=quoted.currency),
        lines=[_line(line, quoted.currency) for line in quoted.lines],
        pending_lines=[_line(line, quoted.currency) for line in quoted.pending],
        tier=_prices(quoted.tiers, quoted.currency),
        expires_at=quoted.expires_at,
        may_differ=Money(amount=quoted.may_differ, currency=quoted.currency),
        other_total=Money(amount=quoted.other_total, currency=quoted.currency),
        on_account=quoted.on_account,
        ends_at=quoted.ends_at,
    )


def _line(line: QuoteLine, currency: str) -> QuoteLineOut:
    return QuoteLineOut(
        description=line.description,
        amount=Money(amount=line.amount, currency=currency),
        seat_type=line.seat_type,
        proration=line.proration,
        quantity=line.quantity,
    )


def adjusted_out(operation: Operation, seats: SeatsView) -> AdjustedOut:
    """The seats after a change, and what it cost."""
    adjusted = SeatsAdjusted.model_validate(operation.result)
    return AdjustedOut(
        seats=seats_out(seats),
        before=seat_pair(adjusted.before),
        after=seat_pair(adjusted.after),
        charged=Money(amount=adjusted.charged, currency=adjusted.currency),
        new_total=Money(amount=adjusted.new_total, currency=adjusted.currency),
        cycle=adjusted.cycle,
        invoice=paid_invoice(adjusted.invoice),
        on_next_invoice=None
        if adjusted.on_next_invoice is None
        else Money(amount=adjusted.on_next_invoice, currency=adjusted.currency),
    )


def cycle_out(operation: Operation) -> CycleOut:
    """The cycle after a switch, and what it cost."""
    switched = CycleSwitched.model_validate(operation.result)
    return CycleOut(
        cycle=switched.cycle,
        charged=Money(amount=switched.charged, currency=switched.currency),
        new_total=Money(amount=switched.total, currency=switched.currency),
        renews_at=switched.renews_at,
        invoice=paid_invoice(switched.invoice),
    )


def paid_invoice(invoice: Invoice | None) -> PaidInvoice | None:
    """The invoice that a change made; None when it made none."""
    if invoice is None:
        return None
    return PaidInvoice(
        id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total, currency=invoice.currency),
        amount_paid=Money(amount=invoice.amount_paid, currency=invoice.currency),
        url=invoice.url,
        discount=Money(amount=invoice.discount, currency=invoice.currency),
        tax=Money(amount=invoice.tax, currency=invoice.currency),
        from_balance=Money(amount=invoice.from_balance, currency=invoice.currency),
    )


def canceled_out(operation: Operation) -> CanceledOut:
    """The change that was canceled."""
    lapsed = PaymentLapsed.model_validate(operation.result)
    return CanceledOut(
        before=seat_pair(lapsed.before),
        after=seat_pair(lapsed.after),
        cycle=lapsed.cycle,
        amount=Money(amount=lapsed.amount, currency=lapsed.currency),
    )


def retried_out(operation: Operation, seats: SeatsView) -> RetriedOut:
    """The seats after the pause, and the members for whom seats are being bought."""
    retried = PaymentRetried.model_validate(operation.result)
    return RetriedOut(
        seats=seats_out(seats),
        joined=[waiter.member_id for waiter in retried.joined],
        joined_count=retried.joined_count,
        paid=paid_by_retry(operation),
    )


def paid_by_retry(operation: Operation) -> OwedOut | None:
    """The debt that is paid now."""
    paid = PaymentRetried.model_validate(operation.result).paid
    return owed_out(paid.debt()) if paid is not None and paid.invoices else None


def billing_out(view: Plan) -> BillingOut:
    """The agency's plan: its total, what it is made of, and whether it is paid."""
    return BillingOut(
        cycle=view.cycle,
        total=_money(view.total, view.currency),
        renews_at=view.renews_at,
        payment_state=view.payment_state,
        discount=_money(view.discount, view.currency),
        balance=_money(view.balance, view.currency),
        prices=_prices(view.prices, view.currency),
        invoices_today=view.invoices_today,
        invoices_renew_at=view.invoices_renew_at,
        other_items=[OtherItemOut.model_validate(item.model_dump()) for item in view.others],
        other_total=Money(amount=view.other_total, currency=view.currency),
        negotiated=view.negotiated,
        ends_at=view.ends_at,
        coupons=Money(amount=view.coupons, currency=view.currency),
        tax=Money(amount=view.tax, currency=view.currency),
    )


def _prices(tiers: Iterable[TierOfType], currency: str) -> Prices:
    prices = {tier.seat_type: _price(tier, currency) for tier in tiers}
    return Prices(base=prices.get(SeatType.BASE), voice=prices.get(SeatType.VOICE))


def _price(tier: TierOfType, currency: str) -> Price:
    return Price(
        quantity=tier.quantity,
        unit_amount=Money(amount=tier.unit_amount, currency=currency),
        list_amount=Money(amount=tier.list_amount, currency=currency),
        next_from=tier.next_from,
        next_unit_amount=_money(tier.next_unit_amount, currency),
    )


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency)


def invoices_out(page: InvoicesPage) -> InvoicesOut:
    """A page of invoices."""
    cursor = None if page.next_cursor is None else cursor_of(*page.next_cursor)
    return InvoicesOut(items=[_invoice(invoice) for invoice in page.items], next_cursor=cursor)


def _invoice(invoice: InvoiceRow) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        number=invoice.number,
        date=invoice.at,
        total=Money(amount=invoice.total, currency=invoice.currency),
        amount_paid=Money(amount=invoice.amount_paid, currency=invoice.currency),
        state=invoice.state,
        url=invoice.url,
        pdf_url=invoice.pdf_url,
        operation_id=invoice.operation_id,
        credited=Money(amount=invoice.credited, currency=invoice.currency),
        refunded=Money(amount=invoice.refunded, currency=invoice.currency),
        dispute=invoice.dispute,
    )


def invoice_cells(rows: Sequence[InvoiceRow], reasons: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Invoices as rows of a spreadsheet, in the order of INVOICES_HEADER; `reasons` say what each is for, by its id."""
    return [
        (
            *(
                row.number or row.id,
                utc_cell(row.at),
                decimal(row.total, row.currency),
                decimal(row.amount_paid, row.currency),
                decimal(row.refunded, row.currency),
                decimal(row.credited, row.currency),
                row.currency,
                row.state,
                row.dispute or "",
            ),
            *(row.url or "", row.pdf_url or "", "" if row.operation_id is None else str(row.operation_id)),
            reasons.get(row.id, RENEWAL),
        )
        for row in rows
    ]
