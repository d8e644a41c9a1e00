"""The help center: its pages, and a search in them. Open to everybody, because a person who is blocked needs it too."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.help_search import Searched, excerpt, help_search
from services.gateway.domain.typed_words import SEARCH_MAX
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.help_text import help_pages
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes

HELP = "/help"


@dataclass(frozen=True, slots=True)
class Found:
    """A section that a search has found."""

    address: str
    page: str
    title: str
    excerpt: str


async def show(request: PageRequest) -> Response:
    """The list of help pages, or what a search finds in them."""
    q = (request.query("q") or "").replace("\0", "")[:SEARCH_MAX].strip()
    return request.page(
        "help.html", principal=await request.principal_or_none(), q=q, pages=help_pages(), found=_found(q)
    )


async def show_page(request: PageRequest) -> Response:
    """One help page; RejectedError for a name that none has."""
    page = next((page for page in help_pages() if page.name == request.request.path_params["page"]), None)
    if page is None:
        raise RejectedError(NOT_FOUND)
    return request.page("help_page.html", principal=await request.principal_or_none(), page=page)


def _found(q: str) -> list[Found]:
    sections = [(page, section) for page in help_pages() for section in page.sections]
    places = help_search(q, [Searched(section.title, section.text) for _, section in sections])
    return [
        Found(f"{HELP}/{page.name}#{section.anchor}", page.title, section.title, excerpt(q, section.text))
        for page, section in (sections[place] for place in places)
    ]


ROUTES = Routes(get={HELP: show, f"{HELP}/{{page}}": show_page})
