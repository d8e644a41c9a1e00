"""Sign-up: name, address and seat type; then straight on to the code, so that nobody has to start again."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from contracts.address import shown_address
from contracts.members import SignUp
from contracts.vocabulary import RejectionCode, SeatType
from services.gateway.api.schemas.sign_in import SignUpIn
from services.gateway.application.hashing import new_token
from services.gateway.domain.first_pick import Wish
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, sign_in_cookie
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes

FORM = "signup.html"
_EMPTY = {"email": "", "name": "", "seat_type": ""}


async def show(request: PageRequest) -> Response:
    """The form; a seat type that the link names is picked already. To change a sign-up, it holds what was given."""
    cookie = request.sign_in_cookie()
    if request.query("change") and cookie is not None and cookie.wish is not None:
        given = {"email": shown_address(cookie.email), "name": cookie.wish.name, "seat_type": cookie.wish.seat_type}
        return request.page(FORM, typed=given)
    picked = request.query("seat") or ""
    return request.page(FORM, typed=_EMPTY | {"seat_type": picked if picked in set(SeatType) else ""})


async def send(request: PageRequest) -> Response:
    """Sign up, have the code mailed, and go on to where it is typed."""
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in _EMPTY}
    try:
        form = forms.parse(SignUpIn, typed)
        with forms.outages_raised():
            command = SignUp(email=form.email, name=form.name, seat_type=form.seat_type)
            browser = request.caller.browser or new_token()
            await request.app.sign_up(command, request.caller, browser, await request.key())
            # A known address and a new one get the same: a code, if the mailbox is theirs.
            await request.app.codes.ask(form.email, replace(request.caller, browser=browser))
    except RejectedError as rejected:
        alert = Alert.of(rejected)
        errors = dict(rejected.errors)
        if rejected.code == RejectionCode.DOMAIN_NOT_AUTO_JOIN:
            errors["email"] = alert.sentence
        return request.page(FORM, status=alert.status, typed=typed, alert=alert, errors=errors)
    cookie = sign_in_cookie.new(form.email, None, Wish(form.name, form.seat_type))
    return request.with_sign_in(request.redirect("/login/code"), cookie, browser)


ROUTES = Routes(get={"/signup": show}, post={"/signup": send})
