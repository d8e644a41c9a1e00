"""The receipt under a preview, as rows with labels: the lines with an amount, today's total, and the next invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.gateway.api.schemas.billing import QuoteLineOut, QuoteOut
from services.gateway.domain.receipt import NextInvoice, ReceiptLine, next_invoice, receipt
from services.gateway.model.plan import Plan
from services.gateway.texts import receipt as texts


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a receipt; the amount is in cents, and negative where it is in the agency's favor."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Next:
    """The next regular invoice, and when Stripe makes it."""

    invoice: NextInvoice
    at: datetime


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """A receipt: rows that add up to the total. `following` is None where no regular invoice follows."""

    rows: tuple[Row, ...]
    total: Row
    following: Next | None


def receipt_of(quote: QuoteOut, plan: Plan) -> ShownReceipt:
    """The receipt of a quote. A row that is zero is left out, except the change's own."""
    sums = receipt(
        _lines(quote.lines),
        _lines(quote.pending_lines),
        due_now=quote.due_now.amount,
        credit=quote.credit.amount,
        from_balance=quote.from_balance.amount,
    )
    switches = quote.cycle is not quote.cycle_before
    more = (
        Row(texts.EARLIER, sums.earlier),
        Row(texts.discount(sums.discount), sums.discount),
        Row(texts.TAX, sums.tax),
        Row(texts.balance(sums.balance), sums.balance),
    )
    left = (plan.balance or 0) - quote.from_balance.amount + quote.credit.amount
    return ShownReceipt(
        rows=(Row(texts.SWITCH if switches else texts.SEATS, sums.seats), *(row for row in more if row.amount)),
        total=Row(texts.today(sums.today, on_account=quote.on_account), abs(sums.today)),
        following=None if switches else following(plan, quote.new_total.amount, left),
    )


def following(plan: Plan, total: int | None, balance: int) -> Next | None:
    """The next invoice of a plan of this total; None where it is not known, or the subscription ends before it."""
    if total is None or plan.renews_at is None or plan.ends_at is not None:
        return None
    return Next(next_invoice(total, balance), plan.renews_at)


def _lines(lines: list[QuoteLineOut]) -> list[ReceiptLine]:
    return [ReceiptLine(line.description, line.amount.amount) for line in lines]
