"""A person's own sessions: what each one is, and what ending them did."""

from __future__ import annotations

from typing import assert_never

from services.gateway.domain.session_kind import SessionKind

ENDED = "The session has ended. Its pages are signed out."
OTHERS_ENDED = "All other sessions have ended."


def kind(session_kind: SessionKind, *, is_current: bool) -> str:
    """What a session is, below its device."""
    if is_current:
        return "This browser, signed in now"
    match session_kind:
        case SessionKind.BROWSER:
            return "Browser"
        case SessionKind.EXTENSION:
            return "Browser extension or app"
        case never:
            assert_never(never)
