"""The page that an invitation's link leads to: one button, and then in."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.requests import AcceptIn
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import message

PAGE = "invite.html"
WELCOME = "/welcome"


async def show(request: PageRequest) -> Response:
    """One button: a mail scanner that follows the link accepts nothing."""
    return request.page(PAGE)


async def accept(request: PageRequest) -> Response:
    """Accept, and go on to the seat, or to why there is none."""
    try:
        try:
            wanted = forms.read(AcceptIn, {"token": request.request.path_params["token"]})
        except RejectedError as unreadable:
            raise RejectedError(RejectionCode.LINK_EXPIRED, {"invitation": LinkOver.ENDED.value}) from unreadable
        with forms.or_refused():
            as_whom = await request.app.accepting.accept(wanted.token, request.caller, await request.key())
    except RejectedError as refused:
        over = refused.code in {RejectionCode.ALREADY_ANSWERED, RejectionCode.LINK_EXPIRED}
        if over and await request.who() is not None:
            return request.to(WELCOME)
        what = message(refused)
        if refused.code == RejectionCode.BUS_UNAVAILABLE:
            return request.page(PAGE, status=what.status, alert=what)
        code = "invitation_over" if refused.code == RejectionCode.LINK_EXPIRED else refused.code
        return request.page("refused.html", status=what.status, message=what, code=code)
    return request.signed_in(request.to(WELCOME), as_whom)
