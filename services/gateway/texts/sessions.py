"""A person's own sessions: what each one is, and what ending them did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts.wording import isolated
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


def agencies(names: Sequence[str]) -> str:
    """The other agencies of a person, as a heading."""
    return f"You also belong to {' and '.join(isolated(name) for name in names)}"


SWITCH = "We mail you a code, as at every sign-in. After it you pick the agency, and this session ends."
