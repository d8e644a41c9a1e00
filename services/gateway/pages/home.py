"""The first page, and the welcome page: the members for an admin, a seat, a seat on its way, or why there is none."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, Role
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages
from services.gateway.texts.members import blocked_for_member

WELCOME = "/welcome"
STEPPED_DOWN = f"{WELCOME}?no=admin"
"""For an admin who gave up the role: the page says so, in place of a welcome."""
REMOVED_YOURSELF = "/?out=removed"


async def home(request: PageRequest) -> Response:
    """Sign in or sign up; a person who is signed in already goes on to the welcome page."""
    out = request.query("out")
    notice = messages.REMOVED_YOURSELF if out == "removed" else messages.SIGNED_OUT if out else None
    return request.page("home.html", principal=await request.principal_or_none(), notice=notice)


async def welcome(request: PageRequest) -> Response:
    """Where the person stands now, after every sign-in; the page follows by itself when that changes.

    An Active admin goes on to the members at once.
    """
    principal = await request.principal()
    member = principal.member
    match member.status:
        case MemberStatus.ACTIVE if member.role is Role.ADMIN:
            return request.page("going_on.html", principal=principal, to=MEMBERS)
        case MemberStatus.ACTIVE:
            stepped_down = request.query("no") == "admin"
            return request.page("welcome.html", principal=principal, stepped_down=stepped_down)
        case MemberStatus.BLOCKED:
            agency = principal.agency
            blocked = blocked_for_member(
                member.blocked_reason,
                member.seat_type,
                agency.name,
                member.blocked_detail,
                line_moves=agency.moving_line,
            )
            return request.page("blocked.html", principal=principal, blocked=blocked)
        case _:
            payment = await request.app.stripe_pages.awaited_payment(principal) is not None
            return request.page("waiting.html", principal=principal, payment=payment)


ROUTES = Routes(get={"/": home, WELCOME: welcome})
