"""A dry run asks for each person whether a login would be their first one, and so needs a seat.

A Pending login logs in for the first time, and so does somebody new with an address on the auto-join domain. An Invited
member accepts. For everybody else a login changes nothing about the seats.
"""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary import MemberStatus


class Entrance(StrEnum):
    """The way by which a person would come in, or why a login of theirs needs no seat."""

    FIRST_LOGIN = "first_login"
    INVITATION = "invitation"
    HAS_SEAT = "has_seat"
    IN_LINE = "in_line"
    STAYS_BLOCKED = "stays_blocked"
    REMOVED = "removed"
    OTHER_DOMAIN = "other_domain"


NEEDS_SEAT = frozenset({Entrance.FIRST_LOGIN, Entrance.INVITATION})
"""The entrances for which seats decides about a seat."""
_OTHERS = {
    MemberStatus.ACTIVE: Entrance.HAS_SEAT,
    MemberStatus.BLOCKED: Entrance.STAYS_BLOCKED,
    MemberStatus.REMOVED: Entrance.REMOVED,
}


def entrance_of(status: MemberStatus | None, *, waits_for_seat: bool, on_domain: bool) -> Entrance:
    """The entrance of a member in this status; None for somebody new, with an address on the agency's domain or not."""
    if status is None:
        return Entrance.FIRST_LOGIN if on_domain else Entrance.OTHER_DOMAIN
    if waits_for_seat:
        return Entrance.IN_LINE
    if status is MemberStatus.INVITED:
        return Entrance.INVITATION
    return _OTHERS.get(status, Entrance.FIRST_LOGIN)
