"""Invited and Blocked members can be re-invited, on the same terms or others, if a seat is free as for an invite.

A command with many members takes them in the given order while seats last; each re-invited member uses up a free seat
for the rest of the command. Each member has a result of their own, and a rejection stops nobody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts import member_rejections
from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member
from services.members.domain.capacity import Capacity, no_room
from services.members.domain.invitation import Invited, invited_anew

AGAIN = frozenset({MemberStatus.INVITED, MemberStatus.BLOCKED})
"""The statuses that can be re-invited, unless the member has just accepted and waits for a seat."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The seat type, role and name of a new invitation; None keeps the member's."""

    seat_type: SeatType | None = None
    role: Role | None = None
    name: str | None = None

    def of(self, member: Member) -> Member:
        """The member on these terms."""
        return replace(
            member,
            seat_type=self.seat_type or member.seat_type,
            role=self.role or member.role,
            name=self.name or member.name,
        )


@dataclass(frozen=True, slots=True)
class Reinvited:
    """The re-invited and the rejected members, each in the order of the command."""

    done: tuple[Invited, ...]
    rejected: tuple[tuple[UUID, Reject], ...]


def reinvite(
    agency: Agency | None,
    actor: Member | None,
    members: Mapping[UUID, Member],
    capacity: Capacity,
    links: Sequence[tuple[UUID, UUID]],
    terms: Terms,
    now: datetime,
) -> Reinvited | Reject:
    """Decide a command for these pairs of member and new link. A member who is named twice is invited once."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    taken: Counter[SeatType] = Counter()
    done: list[Invited] = []
    rejected: list[tuple[UUID, Reject]] = []
    for member_id, invitation_id in _once(links).items():
        member = _eligible(members.get(member_id))
        if isinstance(member, Reject):
            rejected.append((member_id, member))
            continue
        again = terms.of(member)
        full = no_room(capacity, again.seat_type, taken[again.seat_type])
        if full is not None:
            rejected.append((member_id, full))
            continue
        taken[again.seat_type] += 1
        done.append(invited_anew(again, invitation_id, now))
    return Reinvited(tuple(done), tuple(rejected))


def _once(links: Sequence[tuple[UUID, UUID]]) -> dict[UUID, UUID]:
    once: dict[UUID, UUID] = {}
    for member_id, invitation_id in links:
        once.setdefault(member_id, invitation_id)
    return once


def _eligible(member: Member | None) -> Member | Reject:
    if member is None:
        return Reject(member_rejections.UnknownMember())
    if member.waiting:
        return Reject(member_rejections.WrongStatus(member.status, waits=1))
    if member.status not in AGAIN:
        return Reject(member_rejections.WrongStatus(member.status, requested="reinvite"))
    return member
