"""How much of a limit of Auto-Add is used, as people read it on pages and in mails alike."""

from __future__ import annotations

from typing import assert_never

from contracts.amounts import money
from contracts.vocabulary import AutoAddMeasure, SeatType


def limit_used(measure: AutoAddMeasure, used: int, limit: int, seat_type: SeatType, currency: str) -> str:
    """4 of 5 Voice seats bought this month: what is used of a limit, in seats or in the currency's smallest unit."""
    match measure:
        case AutoAddMeasure.SEATS:
            return f"{used:,} of {limit:,} {seat_type.label} seats in all"
        case AutoAddMeasure.MONTH_SEATS:
            return f"{used:,} of {limit:,} {seat_type.label} seats bought this month"
        case AutoAddMeasure.MONTH_AMOUNT:
            prices = f"{money(used, currency)} of {money(limit, currency)} a month"
            return f"{prices} for the {seat_type.label} seats bought this month"
        case never:
            assert_never(never)
