"""An assigned seat makes a member Active; a denied seat makes them Blocked, with a reason.

The events count for a member who waits, and an assigned seat also for a Blocked member. For a member who was removed
while they waited, only the wait ends. A member who was removed and invited again may have waited twice: then an event
counts only if it belongs to the invite that they accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from contracts.vocabulary import BlockedReason, MemberStatus, SeatType
from services.members.domain.agency import Agency, Member, stands


@dataclass(frozen=True, slots=True)
class Activate:
    """The member is Active. `before` is the earlier status."""

    member: Member
    before: MemberStatus


@dataclass(frozen=True, slots=True)
class Block:
    """The member is Blocked. `before` is the earlier status."""

    member: Member
    before: MemberStatus


@dataclass(frozen=True, slots=True)
class StayRemoved:
    """There is no seat for a member whose removal was to be undone."""

    member: Member


@dataclass(frozen=True, slots=True)
class StayBlocked:
    """The free seat that the line has offered to a Blocked member went to somebody else."""

    member: Member


@dataclass(frozen=True, slots=True)
class LetGo:
    """The agency or the membership ended while the member waited. The wait is over, and nobody is Blocked."""

    member: Member


@dataclass(frozen=True, slots=True)
class TooLate:
    """No member waits for this event, so it changes nothing."""


def seat_assigned(member: Member | None, seat_type: SeatType, command_id: UUID) -> Activate | LetGo | TooLate:
    """Decide what an assigned seat changes. `command_id` is the command that the member waited under."""
    if member is None:
        return TooLate()
    if member.status is MemberStatus.BLOCKED or _waits_for_it(member, command_id):
        ended = _waits_no_more(member)
        return Activate(
            replace(ended, status=MemberStatus.ACTIVE, plan_type=seat_type, seat_type=seat_type, blocked_reason=None),
            member.status,
        )
    return LetGo(member) if _may_have_left(member) else TooLate()


def seat_denied(
    agency: Agency | None, member: Member | None, reason: BlockedReason, command_id: UUID
) -> Block | StayRemoved | StayBlocked | LetGo | TooLate:
    """Decide what a denied seat changes. `command_id` is the command that the member waited under."""
    if member is None:
        return TooLate()
    if member.status is MemberStatus.BLOCKED and member.seat_offered:
        return StayBlocked(replace(member, seat_offered=False))
    if not _waits_for_it(member, command_id):
        return LetGo(member) if _may_have_left(member) else TooLate()
    if member.removal is not None:
        return StayRemoved(replace(member, removal=replace(member.removal, undone_by=None)))
    ended = _waits_no_more(member)
    if not stands(agency):
        return LetGo(ended)
    return Block(replace(ended, status=MemberStatus.BLOCKED, blocked_reason=reason), member.status)


def _waits_for_it(member: Member, command_id: UUID) -> bool:
    """Whether the event ends the member's wait. A Pending login waits at most once, so any event does."""
    if member.status is MemberStatus.INVITED:
        return member.invitation is not None and member.invitation.accepted_by == command_id
    if member.status is MemberStatus.REMOVED:
        return member.removal is not None and member.removal.undone_by == command_id
    return member.waiting


def _may_have_left(member: Member) -> bool:
    """Whether the event may belong to a wait from before a removal, whose login is over."""
    return member.status in {MemberStatus.REMOVED, MemberStatus.INVITED}


def _waits_no_more(member: Member) -> Member:
    return replace(member, waiting=False, invitation=None, removal=None, seat_offered=False)


def seat_released(member: Member | None, *, held: bool) -> LetGo | TooLate:
    """Decide what a released seat changes. A member who waited for it (not `held`) waits no longer."""
    return TooLate() if member is None or held else LetGo(member)
