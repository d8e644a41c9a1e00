"""The cost of a change today: Stripe's `amount_due` where it charges, its signed `total` where it credits.

Source: Stripe's documentation, "Preview an invoice" and "Customer credit balance". The balance pays before the card
does. If the balance is a debt, the card pays it too. Less than 50 cents are not charged but added to the balance.

In a trial Stripe makes no invoice for other seats, and previews the one at the trial's end.
Source: Stripe's documentation, "Use trial periods on subscriptions".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.billing.domain.snapshots import Preview


@dataclass(frozen=True, slots=True)
class DueToday:
    """Cents. The card pays `due_now`, the balance gains `credit`, and the balance pays `from_balance` of the total.

    `from_balance` is negative when the card pays the balance's debt. `due_now + from_balance - credit` is always the
    invoice's total.
    """

    due_now: int
    credit: int
    from_balance: int


def invoiced_today(preview: Preview, status: str, *, switches: bool) -> Preview:
    """The preview of the invoice that the change makes today: in a trial, a change of the seats makes none."""
    if status != "trialing" or switches:
        return preview
    return replace(preview, total=0, amount_due=0, lines=(), discount=0, tax=0, is_whole=True)


def due_today(total: int, amount_due: int) -> DueToday:
    """Split an invoice's signed total, given the amount that it leaves to be charged; both in cents."""
    credit = max(0, -total)
    return DueToday(amount_due, credit, total + credit - amount_due)
