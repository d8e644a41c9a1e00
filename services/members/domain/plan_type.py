"""The member's plan type is the type of the seat that they hold, at once when it is exchanged; so is the one picked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import MemberStatus, SeatType
from services.members.domain.agency import Member


@dataclass(frozen=True, slots=True)
class Changed:
    """The member's plan type is another one. `before` is the one it was."""

    member: Member
    before: SeatType


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is that already, or the member left meanwhile."""


def seat_swapped(member: Member | None, seat_type: SeatType) -> Changed | Unchanged:
    """Decide what an exchanged seat changes."""
    if member is None or member.status is not MemberStatus.ACTIVE:
        return Unchanged()
    if member.plan_type is None or member.plan_type is seat_type:
        return Unchanged()
    return Changed(replace(member, plan_type=seat_type, seat_type=seat_type), member.plan_type)
