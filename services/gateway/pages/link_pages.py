"""The pages of mailed links: for whom the link is, and who is signed in. No link signs out another person unasked.

`instead_of` in a form names the person who was signed in when the page was shown. A form of another moment asks anew.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.application.links import MailedLink
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import WELCOME
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import Message

_OVER = 401
"""The status of a link that does nothing any more, as the API gives it."""


async def link_page(request: PageRequest, template: str, link: MailedLink) -> Response:
    """The page of a link that works; it asks before it signs out somebody else."""
    present = await request.principal_or_none()
    return request.page(
        template,
        principal=present,
        link=link,
        other=None if present is None or link.is_for(present) else present,
    )


async def dead_link_page(request: PageRequest, link: MailedLink, words: Message) -> Response:
    """The page of a link that does nothing any more, for any person who follows it."""
    present = await request.principal_or_none()
    return request.page(
        "link_over.html", principal=present, status=_OVER, message=Alert.saying(_OVER, words), email=link.email
    )


async def rejected_link_page(
    request: PageRequest, link: MailedLink, rejected: RejectedError, words: Callable[[LinkOver], Message]
) -> Response:
    """The page after a link that did not sign in. `words` gives the sentence for a link that works no more.

    A link that was used a moment ago, by the person who is signed in now, leads on.
    """
    present = await request.principal_or_none()
    if rejected.code == RejectionCode.ALREADY_ANSWERED and (present is None or link.is_for(present)):
        return request.redirect(WELCOME)
    if rejected.code in {RejectionCode.LINK_EXPIRED, RejectionCode.ALREADY_ANSWERED}:
        return await dead_link_page(request, link, words(link.over or LinkOver.ENDED))
    return request.rejection_page(rejected, principal=present)


async def must_ask(request: PageRequest, link: MailedLink) -> bool:
    """Whether the form would sign out a person whom its page did not name."""
    present = await request.principal_or_none()
    if present is None or link.over is not None or link.is_for(present):
        return False
    return (await request.form()).get("instead_of") != str(present.member.id)
