"""The activity log's entries of what seats publishes."""

from __future__ import annotations

from contracts import seats, seats_purchases
from services.gateway.model.activity import Change, Kind
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
