"""The front door, and what a person finds behind it: a seat, a seat on its way, or why there is none."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import MemberStatus
from services.gateway.pages.page_request import PageRequest

_PAGES = {
    MemberStatus.ACTIVE: "welcome.html",
    MemberStatus.BLOCKED: "blocked.html",
}


async def home(request: PageRequest) -> Response:
    """Sign in or sign up."""
    return request.page("home.html", who=await request.who(), out=request.asked("out") is not None)


async def welcome(request: PageRequest) -> Response:
    """Where the person stands, now; the page follows by itself when that changes."""
    who = await request.person()
    return request.page(_PAGES.get(who.member.status, "waiting.html"), who=who)
