"""Messages of the members service about the moving line: Blocked members get free seats in order, without an admin."""

from __future__ import annotations

from uuid import UUID

from contracts.message import Command, Event
from contracts.vocabulary import SeatType


class SetMovingLine(Command, type="members.set_moving_line.v1", outcomes=("members.moving_line_set.v1",)):
    """An admin sets whether free seats go to Blocked members by themselves. OFF until it is set."""

    enabled: bool


class MovingLineSet(Event, type="members.moving_line_set.v1"):
    """The line moves by itself from now on, or no longer. `before` equals `enabled` if the command changed nothing."""

    enabled: bool
    before: bool


class SeatOffered(Event, type="members.seat_offered.v1"):
    """A seat of this type is free, and this Blocked member is the next in line for it. seats assigns or denies it.

    Nothing is bought for it. A denied member stays Blocked at the same place in line.
    """

    member_id: UUID
    seat_type: SeatType
