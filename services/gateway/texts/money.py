"""Amounts on the gateway's pages: a plain decimal for spreadsheets, and what a change cost today."""

from __future__ import annotations

from contracts.wording import dollars


def decimal(cents: int) -> str:
    """1234.56; a credit is -1234.56. What a spreadsheet reads as a number."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def paid_today(charged: int, invoice_total: int | None, number: str | None, *, is_paid: bool = True) -> str:
    """The cost of a change today: by card, from the balance, or credited to it; and its invoice.

    Cents. `charged` is what the card paid; a negative total is a credit; what the card did not pay of a positive one
    was paid from the customer balance, if it is paid at all. `invoice_total` is None when the change made no invoice.
    """
    total = charged if invoice_total is None else invoice_total
    from_balance = max(0, total - charged)
    if not is_paid and total > 0:
        words = f"{dollars(total - charged)} to be paid by invoice"
    elif total < 0:
        words = f"{dollars(-total)} credited"
    elif from_balance and charged:
        words = f"{dollars(charged)} today and {dollars(from_balance)} from the balance"
    elif from_balance:
        words = f"{dollars(from_balance)} from the balance"
    else:
        words = f"{dollars(charged)} today"
    return words if number is None else f"{words}, invoice {number}"
