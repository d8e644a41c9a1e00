"""Signing in with the code or the link of the mail, choosing an agency, signing out."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.api.schemas.requests import LoginCodeIn, SessionIn
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.return_address import return_address
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, sign_in_cookie
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.sign_in_cookie import SignInCookie
from services.gateway.texts.messages import message

ADDRESS = "login.html"
CODE = "code.html"
LINK = "link.html"
CHOOSE = "choose.html"
WELCOME = "/welcome"


async def show_address(request: PageRequest) -> Response:
    """Whose code to mail. Who is signed in already goes on."""
    after = return_address(request.asked("next"))
    if await request.who() is not None:
        return request.to(after or WELCOME)
    return request.page(ADDRESS, typed={"email": ""}, after=after)


async def send_address(request: PageRequest) -> Response:
    """Have the code mailed."""
    fields = await request.form()
    typed = {"email": fields.get("email", "")}
    after = return_address(fields.get("next"))
    try:
        wanted = forms.read(LoginCodeIn, typed)
        browser = await _ask(request, wanted.email, await request.key())
    except RejectedError as refused:
        what = message(refused)
        return request.page(ADDRESS, status=what.status, typed=typed, after=after, alert=what, errors=refused.errors)
    return request.remember(request.to("/login/code"), sign_in_cookie.new(wanted.email, after), browser)


async def _ask(request: PageRequest, email: str, key: str | None) -> str:
    with forms.or_refused():
        try:
            return await request.app.codes.ask(email, request.caller, key)
        except RejectedError as refused:
            if refused.code != RejectionCode.ALREADY_ANSWERED:
                raise
            # A second click before the first answer came: that answer's cookie is lost, so another mail must go.
            return await request.app.codes.ask(email, request.caller)


async def show_code(request: PageRequest) -> Response:
    """Where the code is typed."""
    begun = request.under_way()
    if begun is None:
        return request.to("/login")
    return request.page(CODE, begun=begun, again=request.asked("again") is not None)


async def resend(request: PageRequest) -> Response:
    """Have another code mailed; the one before stops working in this browser."""
    begun = request.under_way()
    if begun is None:
        return request.to("/login")
    try:
        browser = await _ask(request, begun.email, await request.key())
    except RejectedError as refused:
        return _code_refused(request, begun, refused)
    again = sign_in_cookie.new(begun.email, begun.after, joined=begun.joined)
    return request.remember(request.to("/login/code?again=1"), again, browser)


async def send_code(request: PageRequest) -> Response:
    """Sign in with the four digits."""
    begun = request.under_way()
    if begun is None:
        return request.to("/login")
    fields = await request.form()
    try:
        code = "".join(fields.get("code", "").split())
        wanted = forms.read(SessionIn, {"email": begun.email, "code": code})
        agency_id = _agency(fields.get("agency"))
        with forms.or_refused():
            as_whom = await request.app.sign_in.by_code(
                begun.email, wanted.code or "", request.caller, agency_id=agency_id, key=await request.key()
            )
    except RejectedError as refused:
        if refused.code == RejectionCode.CHOOSE_AGENCY:
            return request.page(CHOOSE, agencies=refused.agencies, action="/login/code", code=fields.get("code", ""))
        if refused.code == RejectionCode.ALREADY_ANSWERED and await request.who() is not None:
            return request.to(WELCOME)
        return _code_refused(request, begun, refused)
    return request.signed_in(request.to(_where(as_whom, begun)), as_whom)


def _code_refused(request: PageRequest, begun: SignInCookie, refused: RejectedError) -> Response:
    what = message(refused)
    dead = refused.code == RejectionCode.INVALID_CODE and not refused.figures.get("tries_left")
    return request.page(
        CODE, status=what.status, begun=begun, again=False, alert=what, errors=refused.errors, dead=dead
    )


async def show_link(request: PageRequest) -> Response:
    """One button: a mail scanner that follows the link signs nobody in."""
    return request.page(LINK)


async def send_link(request: PageRequest) -> Response:
    """Sign in with the mail's link."""
    fields = await request.form()
    try:
        try:
            wanted = forms.read(SessionIn, {"token": request.request.path_params["token"]})
        except RejectedError as unreadable:
            raise RejectedError(RejectionCode.LINK_EXPIRED) from unreadable
        with forms.or_refused():
            as_whom = await request.app.sign_in.by_link(
                wanted.token or "", request.caller, agency_id=_agency(fields.get("agency")), key=await request.key()
            )
    except RejectedError as refused:
        if refused.code == RejectionCode.CHOOSE_AGENCY:
            return request.page(CHOOSE, agencies=refused.agencies, action=request.request.url.path, code=None)
        if (
            refused.code in {RejectionCode.ALREADY_ANSWERED, RejectionCode.LINK_EXPIRED}
            and await request.who() is not None
        ):
            return request.to(WELCOME)
        if refused.code == RejectionCode.BUS_UNAVAILABLE:
            return request.page(LINK, status=message(refused).status, alert=message(refused))
        return request.refused(refused)
    return request.signed_in(request.to(_where(as_whom, request.under_way())), as_whom)


def _agency(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _where(as_whom: SignedInAs, begun: SignInCookie | None) -> str:
    """Where the person wanted to go; but who has no seat must hear of that first."""
    if as_whom.principal.member.status is MemberStatus.ACTIVE and begun is not None and begun.after is not None:
        return begun.after
    return WELCOME


async def sign_out(request: PageRequest) -> Response:
    """End the session, here and in any copy of the cookie."""
    if request.caller.session is not None:
        await request.app.sessions.end(request.caller.session)
    return request.signed_out(request.to("/?out=1"))
