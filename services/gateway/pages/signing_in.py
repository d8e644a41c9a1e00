"""Signing in with the code or the link of the mail, choosing an agency, signing out."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, Refusal
from services.gateway.api.wire_in import LoginCodeIn, SessionIn
from services.gateway.application.refused import RefusedError
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.return_address import return_address
from services.gateway.pages import forms, under_way
from services.gateway.pages.under_way import UnderWay
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import said

ADDRESS = "login.html"
CODE = "code.html"
LINK = "link.html"
CHOOSE = "choose.html"
WELCOME = "/welcome"


async def show_address(visit: Visit) -> Response:
    """Whose code to mail. Who is signed in already goes on."""
    after = return_address(visit.asked("next"))
    if await visit.who() is not None:
        return visit.to(after or WELCOME)
    return visit.page(ADDRESS, typed={"email": ""}, after=after)


async def send_address(visit: Visit) -> Response:
    """Have the code mailed."""
    fields = await visit.form()
    typed = {"email": fields.get("email", "")}
    after = return_address(fields.get("next"))
    try:
        wanted = forms.read(LoginCodeIn, typed)
        browser = await _ask(visit, wanted.email, await visit.key())
    except RefusedError as refused:
        what = said(refused)
        return visit.page(ADDRESS, status=what.status, typed=typed, after=after, alert=what, errors=refused.errors)
    return visit.remember(visit.to("/login/code"), under_way.new(wanted.email, after), browser)


async def _ask(visit: Visit, email: str, key: str | None) -> str:
    with forms.or_refused():
        try:
            return await visit.app.codes.ask(email, visit.asker, key)
        except RefusedError as refused:
            if refused.code != Refusal.ALREADY_ANSWERED:
                raise
            # A second click before the first answer came: that answer's cookie is lost, so another mail must go.
            return await visit.app.codes.ask(email, visit.asker)


async def show_code(visit: Visit) -> Response:
    """Where the code is typed."""
    begun = visit.under_way()
    if begun is None:
        return visit.to("/login")
    return visit.page(CODE, begun=begun, again=visit.asked("again") is not None)


async def resend(visit: Visit) -> Response:
    """Have another code mailed; the one before stops working in this browser."""
    begun = visit.under_way()
    if begun is None:
        return visit.to("/login")
    try:
        browser = await _ask(visit, begun.email, await visit.key())
    except RefusedError as refused:
        return _code_refused(visit, begun, refused)
    again = under_way.new(begun.email, begun.after, joined=begun.joined)
    return visit.remember(visit.to("/login/code?again=1"), again, browser)


async def send_code(visit: Visit) -> Response:
    """Sign in with the four digits."""
    begun = visit.under_way()
    if begun is None:
        return visit.to("/login")
    fields = await visit.form()
    try:
        code = "".join(fields.get("code", "").split())
        wanted = forms.read(SessionIn, {"email": begun.email, "code": code})
        agency_id = _agency(fields.get("agency"))
        with forms.or_refused():
            as_whom = await visit.app.sign_in.by_code(
                begun.email, wanted.code or "", visit.asker, agency_id=agency_id, key=await visit.key()
            )
    except RefusedError as refused:
        if refused.code == Refusal.CHOOSE_AGENCY:
            return visit.page(CHOOSE, agencies=refused.agencies, action="/login/code", code=fields.get("code", ""))
        if refused.code == Refusal.ALREADY_ANSWERED and await visit.who() is not None:
            return visit.to(WELCOME)
        return _code_refused(visit, begun, refused)
    return visit.signed_in(visit.to(_where(as_whom, begun)), as_whom)


def _code_refused(visit: Visit, begun: UnderWay, refused: RefusedError) -> Response:
    what = said(refused)
    dead = refused.code == Refusal.INVALID_CODE and not refused.figures.get("tries_left")
    return visit.page(CODE, status=what.status, begun=begun, again=False, alert=what, errors=refused.errors, dead=dead)


async def show_link(visit: Visit) -> Response:
    """One button: a mail scanner that follows the link signs nobody in."""
    return visit.page(LINK)


async def send_link(visit: Visit) -> Response:
    """Sign in with the mail's link."""
    fields = await visit.form()
    try:
        try:
            wanted = forms.read(SessionIn, {"token": visit.request.path_params["token"]})
        except RefusedError as unreadable:
            raise RefusedError(Refusal.LINK_EXPIRED) from unreadable
        with forms.or_refused():
            as_whom = await visit.app.sign_in.by_link(
                wanted.token or "", visit.asker, agency_id=_agency(fields.get("agency")), key=await visit.key()
            )
    except RefusedError as refused:
        if refused.code == Refusal.CHOOSE_AGENCY:
            return visit.page(CHOOSE, agencies=refused.agencies, action=visit.request.url.path, code=None)
        if refused.code in {Refusal.ALREADY_ANSWERED, Refusal.LINK_EXPIRED} and await visit.who() is not None:
            return visit.to(WELCOME)
        if refused.code == Refusal.BUS_UNAVAILABLE:
            return visit.page(LINK, status=said(refused).status, alert=said(refused))
        return visit.refused(refused)
    return visit.signed_in(visit.to(_where(as_whom, visit.under_way())), as_whom)


def _agency(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _where(as_whom: SignedInAs, begun: UnderWay | None) -> str:
    """Where the person wanted to go; but who has no seat must hear of that first."""
    if as_whom.principal.member.status is MemberStatus.ACTIVE and begun is not None and begun.after is not None:
        return begun.after
    return WELCOME


async def sign_out(visit: Visit) -> Response:
    """End the session, here and in any copy of the cookie."""
    if visit.asker.session is not None:
        await visit.app.sessions.end(visit.asker.session)
    return visit.signed_out(visit.to("/?out=1"))
