"""A session is a browser's, with a cookie, or a program's, with a bearer token that may read two calls and sign out."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

BEARER_PREFIX: Final = "hcs_"
"""The first characters of a bearer token; they tell it from an API key, and scanners of leaked secrets know them."""
MOST_SESSIONS: Final = 50
"""A member's sessions at one time: one more ends the one that began first."""


class SessionKind(StrEnum):
    """The credential of a session: `browser` has a cookie, `extension` (or a native app) a bearer token."""

    BROWSER = "browser"
    EXTENSION = "extension"
