"""A person's own sessions: what each one is, and what ending them did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts.wording import isolated
from services.gateway.domain.session_kind import SessionKind

ENDED = "The session has ended. Its pages are signed out."
OTHERS_ENDED = "All other sessions have ended."
_NOWHERE = "Not signed in anywhere."
_ENDS_OWN = "Ending the other sessions signs you out everywhere but here."
_ENDS_ALL = "Ending the sessions signs them out at once, everywhere. They can sign in again with a new code."


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


def signed_out(name: str, *, own: bool) -> str:
    """What ending the sessions of a member did; `own`: of the admin who did it."""
    return OTHERS_ENDED if own else f"{isolated(name)} is signed out everywhere."


def where(count: int, *, own: bool) -> str:
    """What ending a member's sessions does, above their list; `own`: of the admin who reads it."""
    if count == 0:
        return _NOWHERE
    return _ENDS_OWN if own else _ENDS_ALL


def agencies(names: Sequence[str]) -> str:
    """The other agencies of a person, as a heading."""
    return f"You also belong to {' and '.join(isolated(name) for name in names)}"


SWITCH = "We email you a code, as at every sign-in. After it you pick the agency, and this session ends."
