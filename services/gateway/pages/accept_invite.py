"""The page that an invitation's link leads to: one button, which accepts the invitation and signs the person in."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.sign_in import AcceptIn
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import WELCOME
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes

PAGE = "invite.html"
_INVITATION_OVER = "invitation_over"
"""An invitation cannot be mailed again from here, so its page has another way out than that of a login link."""


async def show(request: PageRequest) -> Response:
    """One button: a mail scanner that follows the link accepts nothing."""
    return request.page(PAGE)


async def accept(request: PageRequest) -> Response:
    """Accept the invitation, and go on to the welcome page, which says whether there is a seat."""
    try:
        token = _token(request)
        with forms.outages_rejected():
            session = await request.app.accepting.accept(token, request.caller, await request.key())
    except RejectedError as rejected:
        over = rejected.code in {RejectionCode.ALREADY_ANSWERED, RejectionCode.LINK_EXPIRED}
        if over and await request.principal_or_none() is not None:
            return request.redirect(WELCOME)
        if rejected.code == RejectionCode.BUS_UNAVAILABLE:
            alert = Alert.of(rejected)
            return request.page(PAGE, status=alert.status, alert=alert)
        expired = rejected.code == RejectionCode.LINK_EXPIRED
        return request.rejection_page(rejected, code=_INVITATION_OVER if expired else None)
    return request.with_session(request.redirect(WELCOME), session)


def _token(request: PageRequest) -> str:
    try:
        return forms.parse(AcceptIn, {"token": request.request.path_params["token"]}).token
    except RejectedError as invalid:
        raise RejectedError(RejectionCode.LINK_EXPIRED, {"invitation": LinkOver.ENDED.value}) from invalid


ROUTES = Routes(get={"/invite/{token}": show}, post={"/invite/{token}": accept})
