"""The page that an invitation's link leads to: for whom it is, and a button that accepts it and signs the person in."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.sign_in import AcceptIn
from services.gateway.application.links import InvitationLink
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.home import WELCOME
from services.gateway.pages.link_pages import dead_link_page, link_page, must_ask, rejected_link_page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages

PAGE = "invite.html"


async def show(request: PageRequest) -> Response:
    """Say for whom the link is: a mail scanner that follows it accepts nothing."""
    return await _page(request, await _link(request))


async def accept(request: PageRequest) -> Response:
    """Accept the invitation, and go on to the welcome page, which says whether there is a seat."""
    link = await _link(request)
    if link.over is LinkOver.UNKNOWN or await must_ask(request, link):
        return await _page(request, link)
    try:
        with forms.outages_raised():
            session = await request.app.accepting.accept(_token(request), request.caller, await request.key())
    except RejectedError as rejected:
        return await rejected_link_page(request, await _link(request), rejected, messages.invitation_over)
    return request.with_session(request.redirect(WELCOME), session)


async def _page(request: PageRequest, link: InvitationLink) -> Response:
    if link.over is not None:
        return await dead_link_page(request, link, messages.invitation_over(link.over))
    return await link_page(request, PAGE, link)


async def _link(request: PageRequest) -> InvitationLink:
    try:
        return await request.app.links.invitation(_token(request))
    except RejectedError as rejected:
        if rejected.code != RejectionCode.INVALID_REQUEST:
            raise
        return InvitationLink(LinkOver.UNKNOWN)


def _token(request: PageRequest) -> str:
    return forms.parse(AcceptIn, {"token": request.request.path_params["token"]}).token


ROUTES = Routes(get={"/invite/{token}": show}, post={"/invite/{token}": accept})
