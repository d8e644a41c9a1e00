"""The page of one's own sessions, for every person who is signed in: what is open where, and how to end it."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from services.gateway.domain.gateway_codes import UNKNOWN_SESSION
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import sessions as words

SESSIONS = "/sessions"
_DONE = {"ended": words.ENDED, "others": words.OTHERS_ENDED}


async def show(request: PageRequest) -> Response:
    """The sessions as they are."""
    return await _page(request)


async def _page(request: PageRequest, alert: Alert | None = None) -> Response:
    principal = await request.principal()
    return request.page(
        "sessions.html",
        principal=principal,
        status=200 if alert is None else alert.status,
        sessions=await request.app.sessions.of_member(principal),
        others=await request.app.sessions.other_agencies(principal),
        alert=alert,
        done=None if alert is not None else _DONE.get(request.query("done") or ""),
    )


async def end(request: PageRequest) -> Response:
    """End one session; the pages that are open with it are signed out."""
    principal = await request.principal()
    try:
        with forms.outages_raised():
            await request.app.sessions.end(principal, _session_id((await request.form()).get("id", "")))
    except RejectedError as rejected:
        return await _page(request, Alert.of(rejected))
    return request.redirect(f"{SESSIONS}?done=ended")


async def end_others(request: PageRequest) -> Response:
    """End every session but this one."""
    await request.app.sessions.end_others(await request.principal())
    return request.redirect(f"{SESSIONS}?done=others")


def _session_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as invalid:
        raise RejectedError(UNKNOWN_SESSION) from invalid


ROUTES = Routes(get={SESSIONS: show}, post={f"{SESSIONS}/end": end, f"{SESSIONS}/end-others": end_others})
