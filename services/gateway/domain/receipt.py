"""The receipt of a change: what its lines add up to, what the balance pays, and what remains today. Pure; cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DISCOUNT, TAX = "Discount", "Tax"
"""The lines into which billing gathers Stripe's discounts and taxes."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of the invoice as the receipt needs it."""

    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The sums of a receipt. `seats` is what the change itself costs, `earlier` what earlier changes left pending.

    `balance` is negative where the account's balance pays, and positive where the account owed something before.
    `today` is negative for a credit. All parts before it add up to it.
    """

    seats: int
    earlier: int
    discount: int
    tax: int
    balance: int
    today: int


def receipt(
    lines: Iterable[ReceiptLine], pending: Iterable[ReceiptLine], *, due_now: int, credit: int, from_balance: int
) -> Receipt:
    """The receipt of a quote."""
    sums = {DISCOUNT: 0, TAX: 0}
    seats = 0
    for line in lines:
        if line.description in sums:
            sums[line.description] += line.amount
        else:
            seats += line.amount
    return Receipt(
        seats=seats,
        earlier=sum(line.amount for line in pending),
        discount=sums[DISCOUNT],
        tax=sums[TAX],
        balance=-from_balance,
        today=due_now - credit,
    )


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """The next regular invoice: what the card pays, after what is left of the account's credit."""

    total: int
    from_credit: int


def next_invoice(total: int, balance: int) -> NextInvoice:
    """The next invoice of a plan of this total a cycle; a positive balance pays first, a negative one is added."""
    from_credit = min(total, balance)
    return NextInvoice(total - from_credit, from_credit)
