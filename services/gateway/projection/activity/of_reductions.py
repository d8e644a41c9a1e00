"""The activity log's entries of a reduction that waits for the renewal."""

from __future__ import annotations

from contracts import scheduled_reductions
from services.gateway.model.activity import Change, Kind, Values
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    no_invoice,
    no_values,
    nobody,
    seat_values,
)
from services.gateway.texts.activity import of_seats


def _scheduled(to: scheduled_reductions.ReducedTo | None) -> Values:
    """What is scheduled, by the names that the API gives the counts."""
    return {"reducedBase": None if to is None else to.base, "reducedVoice": None if to is None else to.voice}


ENTRIES = (
    LogEntry(
        event=scheduled_reductions.ReductionScheduled,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(_scheduled(event.before), _scheduled(event.to)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.moved or event.before != event.to,
    ),
    LogEntry(
        event=scheduled_reductions.ReductionTakenBack,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(_scheduled(event.to), _scheduled(None)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=scheduled_reductions.ReductionNear,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=scheduled_reductions.ReductionMade,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=scheduled_reductions.ReductionMissed,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(_scheduled(event.to), _scheduled(None)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
)
