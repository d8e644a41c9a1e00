"""Reductions at the renewal: from the messages alone, none ever goes below those Active at that moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.invariants import Violation


def no_reduction_goes_below_active(messages: Iterable[Mapping[str, Any]]) -> None:
    """Check each change for a renewal against the seats that were held when seats sent it."""
    active: dict[str, Counter[str]] = defaultdict(Counter)
    for message in messages:
        if message["by"] != "seats":
            continue
        held, data = active[str(message["agency_id"])], message["data"]
        match message["type"]:
            case "seats.seat_assigned.v1":
                held[data["seat_type"]] += 1
            case "seats.seat_released.v1" if data["held"]:
                held[data["seat_type"]] -= 1
            case "seats.seat_swapped.v1":
                _move(held, data)
            case "seats.seats_exchanged.v1":
                for move in data["moves"]:
                    _move(held, move)
            case "billing.set_quantities.v1" if data["renewal"] is not None:
                _check(data, held)
            case _:
                pass


def _check(change: Mapping[str, Any], held: Counter[str]) -> None:
    for kind in ("base", "voice"):
        if change["after"][kind] < min(change["before"][kind], held[kind]):
            raise Violation("no reduction below active", f"{change}, and {held} are Active")


def _move(held: Counter[str], move: Mapping[str, str]) -> None:
    held[move["before"]] -= 1
    held[move["seat_type"]] += 1
