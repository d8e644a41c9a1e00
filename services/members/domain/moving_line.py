"""The line moves by itself, if an admin wants it: a free seat goes to the member who has been Blocked longest for it.

Each seat type has a line of its own. A member who waits for an admin's approval, or whose request was declined, does
not stand in it: an admin decides about them. Nothing is bought for the line, so it costs nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from contracts.vocabulary import BlockedReason, MemberStatus
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member
from services.members.domain.capacity import Capacity, no_room

DECIDED_BY_ADMINS = frozenset({BlockedReason.AWAITING_APPROVAL, BlockedReason.REQUEST_DECLINED})
"""Members who are Blocked for these reasons do not stand in line."""


@dataclass(frozen=True, slots=True)
class MovingLineSet:
    """The agency has the setting. `before` is the earlier one, the same if nothing changed."""

    agency: Agency
    before: bool


def set_moving_line(agency: Agency | None, actor: Member | None, *, enabled: bool) -> MovingLineSet | Reject:
    """Decide whether the line moves by itself."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    return MovingLineSet(replace(allowed, moving_line=enabled), allowed.moving_line)


def next_in_line(capacity: Capacity, blocked: Iterable[Member]) -> Sequence[Member]:
    """The members to whom a free seat is to be offered now. `blocked` are the heads of the lines, in order of arrival.

    A seat that is offered already, and not assigned yet, is not free for the next in line.
    """
    in_line = [member for member in blocked if _stands_in_line(member)]
    taken = Counter(member.seat_type for member in in_line if member.seat_offered)
    offered = []
    for member in in_line:
        if not member.seat_offered and no_room(capacity, member.seat_type, taken[member.seat_type]) is None:
            taken[member.seat_type] += 1
            offered.append(replace(member, seat_offered=True))
    return offered


def _stands_in_line(member: Member) -> bool:
    return member.status is MemberStatus.BLOCKED and member.blocked_reason not in DECIDED_BY_ADMINS
