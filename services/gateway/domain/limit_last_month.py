"""What a limit of Auto-Add would have done last month: so many of the seats that it bought would not have been bought.

The price is today's, and the limit of seats in all is held against the purchased seats after the last purchase.
"""

from __future__ import annotations

from services.gateway.domain.auto_add_limits import TypeInUse


def left_out(of_type: TypeInUse) -> int:
    """How many of last month's seats the limit would have left out."""
    limit, last_month, price = of_type.limit, of_type.last_month, of_type.price
    beyond = [0]
    if limit.seats is not None:
        beyond.append(last_month.purchased - limit.seats)
    if limit.month_seats is not None:
        beyond.append(last_month.seats - limit.month_seats)
    if limit.month_amount is not None and price:
        beyond.append(last_month.seats - limit.month_amount // price)
    return min(last_month.seats, max(beyond))
