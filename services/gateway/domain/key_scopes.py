"""A key makes the calls of its scopes, and no others; `admin` opens every call.

`read` opens what an admin reads and the stream of changes, `members` inviting, changing and removing members, `usage`
reporting when seats were used, `billing` quotes, seats, the cycle and what Auto-Add may spend. `admin` alone makes keys
and admins, and changes the settings. The scopes do not hold each other: a key that reads and changes members has both.
Any key may read its own admin (`/me`).
"""

from __future__ import annotations

from collections.abc import Collection

from contracts.vocabulary import KeyScope
from services.gateway.domain.session_rights import Need

_SCOPE_OF: dict[Need, KeyScope | None] = {
    Need.OWN: None,
    Need.SESSION: None,
    Need.ACTIVE: None,
    Need.STREAM: KeyScope.READ,
    Need.READ: KeyScope.READ,
    Need.MEMBERS: KeyScope.MEMBERS,
    Need.USAGE: KeyScope.USAGE,
    Need.BILLING: KeyScope.BILLING,
    Need.ADMIN: KeyScope.ADMIN,
}


def scope_of(need: Need) -> KeyScope | None:
    """The scope with which a key makes a call of this need; None: any key does."""
    return _SCOPE_OF[need]


def missing_scope(need: Need, scopes: Collection[KeyScope]) -> KeyScope | None:
    """The scope that a key with these scopes lacks for the call; None when it may make the call."""
    scope = scope_of(need)
    return None if scope is None or scope in scopes or KeyScope.ADMIN in scopes else scope
