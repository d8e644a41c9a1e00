"""Messages of the members service about Blocked members who ask for a seat: an admin approves, or declines."""

from __future__ import annotations

from uuid import UUID

from contracts.message import Command, Event, PersonalText
from contracts.vocabulary import SeatType


class Approve(Command, type="members.approve.v1", outcomes=("members.approved.v1",)):
    """An admin lets a Blocked member into a free seat, without another link. Nothing is bought for it."""

    member_id: UUID


class Decline(Command, type="members.decline.v1", outcomes=("members.blocked.v1",)):
    """An admin declines a Blocked member's request for a seat. The `note` is mailed to them. They stay Blocked."""

    member_id: UUID
    note: PersonalText | None = None


class Approved(Event, type="members.approved.v1"):
    """A seat of this type was free, and an admin gives it to the Blocked member. seats assigns it.

    The member stays Blocked if somebody else has taken the seat meanwhile.
    """

    member_id: UUID
    seat_type: SeatType
