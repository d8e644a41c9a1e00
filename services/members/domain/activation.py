"""A seat makes its member Active; no seat makes them Blocked, and says why. Only Active holds a seat.

The news counts for whoever waits, and for a Blocked person whom a later seat lets in. Who was removed while they waited
gets neither, and the wait is over all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import BlockedReason, MemberStatus, SeatType
from services.members.domain.agency import Agency, Member, stands


@dataclass(frozen=True, slots=True)
class Activate:
    """The member is Active. `before` is where they stood."""

    member: Member
    before: MemberStatus


@dataclass(frozen=True, slots=True)
class Block:
    """The member is Blocked. `before` is where they stood."""

    member: Member
    before: MemberStatus


@dataclass(frozen=True, slots=True)
class LetGo:
    """The agency, or the membership, ended while the member waited: the wait is over and nobody is Blocked for it."""

    member: Member


@dataclass(frozen=True, slots=True)
class TooLate:
    """Nobody waits for this news."""


def seat_assigned(member: Member | None, seat_type: SeatType) -> Activate | LetGo | TooLate:
    """Decide what an assigned seat changes."""
    if member is not None and member.status is MemberStatus.REMOVED:
        return LetGo(member)
    if member is None or not (member.waiting or member.status is MemberStatus.BLOCKED):
        return TooLate()
    return Activate(
        replace(member, status=MemberStatus.ACTIVE, plan_type=seat_type, blocked_reason=None, waiting=False),
        member.status,
    )


def seat_denied(agency: Agency | None, member: Member | None, reason: BlockedReason) -> Block | LetGo | TooLate:
    """Decide what a denied seat changes."""
    if member is not None and member.status is MemberStatus.REMOVED:
        return LetGo(member)
    if member is None or not member.waiting:
        return TooLate()
    if not stands(agency):
        return LetGo(replace(member, waiting=False))
    blocked = replace(member, status=MemberStatus.BLOCKED, blocked_reason=reason, waiting=False)
    return Block(blocked, member.status)


def seat_released(member: Member | None, *, held: bool) -> LetGo | TooLate:
    """Decide what a released seat changes: a wait for it (not `held`) is over."""
    return TooLate() if member is None or held else LetGo(member)
