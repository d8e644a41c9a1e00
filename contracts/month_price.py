"""What a seat costs a month: the plan's price before tax and discounts, of an annual plan a twelfth, rounded up.

If the next tier of the price is dearer, that price counts, so that no purchase costs more than was reckoned.
"""

from __future__ import annotations

from contracts.vocabulary import BillingCycle

_MONTHS = 12


def month_price(unit_amount: int, next_unit_amount: int | None, cycle: BillingCycle) -> int:
    """The price of a seat a month, in cents, from its price a cycle."""
    dearer = max(unit_amount, next_unit_amount or 0)
    return dearer if cycle is BillingCycle.MONTHLY else -(-dearer // _MONTHS)
