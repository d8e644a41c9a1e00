"""Any session may read /me and sign out. Other calls need an Active member, and admin calls an Active admin.

A call names its need once, and the need says both: the right of the person, and the scope of a key (`key_scopes.py`).
"""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary import MemberStatus, RejectionCode, Role


class Need(StrEnum):
    """The right that a call needs. READ, MEMBERS, USAGE, BILLING and ADMIN are the needs of admin calls.

    OWN and STREAM are calls about the own row alone, the only ones that a bearer token makes. To an admin's session or
    key the stream shows the agency.
    """

    OWN = "own"
    SESSION = "session"
    STREAM = "stream"
    ACTIVE = "active"
    READ = "read"
    MEMBERS = "members"
    USAGE = "usage"
    BILLING = "billing"
    ADMIN = "admin"


OF_BEARER_TOKENS = frozenset({Need.OWN, Need.STREAM})
_OF_ANY_SESSION = OF_BEARER_TOKENS | {Need.SESSION}


def rejection_of(need: Need, status: MemberStatus, role: Role) -> RejectionCode | None:
    """The rejection of a member who may not make the call; None for one who may."""
    if status is MemberStatus.REMOVED:
        return RejectionCode.NOT_SIGNED_IN
    if need in _OF_ANY_SESSION:
        return None
    if status is not MemberStatus.ACTIVE:
        return RejectionCode.NOT_ACTIVE
    if need is not Need.ACTIVE and role is not Role.ADMIN:
        return RejectionCode.NOT_AN_ADMIN
    return None
