"""Signing in with the code or the link of the mail, choosing an agency, signing out."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.api.schemas.sign_in import LoginCodeIn, SessionIn
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.return_address import return_address
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, sign_in_cookie
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import WELCOME
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.sign_in_cookie import SignInCookie

LOGIN = "/login"
CODE = f"{LOGIN}/code"
_ADDRESS_PAGE = "login.html"
_CODE_PAGE = "code.html"
_LINK_PAGE = "link.html"
_CHOOSE_PAGE = "choose.html"


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
    with forms.outages_rejected():
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
        return request.redirect(LOGIN)
    return _code_page(request, cookie, mailed_again=request.query("again") is not None)


async def resend(request: PageRequest) -> Response:
    """Have another code mailed; the one before stops working in this browser."""
    cookie = request.sign_in_cookie()
    if cookie is None:
        return request.redirect(LOGIN)
    try:
        browser = await _mail_code(request, cookie.email, await request.key())
    except RejectedError as rejected:
        return _code_page(request, cookie, rejected)
    again = sign_in_cookie.new(cookie.email, cookie.after, joined=cookie.joined)
    return request.with_sign_in(request.redirect(f"{CODE}?again=1"), again, browser)


async def send_code(request: PageRequest) -> Response:
    """Sign in with the four digits."""
    cookie = request.sign_in_cookie()
    if cookie is None:
        return request.redirect(LOGIN)
    fields = await request.form()
    try:
        digits = "".join(fields.get("code", "").split())
        form = forms.parse(SessionIn, {"email": cookie.email, "code": digits})
        agency_id = _agency_id(fields.get("agency"))
        with forms.outages_rejected():
            session = await request.app.sign_in.by_code(
                cookie.email, form.code or "", request.caller, agency_id=agency_id, key=await request.key()
            )
    except RejectedError as rejected:
        if rejected.code == RejectionCode.CHOOSE_AGENCY:
            return request.page(_CHOOSE_PAGE, agencies=rejected.agencies, action=CODE, code=fields.get("code", ""))
        if rejected.code == RejectionCode.ALREADY_ANSWERED and await request.principal_or_none() is not None:
            return request.redirect(WELCOME)
        return _code_page(request, cookie, rejected)
    return request.with_session(request.redirect(_page_after(session, cookie)), session)


def _code_page(
    request: PageRequest, cookie: SignInCookie, rejected: RejectedError | None = None, *, mailed_again: bool = False
) -> Response:
    alert = None if rejected is None else Alert.of(rejected)
    no_tries_left = (
        rejected is not None and rejected.code == RejectionCode.INVALID_CODE and not rejected.figures.get("tries_left")
    )
    return request.page(
        _CODE_PAGE,
        status=200 if alert is None else alert.status,
        sign_in=cookie,
        mailed_again=mailed_again,
        alert=alert,
        errors={} if rejected is None else rejected.errors,
        resend_after=0 if no_tries_left else 30,
    )


async def show_link(request: PageRequest) -> Response:
    """One button: a mail scanner that follows the link signs nobody in."""
    return request.page(_LINK_PAGE)


async def send_link(request: PageRequest) -> Response:
    """Sign in with the mail's link."""
    fields = await request.form()
    try:
        token = _token(request)
        with forms.outages_rejected():
            session = await request.app.sign_in.by_link(
                token, request.caller, agency_id=_agency_id(fields.get("agency")), key=await request.key()
            )
    except RejectedError as rejected:
        if rejected.code == RejectionCode.CHOOSE_AGENCY:
            return request.page(_CHOOSE_PAGE, agencies=rejected.agencies, action=request.request.url.path, code=None)
        over = rejected.code in {RejectionCode.ALREADY_ANSWERED, RejectionCode.LINK_EXPIRED}
        if over and await request.principal_or_none() is not None:
            return request.redirect(WELCOME)
        if rejected.code == RejectionCode.BUS_UNAVAILABLE:
            alert = Alert.of(rejected)
            return request.page(_LINK_PAGE, status=alert.status, alert=alert)
        return request.rejection_page(rejected)
    return request.with_session(request.redirect(_page_after(session, request.sign_in_cookie())), session)


def _token(request: PageRequest) -> str:
    try:
        return forms.parse(SessionIn, {"token": request.request.path_params["token"]}).token or ""
    except RejectedError as invalid:
        raise RejectedError(RejectionCode.LINK_EXPIRED) from invalid


def _agency_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _page_after(session: SignedInAs, cookie: SignInCookie | None) -> str:
    """The page to go on to; a person without a seat goes to the welcome page, which says so."""
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
