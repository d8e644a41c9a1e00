"""Amounts are exact: dollars and cents, thousands with a comma, and what a plan costs per month or per year."""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import BillingCycle


def dollars(cents: int) -> str:
    """$1,234.56; a credit is -$1,234.56. In cents, never by a float."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02d}"


def per_cycle(cents: int, cycle: BillingCycle) -> str:
    """$189.97/mo or $1,234.56/yr."""
    match cycle:
        case BillingCycle.MONTHLY:
            return f"{dollars(cents)}/mo"
        case BillingCycle.ANNUAL:
            return f"{dollars(cents)}/yr"
        case _:
            assert_never(cycle)
