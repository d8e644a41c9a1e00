"""The front door, and what a person finds behind it: a seat, a seat on its way, or why there is none."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import MemberStatus
from services.gateway.pages.visit import Visit

_PAGES = {
    MemberStatus.ACTIVE: "welcome.html",
    MemberStatus.BLOCKED: "blocked.html",
}


async def home(visit: Visit) -> Response:
    """Sign in or sign up."""
    return visit.page("home.html", who=await visit.who(), out=visit.asked("out") is not None)


async def welcome(visit: Visit) -> Response:
    """Where the person stands, now; the page follows by itself when that changes."""
    who = await visit.person()
    return visit.page(_PAGES.get(who.member.status, "waiting.html"), who=who)
