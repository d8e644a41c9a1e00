"""The values of a reduction that waits for the renewal: its counts, the renewal, and who scheduled it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Actor, RejectionCode, SeatType


@dataclass(frozen=True, slots=True)
class Target:
    """The counts to reduce to; None for a seat type that is not reduced."""

    base: int | None = None
    voice: int | None = None

    def of(self, seat_type: SeatType) -> int | None:
        """The count of one seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def __iter__(self) -> Iterator[tuple[SeatType, int | None]]:
        """Each seat type with its count."""
        yield SeatType.BASE, self.base
        yield SeatType.VOICE, self.voice


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that waits for the renewal `at`, and the command and the admin that scheduled it.

    `is_reported`: the admins know that less would be reduced. `tried_at` is when the last attempt began, and `code` why
    it was rejected.
    """

    to: Target
    at: datetime
    command_id: UUID
    actor: Actor
    is_reported: bool = False
    tried_at: datetime | None = None
    code: RejectionCode | None = None
