"""Any session may read /me and sign out; everything else needs an Active member, and admin calls an Active admin."""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary import MemberStatus, RejectionCode, Role


class Need(StrEnum):
    """What a call asks of who makes it."""

    SESSION = "session"
    ACTIVE = "active"
    ADMIN = "admin"


def rejection_of(need: Need, status: MemberStatus, role: Role) -> RejectionCode | None:
    """Why this member may not make the call; None when the member may. A removed member's sessions have ended."""
    if status is MemberStatus.REMOVED:
        return RejectionCode.NOT_SIGNED_IN
    if need is Need.SESSION:
        return None
    if status is not MemberStatus.ACTIVE:
        return RejectionCode.NOT_ACTIVE
    if need is Need.ADMIN and role is not Role.ADMIN:
        return RejectionCode.NOT_AN_ADMIN
    return None
