"""Signing up: name, address and seat type; then straight on to the code, so that nobody has to start again."""

from __future__ import annotations

from starlette.responses import Response

from contracts.members import SignUp
from contracts.vocabulary import Refusal
from services.gateway.api.wire_in import SignUpIn
from services.gateway.application.refused import RefusedError
from services.gateway.pages import forms, under_way
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import said

FORM = "signup.html"
_NOTHING = {"email": "", "name": "", "seat_type": ""}


async def show(visit: Visit) -> Response:
    """The form, with a seat type picked already when the link names one."""
    picked = visit.asked("seat") or ""
    return visit.page(FORM, typed=_NOTHING | {"seat_type": picked if picked in {"base", "voice"} else ""})


async def send(visit: Visit) -> Response:
    """Sign up, have the code mailed, and go on to where it is typed."""
    fields = await visit.form()
    typed = {name: fields.get(name, "") for name in _NOTHING}
    try:
        wanted = forms.read(SignUpIn, typed)
        with forms.or_refused():
            order = SignUp(email=wanted.email, name=wanted.name, seat_type=wanted.seat_type)
            await visit.app.sign_up(order, visit.asker, await visit.key())
            # A known address and a new one get the same: a code, if the mailbox is theirs.
            browser = await visit.app.codes.ask(wanted.email, visit.asker)
    except RefusedError as refused:
        what = said(refused)
        errors = dict(refused.errors)
        if refused.code == Refusal.DOMAIN_NOT_AUTO_JOIN:
            errors["email"] = what.sentence
        return visit.page(FORM, status=what.status, typed=typed, alert=what, errors=errors)
    begun = under_way.new(wanted.email, None, joined=True)
    return visit.remember(visit.to("/login/code"), begun, browser)
