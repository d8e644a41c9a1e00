"""The activity log's entries of what seats publishes."""

from __future__ import annotations

from contracts import auto_add_limits, seat_policies, seats, seats_purchases
from contracts.vocabulary import SeatType
from services.gateway.model.activity import Change, Kind, Values
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    its_invoice,
    its_member,
    no_invoice,
    no_values,
    nobody,
    seat_values,
)
from services.gateway.texts.activity import of_seats


def _limit_values(base: auto_add_limits.AutoAddLimit, voice: auto_add_limits.AutoAddLimit) -> Values:
    """The limits of both seat types, by the names that the API gives them."""
    return {
        f"{seat_type}{name}": value
        for seat_type, limit in ((SeatType.BASE, base), (SeatType.VOICE, voice))
        for name, value in (
            ("Seats", limit.seats),
            ("MonthSeats", limit.month_seats),
            ("MonthAmount", limit.month_amount),
        )
    }


# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
ENTRIES = (
    LogEntry(
        event=seats.SeatSwapped,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change({"planType": event.before}, {"planType": event.seat_type}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.seat_type,
    ),
    LogEntry(
        event=seats.SeatsExchanged,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=no_values,
        members=lambda event: tuple(move.member_id for move in event.moves),
        invoice=no_invoice,
        recorded_if=lambda event: any(move.before is not move.seat_type for move in event.moves),
    ),
    LogEntry(
        event=seats_purchases.SeatsAutoAdded,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=lambda event: tuple(waiter.member_id for waiter in event.served),
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats_purchases.SeatsAdjusted,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=lambda event: tuple(waiter.member_id for waiter in event.let_in),
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats_purchases.PurchaseDeclined,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change({"paused": None}, {"paused": event.code}),
        members=lambda event: tuple(waiter.member_id for waiter in event.waiting),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats_purchases.PurchaseDelayed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=no_values,
        members=lambda event: tuple(waiter.member_id for waiter in event.waiting),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.AutoAddSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            None if event.before is None else {"autoAdd": event.before}, {"autoAdd": event.enabled}
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.enabled,
    ),
    LogEntry(
        event=seats.StepUpSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            None
            if event.seats_before is None
            else {"stepUpSeats": event.seats_before, "stepUpAmount": event.amount_before},
            {"stepUpSeats": event.seats, "stepUpAmount": event.amount},
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: (event.seats_before, event.amount_before) != (event.seats, event.amount),
    ),
    LogEntry(
        event=auto_add_limits.AutoAddLimitsSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            _limit_values(event.base_before, event.voice_before), _limit_values(event.base, event.voice)
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: (event.base, event.voice) != (event.base_before, event.voice_before),
    ),
    LogEntry(
        event=seat_policies.SeatPoliciesSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            {"basePolicy": event.base_before, "voicePolicy": event.voice_before},
            {"basePolicy": event.base, "voicePolicy": event.voice},
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: (event.base, event.voice) != (event.base_before, event.voice_before),
    ),
    LogEntry(
        event=auto_add_limits.AutoAddLimitNear,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats_purchases.AutoAddResumed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda _event: Change(None, {"paused": None}),
        members=lambda event: tuple(waiter.member_id for waiter in event.joined),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.Frozen,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change({"frozen": None}, {"frozen": event.reason}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.Thawed,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda _event: Change(None, {"frozen": None}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
)
