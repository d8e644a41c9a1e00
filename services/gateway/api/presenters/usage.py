"""The use of seats as JSON bodies."""

from __future__ import annotations

from collections.abc import Sequence

from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.usage import IdleOut, IdleSeatsOut, UsageOut
from services.gateway.application.uses import Report
from services.gateway.domain.idle_seats import IdleSeats


def usage_out(report: Report) -> UsageOut:
    """What became of a report."""
    return UsageOut(recorded=report.recorded, unknown=list(report.unknown))


def idle_out(periods: Sequence[IdleSeats], currency: str) -> IdleOut:
    """The idle seats with their cost."""
    return IdleOut(
        periods=[
            IdleSeatsOut(
                days=period.days,
                base=period.seats.base,
                voice=period.seats.voice,
                monthly=None if period.monthly is None else Money(amount=period.monthly, currency=currency),
            )
            for period in periods
        ]
    )
