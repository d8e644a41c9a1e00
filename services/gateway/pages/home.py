"""The first page, and the welcome page: a seat, a seat on its way, or why there is none."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, Role
from services.gateway.model.agency import Principal
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages
from services.gateway.texts.members import blocked_for_member

WELCOME = "/welcome"
STEPPED_DOWN = f"{WELCOME}?no=admin"
"""For an admin who gave up the role: the page says so, in place of a welcome."""
REMOVED_YOURSELF = "/?out=removed"


def landing(principal: Principal | None) -> str:
    """The page after a sign-in: an Active admin goes to the members, anybody else sees where they stand.

    None: a second click came before the browser had the session of the first; the welcome page shows it or asks.
    """
    if principal is None:
        return WELCOME
    member = principal.member
    is_admin = member.status is MemberStatus.ACTIVE and member.role is Role.ADMIN
    return MEMBERS if is_admin else WELCOME


async def home(request: PageRequest) -> Response:
    """Sign in or sign up; a person who is signed in already goes on to the welcome page."""
    out = request.query("out")
    notice = messages.REMOVED_YOURSELF if out == "removed" else messages.SIGNED_OUT if out else None
    return request.page("home.html", principal=await request.principal_or_none(), notice=notice)


async def welcome(request: PageRequest) -> Response:
    """Where the person stands now; the page follows by itself when that changes."""
    principal = await request.principal()
    member = principal.member
    match member.status:
        case MemberStatus.ACTIVE:
            stepped_down = request.query("no") == "admin" and member.role is not Role.ADMIN
            return request.page("welcome.html", principal=principal, stepped_down=stepped_down)
        case MemberStatus.BLOCKED:
            blocked = blocked_for_member(
                member.blocked_reason, member.seat_type, principal.agency.name, member.blocked_detail
            )
            return request.page("blocked.html", principal=principal, blocked=blocked)
        case _:
            payment = await request.app.stripe_pages.awaited_payment(principal) is not None
            return request.page("waiting.html", principal=principal, payment=payment)


ROUTES = Routes(get={"/": home, WELCOME: welcome})
