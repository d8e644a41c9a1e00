"""Samples of the mails about idle seats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from contracts.vocabulary import Quantities, SeatType
from services.notifier.mails.member_kinds import IdleSeat, IdleSeats

IDLE_SEAT = IdleSeat("Northside", "Mia Chen", SeatType.VOICE, datetime(2026, 1, 12, 9, 30, tzinfo=UTC))
IDLE_SEATS = IdleSeats("Northside", 30, Quantities(2, 1), 10997)
IDLE: Mapping[str, IdleSeat | IdleSeats] = MappingProxyType(
    {
        "idle-seat": IDLE_SEAT,
        "idle-seats": IDLE_SEATS,
        "idle-seats-one": replace(IDLE_SEATS, seats=Quantities(1, 0), monthly=None),
    }
)
