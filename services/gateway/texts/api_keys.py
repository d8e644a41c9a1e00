"""The scopes of API keys in words, for the page on which keys are made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.vocabulary import KeyScope

MEANINGS: Mapping[KeyScope, str] = MappingProxyType(
    {
        KeyScope.READ: "see members, seats, billing and the activity log",
        KeyScope.MEMBERS: "invite, change and remove clinicians",
        KeyScope.USAGE: "report when clinicians used their seats",
        KeyScope.BILLING: "change seats and the billing cycle, switch Auto-Add",
        KeyScope.ADMIN: "everything that you can do, also new admins and keys",
    }
)
LIVES: Mapping[str, str] = MappingProxyType({"30": "30 days", "90": "90 days", "365": "a year"})
"""The days after which a key may end, as the form offers them."""


def scopes_of(scopes: tuple[KeyScope, ...]) -> str:
    """The scopes of a key, for its row: Read, Members."""
    return ", ".join(scope.value.capitalize() for scope in scopes)
