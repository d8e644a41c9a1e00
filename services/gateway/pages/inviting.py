"""The page that an invitation's link leads to: one button, and then in."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import Refusal
from services.gateway.api.wire_in import AcceptIn
from services.gateway.application.refused import RefusedError
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.pages import forms
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import said

PAGE = "invite.html"
WELCOME = "/welcome"


async def show(visit: Visit) -> Response:
    """One button: a mail scanner that follows the link accepts nothing."""
    return visit.page(PAGE)


async def accept(visit: Visit) -> Response:
    """Accept, and go on to the seat, or to why there is none."""
    try:
        try:
            wanted = forms.read(AcceptIn, {"token": visit.request.path_params["token"]})
        except RefusedError as unreadable:
            raise RefusedError(Refusal.LINK_EXPIRED, {"invitation": LinkOver.ENDED.value}) from unreadable
        with forms.or_refused():
            as_whom = await visit.app.accepting.accept(wanted.token, visit.asker, await visit.key())
    except RefusedError as refused:
        over = refused.code in {Refusal.ALREADY_ANSWERED, Refusal.LINK_EXPIRED}
        if over and await visit.who() is not None:
            return visit.to(WELCOME)
        what = said(refused)
        if refused.code == Refusal.BUS_UNAVAILABLE:
            return visit.page(PAGE, status=what.status, alert=what)
        code = "invitation_over" if refused.code == Refusal.LINK_EXPIRED else refused.code
        return visit.page("refused.html", status=what.status, said=what, code=code)
    return visit.signed_in(visit.to(WELCOME), as_whom)
