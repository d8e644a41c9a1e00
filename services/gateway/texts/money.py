"""The cost of a change today, in words: for the activity log."""

from __future__ import annotations

from contracts.amounts import money
from contracts.message import Invoice


def paid_today(charged: int, currency: str, invoice: Invoice | None) -> str:
    """The cost of a change today: by card, from the balance, or credited to it; its invoice, a discount and the tax.

    `charged` is what the card paid; a negative total is a credit; what the card did not pay of a positive one was taken
    off by a credit note, or was paid from the customer balance, if it is paid at all. `invoice` is None when the change
    made none.
    """
    if invoice is None:
        return f"{money(charged, currency)} today"
    number = "" if invoice.number is None else f", invoice {invoice.number}"
    return f"{_amounts(charged, currency, invoice)}{number}{_parts(currency, invoice)}"


def set_already(on_next_invoice: int, currency: str) -> str:
    """The cost of a change that somebody made at Stripe in the same moment: nothing today."""
    then = f", so {money(on_next_invoice, currency)} is on the next invoice" if on_next_invoice else ""
    return f"nothing was charged today: somebody had set the same seats at Stripe{then}"


def _amounts(charged: int, currency: str, invoice: Invoice) -> str:
    total = invoice.total
    from_balance = max(0, total - charged - invoice.credited)
    if not invoice.is_paid and total > 0:
        return f"{money(total - charged - invoice.credited, currency)} to be paid by invoice"
    if total < 0:
        return f"{money(-total, currency)} credited"
    if from_balance and charged:
        return f"{money(charged, currency)} today and {money(from_balance, currency)} from the balance"
    if from_balance:
        return f"{money(from_balance, currency)} from the balance"
    return f"{money(charged, currency)} today"


def _parts(currency: str, invoice: Invoice) -> str:
    """The discount and the tax that the total is after, and what a credit note took off it.

    A credit is less by the discount that its seats had.
    """
    name = "discount" if invoice.discount > 0 else "discount taken back"
    discount = f" · {name} {money(abs(invoice.discount), currency)}" if invoice.discount else ""
    tax = f" · tax {money(invoice.tax, currency)}" if invoice.tax else ""
    credited = f" · {money(invoice.credited, currency)} taken off by a credit note" if invoice.credited else ""
    return f"{discount}{tax}{credited}"
