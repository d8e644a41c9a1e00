"""Seats, Auto-Add and the seats by day as JSON bodies."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.message import Seats
from contracts.payment_vocabulary import Debt
from contracts.vocabulary import SeatType
from services.gateway.api.presenters.awaited_payments import payment_out
from services.gateway.api.schemas.seats import (
    AutoAddOut,
    OwedOut,
    SeatCounts,
    SeatDay,
    SeatHistoryOut,
    SeatMeter,
    SeatPair,
    SeatsOut,
)
from services.gateway.domain.seat_history import Day
from services.gateway.model.agency import SeatsView
from services.gateway.model.awaited_payment import AwaitedPayment


def seats_out(view: SeatsView, waiting: AwaitedPayment | None = None) -> SeatsOut:
    """The seats of both types, Auto-Add, and the change that waits for its payment."""
    return SeatsOut(
        base=SeatMeter.model_validate(view.base),
        voice=SeatMeter.model_validate(view.voice),
        frozen=view.frozen,
        auto_add=auto_add_out(view),
        payment=payment_out(waiting),
        owed=owed_out(view.owed),
    )


def owed_out(debt: Debt | None) -> OwedOut | None:
    """A debt: owed, or paid now."""
    return None if debt is None else OwedOut.model_validate(debt)


def auto_add_out(view: SeatsView, *, enabled: bool | None = None) -> AutoAddOut:
    """Auto-Add; `enabled` is the value that this request set, whatever changed since."""
    return AutoAddOut(
        enabled=view.auto_add if enabled is None else enabled,
        locked=not view.baa_signed,
        paused=view.paused,
        fault=view.fault,
        declined=view.declined,
        decline_code=view.decline_code,
    )


def seat_pair(seats: Seats) -> SeatPair:
    """A count of each seat type."""
    return SeatPair(base=seats.base, voice=seats.voice)


def seat_history_out(days: Sequence[Day]) -> SeatHistoryOut:
    """The seats by day, in the given order."""
    return SeatHistoryOut(
        days=[
            SeatDay(day=day.day, base=_counts(day, SeatType.BASE), voice=_counts(day, SeatType.VOICE)) for day in days
        ]
    )


def _counts(day: Day, seat_type: SeatType) -> SeatCounts:
    return SeatCounts(purchased=day.purchased.of(seat_type), active=day.active.of(seat_type))
