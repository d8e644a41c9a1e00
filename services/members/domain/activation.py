"""A seat makes its member Active; no seat makes them Blocked, and says why. Only Active holds a seat.

The news counts for whoever waits, and for a Blocked person whom a later seat lets in. Who was removed while they waited
gets neither, and the wait is over all the same. Removed and invited again, they may have asked twice: then news counts
only when it answers the invite that they accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

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


def seat_assigned(member: Member | None, seat_type: SeatType, command_id: UUID) -> Activate | LetGo | TooLate:
    """Decide what an assigned seat changes; `command_id` is the command that it answers."""
    if member is None:
        return TooLate()
    if member.status is MemberStatus.BLOCKED or _waits_for_it(member, command_id):
        ended = _waits_no_more(member)
        return Activate(
            replace(ended, status=MemberStatus.ACTIVE, plan_type=seat_type, blocked_reason=None), member.status
        )
    return LetGo(member) if _may_have_left(member) else TooLate()


def seat_denied(
    agency: Agency | None, member: Member | None, reason: BlockedReason, command_id: UUID
) -> Block | LetGo | TooLate:
    """Decide what a denied seat changes; `command_id` is the command that it answers."""
    if member is None:
        return TooLate()
    if not _waits_for_it(member, command_id):
        return LetGo(member) if _may_have_left(member) else TooLate()
    ended = _waits_no_more(member)
    if not stands(agency):
        return LetGo(ended)
    return Block(replace(ended, status=MemberStatus.BLOCKED, blocked_reason=reason), member.status)


def _waits_for_it(member: Member, command_id: UUID) -> bool:
    """Whether it is the news that somebody waits for. A Pending login has asked once at most."""
    if member.status is MemberStatus.INVITED:
        return member.invitation is not None and member.invitation.accepted_by == command_id
    return member.waiting


def _may_have_left(member: Member) -> bool:
    """Whether the news may be for a wait of before a removal: the login that waited is over."""
    return member.status in {MemberStatus.REMOVED, MemberStatus.INVITED}


def _waits_no_more(member: Member) -> Member:
    return replace(member, waiting=False, invitation=None)


def seat_released(member: Member | None, *, held: bool) -> LetGo | TooLate:
    """Decide what a released seat changes: a wait for it (not `held`) is over."""
    return TooLate() if member is None or held else LetGo(member)
