"""Time and ids come from here, so that a test moves them by hand and a simulation draws them from a seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import uuid_utils.compat

Clock = Callable[[], datetime]
"""The time now, aware, UTC."""
NewId = Callable[[], UUID]
"""A fresh UUIDv7."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A fresh UUIDv7: sorts by time, so an index on it stays dense."""
    return uuid_utils.compat.uuid7()


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, or for so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


@dataclass(frozen=True, slots=True)
class World:
    """Where a service gets its time, its ids and its chance from."""

    clock: Clock = utc_now
    new_id: NewId = new_id
    rng: Random = field(default_factory=Random)
