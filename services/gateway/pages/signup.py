"""Signing up: name, address and seat type; then straight on to the code, so that nobody has to start again."""

from __future__ import annotations

from starlette.responses import Response

from contracts.members import SignUp
from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.requests import SignUpIn
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, sign_in_cookie
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import message

FORM = "signup.html"
_NOTHING = {"email": "", "name": "", "seat_type": ""}


async def show(request: PageRequest) -> Response:
    """The form, with a seat type picked already when the link names one."""
    picked = request.asked("seat") or ""
    return request.page(FORM, typed=_NOTHING | {"seat_type": picked if picked in {"base", "voice"} else ""})


async def send(request: PageRequest) -> Response:
    """Sign up, have the code mailed, and go on to where it is typed."""
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in _NOTHING}
    try:
        wanted = forms.read(SignUpIn, typed)
        with forms.or_refused():
            command = SignUp(email=wanted.email, name=wanted.name, seat_type=wanted.seat_type)
            await request.app.sign_up(command, request.caller, await request.key())
            # A known address and a new one get the same: a code, if the mailbox is theirs.
            browser = await request.app.codes.ask(wanted.email, request.caller)
    except RejectedError as refused:
        what = message(refused)
        errors = dict(refused.errors)
        if refused.code == RejectionCode.DOMAIN_NOT_AUTO_JOIN:
            errors["email"] = what.sentence
        return request.page(FORM, status=what.status, typed=typed, alert=what, errors=errors)
    begun = sign_in_cookie.new(wanted.email, None, joined=True)
    return request.remember(request.to("/login/code"), begun, browser)
