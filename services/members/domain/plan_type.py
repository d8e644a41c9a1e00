"""A swapped seat changes an Active member's plan type and picked seat type at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import MemberStatus, SeatType
from services.members.domain.agency import Member


@dataclass(frozen=True, slots=True)
class Changed:
    """The member's plan type has changed from `before`."""

    member: Member
    before: SeatType


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The member has that plan type already, or is not Active any more."""


def seat_swapped(member: Member | None, seat_type: SeatType) -> Changed | Unchanged:
    """Decide what a swapped seat changes."""
    if member is None or member.status is not MemberStatus.ACTIVE:
        return Unchanged()
    if member.plan_type is None or member.plan_type is seat_type:
        return Unchanged()
    return Changed(replace(member, plan_type=seat_type, seat_type=seat_type), member.plan_type)
