"""Signing up, mailing a code, signing in and out, and reading the person who is signed in."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from contracts.members import SignUp
from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import OWN, WRITE_AS_ANYONE, problems, write_responses
from services.gateway.api.presenters.sign_in import me_out, session_out
from services.gateway.api.request import (
    App,
    CallerOf,
    Key,
    Own,
    accepted,
    operation_ref,
    session_cookie,
    set_browser_cookie,
    set_cookie,
    written,
)
from services.gateway.api.schemas.sign_in import (
    AcceptIn,
    CodeSentOut,
    LoginCodeIn,
    MeOut,
    SessionIn,
    SessionOut,
    SignedUpOut,
    SignUpIn,
)
from services.gateway.application.gateway import Gateway
from services.gateway.application.hashing import new_token
from services.gateway.application.ports import Caller
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.session_kind import SessionKind
from services.gateway.model.rejected import RejectedError

router = APIRouter(tags=["Signing in"])


@router.post(
    "/signups",
    status_code=201,
    response_model=SignedUpOut,
    responses=write_responses(RejectionCode.DOMAIN_NOT_AUTO_JOIN, *WRITE_AS_ANYONE),
)
async def sign_up(body: SignUpIn, app: App, caller: CallerOf, key: Key = None) -> Response:
    """Sign up with an address on an agency's auto-join domain, and pick a seat type.

    It makes a Pending login, which holds no seat. For an address that is known already the answer is the same. Until
    the first login, the newest sign-up of the browser (the cookie) in which the address is proven counts.
    """
    command = SignUp(email=body.email, name=body.name, seat_type=body.seat_type)
    browser = caller.browser or new_token()
    operation = await app.sign_up(command, caller, browser, key)
    if operation.state is OperationState.RUNNING:
        response = accepted(operation.id)
    else:
        response = written(SignedUpOut(email=body.email, name=body.name, seat_type=body.seat_type), 201)
    set_browser_cookie(response, app.settings.public_url, browser)
    return response


@router.post(
    "/login-codes",
    status_code=202,
    response_model=CodeSentOut,
    responses=problems(RejectionCode.ALREADY_ANSWERED, *WRITE_AS_ANYONE),
)
async def mail_code(body: LoginCodeIn, app: App, caller: CallerOf, key: Key = None) -> Response:
    """Have a 4-digit code and a one-click link mailed. The answer is the same whether the address is known or not.

    The code works only in the browser (the cookie) that requested it, for 10 minutes and 5 wrong tries. An extension or
    app, which has no cookie, asks with `tokenType` `bearer` and gets `browserToken` instead, which it keeps.
    """
    if body.token_type is not None:
        token = await app.codes.ask(body.email, _without_cookies(caller, body.browser_token), key)
        return written(CodeSentOut(browser_token=token), 202)
    browser = await app.codes.ask(body.email, caller, key)
    response = written(CodeSentOut(), 202)
    set_browser_cookie(response, app.settings.public_url, browser)
    return response


@router.post(
    "/sessions",
    status_code=201,
    response_model=SessionOut,
    responses=problems(
        RejectionCode.INVALID_CODE,
        RejectionCode.LINK_EXPIRED,
        RejectionCode.LINK_REQUIRED,
        RejectionCode.CHOOSE_AGENCY,
        RejectionCode.CONFIRM_DETAILS,
        RejectionCode.ALREADY_ANSWERED,
        *WRITE_AS_ANYONE,
    ),
)
async def sign_in(body: SessionIn, app: App, caller: CallerOf, key: Key = None) -> Response:
    """Sign in with the code or the link of the mail. The first time of a Pending login is the first login.

    `member.status` is then `active`, `blocked` (with `blockedReason`) or, when the outcome takes longer than 5 s,
    `pending_login` with `operation`. If the sign-ups for the address differ, and none was made in this browser, the
    answer is `confirm_details`: the same code or link serves the second call, with `name` and `seatType`.

    With `tokenType` `bearer` the answer holds a bearer token and sets no cookie: for an extension or app. It reads /me
    and the own row's events, and signs out. A code then needs the `browserToken` of the call that requested it.
    """
    kind, confirmed = SessionKind.BROWSER, body.confirmed
    if body.token_type is not None:
        kind, caller = SessionKind.EXTENSION, _without_cookies(caller, body.browser_token)
    if body.token is not None and body.email is None and body.code is None:
        signed_in = await app.sign_in.by_link(
            body.token, caller, agency_id=body.agency_id, confirmed=confirmed, key=key, kind=kind
        )
    elif body.token is None and body.email is not None and body.code is not None:
        signed_in = await app.sign_in.by_code(
            body.email, body.code, caller, agency_id=body.agency_id, confirmed=confirmed, key=key, kind=kind
        )
    else:
        missing = {name: "is needed" for name in ("email", "code") if getattr(body, name) is None}
        both = {"token": "give either email and code, or the token of the link alone"}
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors=both if body.token is not None else missing)
    return _let_in(app, signed_in)


@router.post(
    "/invitations/accept",
    status_code=201,
    response_model=SessionOut,
    responses=problems(RejectionCode.LINK_EXPIRED, RejectionCode.ALREADY_ANSWERED, *WRITE_AS_ANYONE),
)
async def accept_invitation(body: AcceptIn, app: App, caller: CallerOf, key: Key = None) -> Response:
    """Accept an invitation with the token of its link, in any browser, once: it asks for a seat, and signs in.

    `member.status` is then `active`, `blocked` (nothing is bought for an invitation) or, when the outcome takes longer
    than 5 s, `invited` with `operation`.
    """
    return _let_in(app, await app.accepting.accept(body.token, caller, key))


def _without_cookies(caller: Caller, browser_token: str | None) -> Caller:
    """The caller as an extension or app: its browser token takes the place of the cookie, whatever was sent along."""
    return replace(caller, browser=browser_token, session=None)


def _let_in(app: Gateway, signed_in: SignedInAs) -> Response:
    operation = None if signed_in.operation_id is None else operation_ref(signed_in.operation_id)
    response = written(session_out(signed_in, operation), 201)
    if signed_in.session.kind is SessionKind.BROWSER:
        url, seconds = app.settings.public_url, int(signed_in.lasts.total_seconds())
        set_cookie(response, url, session_cookie(url), signed_in.token, seconds=seconds)
        set_browser_cookie(response, url, signed_in.browser)
    return response


@router.get(
    "/me", response_model=MeOut, openapi_extra={"security": OWN}, responses=problems(RejectionCode.NOT_SIGNED_IN)
)
async def read_me(principal: Own) -> Response:
    """Read the person who is signed in, as the browser extension and the app do."""
    return written(me_out(principal))
