"""A person's own sessions: the list, ending one of them or all others, signing out, and proving the address again."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import COOKIE, COOKIE_OR_BEARER, WRITE_AS_ANYONE, problems
from services.gateway.api.presenters.sessions import sessions_out
from services.gateway.api.request import App, CallerOf, Own, Person, drop_cookie, session_cookie, written
from services.gateway.api.schemas.sessions import SessionsOut
from services.gateway.api.schemas.sign_in import ProofIn, ProofOut
from services.gateway.application.gateway import Gateway
from services.gateway.domain.fresh_code import FRESH_FOR
from services.gateway.domain.gateway_codes import INSUFFICIENT_SCOPE, UNKNOWN_SESSION
from services.gateway.domain.session_kind import SessionKind
from services.gateway.model.agency import Principal

router = APIRouter(tags=["Sessions"])


@router.get(
    "/sessions",
    response_model=SessionsOut,
    openapi_extra={"security": COOKIE},
    responses=problems(RejectionCode.NOT_SIGNED_IN, INSUFFICIENT_SCOPE),
)
async def list_sessions(app: App, person: Person) -> Response:
    """List your own sessions: the device, the network of the sign-in, and when each was last seen."""
    own = await app.sessions.of_member(person)
    return written(sessions_out(own))


@router.delete(
    "/sessions",
    status_code=204,
    openapi_extra={"security": COOKIE},
    responses=problems(RejectionCode.NOT_SIGNED_IN, INSUFFICIENT_SCOPE, RejectionCode.BAD_ORIGIN),
)
async def end_other_sessions(app: App, person: Person) -> Response:
    """End all your sessions but this one, at once: their open pages and their tokens too."""
    await app.sessions.end_others(person)
    return Response(status_code=204)


@router.delete(
    "/sessions/current",
    status_code=204,
    openapi_extra={"security": COOKIE_OR_BEARER},
    responses=problems(RejectionCode.NOT_SIGNED_IN, RejectionCode.BAD_ORIGIN),
)
async def sign_out(app: App, person: Own) -> Response:
    """Sign out. The session ends at once, here and in any copy of the cookie. An API key is revoked, not signed out."""
    await app.sessions.end_current(person)
    return _ended(app, person)


@router.post(
    "/sessions/current/proof",
    status_code=201,
    response_model=ProofOut,
    openapi_extra={"security": COOKIE},
    responses=problems(
        RejectionCode.NOT_SIGNED_IN,
        INSUFFICIENT_SCOPE,
        RejectionCode.INVALID_CODE,
        RejectionCode.LINK_REQUIRED,
        *WRITE_AS_ANYONE,
    ),
)
async def prove_address(body: ProofIn, app: App, caller: CallerOf, person: Person) -> Response:
    """Prove your address again with a code (`POST /login-codes`), after a call was rejected as `fresh_code_required`.

    For 15 minutes this session may then change a lot of money, and make admins and API keys. A code that is wrong here
    counts as at sign-in. The link in the email does the same: it begins a new session.
    """
    proven_at = await app.sign_in.prove(person, body.code, caller)
    return written(ProofOut(proven_at=proven_at, fresh_until=proven_at + FRESH_FOR), 201)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    openapi_extra={"security": COOKIE},
    responses=problems(
        RejectionCode.NOT_SIGNED_IN,
        INSUFFICIENT_SCOPE,
        UNKNOWN_SESSION,
        RejectionCode.BAD_ORIGIN,
        RejectionCode.INVALID_REQUEST,
    ),
)
async def end_session(session_id: UUID, app: App, person: Person) -> Response:
    """End one of your sessions, at once: its open pages and its token too."""
    await app.sessions.end(person, session_id)
    is_current = person.session is not None and person.session.id == session_id
    return _ended(app, person) if is_current else Response(status_code=204)


def _ended(app: Gateway, person: Principal) -> Response:
    """The answer to the end of the session that made the request."""
    response = Response(status_code=204)
    if person.session is not None and person.session.kind is SessionKind.BROWSER:
        drop_cookie(response, app.settings.public_url, session_cookie(app.settings.public_url))
    return response
