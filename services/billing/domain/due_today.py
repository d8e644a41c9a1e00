"""What a change costs today: Stripe's `amount_due` where it charges, its signed `total` where it credits.

Source: Stripe's documentation, "Preview an invoice" and "Customer credit balance". The balance pays before the card
does; where it is a debt, the card pays it along; less than 50 cents are not charged but put on the balance.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DueToday:
    """Cents. `due_now`: the card. `credit`: to the balance. `from_balance`: what the balance bears of the total.

    `from_balance` is negative where the card pays what the balance owed. Always `due_now + from_balance - credit` is
    the invoice's total.
    """

    due_now: int
    credit: int
    from_balance: int


def due_today(total: int, amount_due: int) -> DueToday:
    """From an invoice's signed total and what it leaves to be charged, both in cents."""
    credit = max(0, -total)
    return DueToday(amount_due, credit, total + credit - amount_due)
