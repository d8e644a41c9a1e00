"""A person's own sessions as JSON bodies; none holds a token."""

from __future__ import annotations

from collections.abc import Iterable

from services.gateway.api.schemas.sessions import SessionRow, SessionsOut
from services.gateway.model.sessions import ListedSession


def sessions_out(sessions: Iterable[ListedSession]) -> SessionsOut:
    """The sessions in the given order."""
    return SessionsOut(items=[_row(listed) for listed in sessions])


def _row(listed: ListedSession) -> SessionRow:
    session = listed.session
    return SessionRow(
        id=session.id,
        current=listed.is_current,
        kind=session.kind,
        device=session.device,
        network=session.network,
        created_at=session.began_at,
        last_seen_at=session.last_seen_at,
        expires_at=listed.ends_at,
    )
