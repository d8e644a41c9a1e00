"""A switch between the cycles changes each seat's price by ten percent only where both prices say so.

Our own prices do, and a year's price is rounded down to a cent. An older or negotiated pair may not.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.domain.annual_price import MONTHS, PERCENT_PAID
from services.billing.domain.plan_total import Tier, unit_price


def saves_a_tenth(prices: Iterable[tuple[tuple[Tier, ...], tuple[Tier, ...], int]]) -> bool:
    """Whether a year costs ten percent less than twelve months for every seat.

    `prices` are the monthly tiers, the annual ones, and the quantity of each seat type; those without seats do not
    count.
    """
    pairs = [
        (unit_price(monthly, quantity), unit_price(annual, quantity))
        for monthly, annual, quantity in prices
        if quantity
    ]
    return bool(pairs) and all(year == month * MONTHS * PERCENT_PAID // 100 for month, year in pairs)
