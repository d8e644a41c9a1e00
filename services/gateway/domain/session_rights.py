"""Any session may read /me and sign out. Other calls need an Active member, and admin calls an Active admin."""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary import MemberStatus, RejectionCode, Role


class Need(StrEnum):
    """The right that a call needs."""

    OWN = "own"
    """A call about the own row alone: the only one that a bearer token makes."""
    SESSION = "session"
    ACTIVE = "active"
    ADMIN = "admin"


def rejection_of(need: Need, status: MemberStatus, role: Role) -> RejectionCode | None:
    """The rejection of a member who may not make the call; None for one who may."""
    if status is MemberStatus.REMOVED:
        return RejectionCode.NOT_SIGNED_IN
    if need in {Need.OWN, Need.SESSION}:
        return None
    if status is not MemberStatus.ACTIVE:
        return RejectionCode.NOT_ACTIVE
    if need is Need.ADMIN and role is not Role.ADMIN:
        return RejectionCode.NOT_AN_ADMIN
    return None
