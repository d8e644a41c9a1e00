"""Signing in with the code or the link of the mail, choosing an agency, signing out."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.api.schemas.sign_in import DetailsIn, LoginCodeIn, SessionIn
from services.gateway.application.links import LoginLink
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.domain.return_address import return_address
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, sign_in_cookie
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import WELCOME
from services.gateway.pages.link_pages import dead_link_page, link_page, must_ask, rejected_link_page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.sign_in_cookie import SignInCookie
from services.gateway.texts import messages

LOGIN = "/login"
CODE = f"{LOGIN}/code"
_ADDRESS_PAGE = "login.html"
_CODE_PAGE = "code.html"
_LINK_PAGE = "link.html"
_CHOOSE_PAGE = "choose.html"
_CONFIRM_PAGE = "confirm.html"
_DETAILS = frozenset({"name", "seat_type"})


async def show_address(request: PageRequest) -> Response:
    """The form for the address that a code is mailed to. A person who is signed in already goes on."""
    after = return_address(request.query("next"))
    if await request.principal_or_none() is not None:
        return request.redirect(after or WELCOME)
    return request.page(_ADDRESS_PAGE, typed={"email": ""}, after=after)


async def send_address(request: PageRequest) -> Response:
    """Have the code mailed."""
    fields = await request.form()
    typed = {"email": fields.get("email", "")}
    after = return_address(fields.get("next"))
    try:
        form = forms.parse(LoginCodeIn, typed)
        browser = await _mail_code(request, form.email, await request.key())
    except RejectedError as rejected:
        alert = Alert.of(rejected)
        return request.page(
            _ADDRESS_PAGE, status=alert.status, typed=typed, after=after, alert=alert, errors=rejected.errors
        )
    return request.with_sign_in(request.redirect(CODE), sign_in_cookie.new(form.email, after), browser)


async def _mail_code(request: PageRequest, email: str, key: str | None) -> str:
    with forms.outages_raised():
        try:
            return await request.app.codes.ask(email, request.caller, key)
        except RejectedError as rejected:
            if rejected.code != RejectionCode.ALREADY_ANSWERED:
                raise
            # A second click before the first answer came: that answer's cookie is lost, so another mail must go.
            return await request.app.codes.ask(email, request.caller)


async def show_code(request: PageRequest) -> Response:
    """The form for the code."""
    cookie = request.sign_in_cookie()
    if cookie is None:
        return request.cookies_page() if request.refuses_cookies else request.redirect(LOGIN)
    return _code_page(request, cookie, mailed_again=request.query("again") is not None)


async def resend(request: PageRequest) -> Response:
    """Have another code mailed; the one before stops working in this browser."""
    cookie = await _sign_in(request)
    if cookie is None:
        return request.redirect(LOGIN)
    try:
        browser = await _mail_code(request, cookie.email, await request.key())
    except RejectedError as rejected:
        return _code_page(request, cookie, rejected)
    again = sign_in_cookie.new(cookie.email, cookie.after, cookie.wish)
    return request.with_sign_in(request.redirect(f"{CODE}?again=1"), again, browser)


async def send_code(request: PageRequest) -> Response:
    """Sign in with the four digits."""
    cookie = await _sign_in(request)
    if cookie is None:
        return request.redirect(LOGIN)
    fields = await request.form()
    try:
        form = forms.parse(SessionIn, {"email": cookie.email, "code": fields.get("code", "")})
        agency_id = _agency_id(fields.get("agency"))
        with forms.outages_raised():
            session = await request.app.sign_in.by_code(
                cookie.email,
                form.code or "",
                request.caller,
                agency_id=agency_id,
                confirmed=_confirmed(fields),
                key=await request.key(),
            )
    except RejectedError as rejected:
        if _is_about_details(rejected):
            return _confirm_page(request, rejected, fields, CODE)
        if rejected.code == RejectionCode.CHOOSE_AGENCY:
            return request.page(_CHOOSE_PAGE, agencies=rejected.agencies, action=CODE, kept=_kept(fields))
        present = await request.principal_or_none()
        if rejected.code == RejectionCode.ALREADY_ANSWERED and present is not None:
            return request.redirect(WELCOME)
        return _code_page(request, cookie, rejected, typed=fields.get("code", ""))
    return request.with_session(request.redirect(_page_after(session, cookie)), session)


async def _sign_in(request: PageRequest) -> SignInCookie | None:
    """The sign-in that the form belongs to: its own, because another tab may have begun one for another address."""
    return sign_in_cookie.parse((await request.form()).get("sign_in")) or request.sign_in_cookie()


def _code_page(
    request: PageRequest,
    cookie: SignInCookie,
    rejected: RejectedError | None = None,
    *,
    mailed_again: bool = False,
    typed: str = "",
) -> Response:
    """The form for the code; digits that are no code stay in it, and a wrong code makes room for another."""
    alert = None if rejected is None else Alert.of(rejected)
    no_tries_left = (
        rejected is not None and rejected.code == RejectionCode.INVALID_CODE and not rejected.figures.get("tries_left")
    )
    return request.page(
        _CODE_PAGE,
        status=200 if alert is None else alert.status,
        sign_in=cookie,
        sign_in_value=sign_in_cookie.serialize(cookie),
        mailed_again=mailed_again,
        alert=alert,
        errors={} if rejected is None else rejected.errors,
        typed_code=typed if rejected is not None and "code" in rejected.errors else "",
        resend_after=0 if no_tries_left else 30,
    )


async def show_link(request: PageRequest) -> Response:
    """Say for whom the link is: a mail scanner that follows it signs nobody in."""
    return await _link_page(request, await _link(request))


async def send_link(request: PageRequest) -> Response:
    """Sign in with the mail's link."""
    link = await _link(request)
    if link.over is LinkOver.UNKNOWN or await must_ask(request, link):
        return await _link_page(request, link)
    fields = await request.form()
    try:
        with forms.outages_raised():
            session = await request.app.sign_in.by_link(
                _token(request),
                request.caller,
                agency_id=_agency_id(fields.get("agency")),
                confirmed=_confirmed(fields),
                key=await request.key(),
            )
    except RejectedError as rejected:
        return await _link_rejected(request, rejected)
    return request.with_session(request.redirect(_page_after(session, request.sign_in_cookie())), session)


async def _link_rejected(request: PageRequest, rejected: RejectedError) -> Response:
    fields, path = await request.form(), request.request.url.path
    if _is_about_details(rejected):
        return _confirm_page(request, rejected, fields, path)
    if rejected.code == RejectionCode.CHOOSE_AGENCY:
        return request.page(_CHOOSE_PAGE, agencies=rejected.agencies, action=path, kept=_kept(fields))
    return await rejected_link_page(request, await _link(request), rejected, messages.login_link_over)


async def _link_page(request: PageRequest, link: LoginLink) -> Response:
    if link.over is not None:
        return await dead_link_page(request, link, messages.login_link_over(link.over))
    return await link_page(request, _LINK_PAGE, link)


def _kept(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields that a question in between hands on: the code, whose sign-in it is, and the answers so far."""
    return {name: fields[name] for name in ("code", "sign_in", "instead_of", "agency") if fields.get(name)}


def _confirmed(fields: Mapping[str, str]) -> Wish | None:
    """The details of the form for a first login; RejectedError `invalid_request` when one is missing or wrong."""
    if not _DETAILS & fields.keys():
        return None
    form = forms.parse(DetailsIn, {name: fields.get(name, "") for name in _DETAILS})
    return Wish(form.name, form.seat_type)


def _is_about_details(rejected: RejectedError) -> bool:
    return rejected.code == RejectionCode.CONFIRM_DETAILS or bool(_DETAILS & rejected.errors.keys())


def _confirm_page(request: PageRequest, rejected: RejectedError, fields: Mapping[str, str], action: str) -> Response:
    """Ask for name and seat type. What all sign-ups agree on is filled in."""
    typed = {name: fields.get(name, "") for name in _DETAILS}
    for name, key in (("name", "name"), ("seat_type", "seatType")):
        agreed = {option[key] for option in rejected.options}
        if len(agreed) == 1:
            typed[name] = agreed.pop()
    return request.page(
        _CONFIRM_PAGE,
        status=422 if rejected.errors else 200,
        typed=typed,
        errors=rejected.errors,
        alert=Alert.of(rejected) if rejected.errors else None,
        action=action,
        kept=_kept(fields),
    )


async def _link(request: PageRequest) -> LoginLink:
    try:
        return await request.app.links.login(_token(request))
    except RejectedError:
        return LoginLink(LinkOver.UNKNOWN)


def _token(request: PageRequest) -> str:
    """The token of the address. RejectedError when it has not the form of one."""
    return forms.parse(SessionIn, {"token": request.request.path_params["token"]}).token or ""


def _agency_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _page_after(session: SignedInAs, cookie: SignInCookie | None) -> str:
    """The page to go on to: the page that was requested, if the person has a seat."""
    if session.principal.member.status is MemberStatus.ACTIVE and cookie is not None and cookie.after is not None:
        return cookie.after
    return WELCOME


async def sign_out(request: PageRequest) -> Response:
    """End the session, here and in any copy of the cookie."""
    if (principal := await request.principal_or_none()) is not None:
        await request.app.sessions.end_current(principal)
    return request.without_session(request.redirect("/?out=1"))


ROUTES = Routes(
    get={LOGIN: show_address, CODE: show_code, f"{LOGIN}/{{token}}": show_link},
    post={
        LOGIN: send_address,
        CODE: send_code,
        f"{CODE}/resend": resend,
        f"{LOGIN}/{{token}}": send_link,
        "/logout": sign_out,
    },
)
