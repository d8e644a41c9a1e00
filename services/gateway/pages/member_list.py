"""The list of the Members tab: who is in the agency and where they stand, also while somebody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType
from services.gateway.application.member_list import Page
from services.gateway.domain.changed_order import changes
from services.gateway.model.agency import Member, Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import Message, message

ROOT = "/admin/agency"
MEMBERS = f"{ROOT}/members"
_LIST = "members.html"
_A_PAGE = 50
_SEARCHED = 200
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """Which part of the list somebody looks at: what the address says."""

    status: MemberStatus | None
    q: str
    cursor: str | None

    @staticmethod
    def of(request: PageRequest) -> Listed:
        """As the address says; what it says wrongly is left out."""
        wanted = request.asked("status")
        status = MemberStatus(wanted) if wanted in {one.value for one in MemberStatus} else None
        q = (request.asked("q") or "").replace("\0", "")[:_SEARCHED].strip()
        return Listed(status, q, request.asked("cursor"))

    def query(self, **more: str | None) -> str:
        """Behind the address of this part, or of an action that leads back to it."""
        values = {"status": self.status and self.status.value, "q": self.q, "cursor": self.cursor} | more
        kept = urlencode({name: value for name, value in values.items() if value})
        return f"?{kept}" if kept else ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said after a form: a rejection in the cell that it concerns, or above the list (`member_id` None).

    `add`: the seat type of which one more would help.
    """

    what: Message
    member_id: UUID | None
    cell: str = "role"
    add: SeatType | None = None

    @staticmethod
    def to(refused: RejectedError, member_id: UUID | None, cell: str) -> Answered:
        """A rejection, where the person is, with the way out."""
        return Answered(message(refused), member_id, cell, seat_that_helps(refused))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of inviting somebody anew, among several; `add`: the seat type of which one more would help."""

    name: str
    why: str | None = None
    add: SeatType | None = None


def seat_that_helps(refused: RejectedError) -> SeatType | None:
    """The seat type that is full, when that is why."""
    wanted = refused.figures.get("seat_type")
    known = {one.value for one in SeatType}
    return SeatType(wanted) if refused.code == RejectionCode.NO_SEAT_AVAILABLE and wanted in known else None


async def front(request: PageRequest) -> Response:
    """The first tab."""
    return request.to(MEMBERS)


async def show(request: PageRequest) -> Response:
    """Who is in the agency and where they stand."""
    return await listing(request, await request.admin())


async def listing(request: PageRequest, who: Principal, answered: Answered | None = None) -> Response:
    """The list; with what a form is answered, where that belongs."""
    listed = Listed.of(request)
    position = await request.app.position(who)
    page = await _page(request, who, listed)
    rows, waiting = page.items, 0
    if (kept := _shown(request)) is not None:
        rows = await request.app.members_shown(who, kept)
        waiting = changes([one.id for one in rows], [one.id for one in page.items])
    return request.page(
        _LIST,
        who=who,
        status=200 if answered is None else answered.what.status,
        position=position,
        listed=listed,
        counts=page.counts,
        everybody=sum(n for status, n in page.counts.items() if status is not MemberStatus.REMOVED),
        rows=rows,
        waiting=waiting,
        next_cursor=page.next_cursor,
        seats=await request.app.seats(who),
        one_admin=await request.app.has_one_admin(who),
        answered=answered,
        done=await _done(request, who),
        outcomes=await _outcomes(request, who),
    )


async def _page(request: PageRequest, who: Principal, listed: Listed) -> Page:
    q = listed.q or None
    try:
        return await request.app.members(who, status=listed.status, q=q, cursor=listed.cursor, limit=_A_PAGE)
    except RejectedError:
        # A cursor that this list never gave: begin anew.
        return await request.app.members(who, status=listed.status, q=q, cursor=None, limit=_A_PAGE)


def _shown(request: PageRequest) -> list[UUID] | None:
    """The rows that an open page shows, in its order: they stay there, and only their cells change."""
    text = request.asked("shown")
    if text is None:
        return None
    try:
        return [UUID(hexed) for hexed in text.split(".")[:_MOST_SHOWN]]
    except ValueError:
        return None


async def _done(request: PageRequest, who: Principal) -> str | None:
    """What the form before this page has done, as far as it is so."""
    done, member = request.asked("done"), await member_of(request, who, request.asked("who"))
    if done == "slow":
        return "This is recorded and takes longer than usual. The page changes by itself as soon as it is done."
    return None if done is None or member is None else _so_it_is(done, member)


def _so_it_is(done: str, member: Member) -> str | None:
    message = None
    match done, member.status, member.role:
        case "role", MemberStatus.ACTIVE, Role.ADMIN:
            message = f"{member.name} is an admin now."
        case "role", MemberStatus.ACTIVE, Role.CLINICIAN:
            message = f"{member.name} is a clinician now, and no admin."
        case "removed", MemberStatus.REMOVED, _:
            message = f"{member.name} is removed."
        case "seat", MemberStatus.ACTIVE, _ if member.plan_type is not None:
            message = f"{member.name} has a {member.plan_type.label} seat now. What you pay stays the same."
        case "invited", MemberStatus.INVITED, _:
            message = f"{member.name} is invited: a mail with a one-click link is on its way to {member.email}."
    return message


async def member_of(request: PageRequest, who: Principal, text: str | None) -> Member | None:
    """The member of the agency with this id; None when there is none, or it is no id."""
    try:
        return await request.app.member(who, UUID(text or ""))
    except ValueError:
        return None


async def _outcomes(request: PageRequest, who: Principal) -> list[Outcome]:
    """What the operation that the address names has done for each; nothing when it is not this admin's."""
    try:
        operation = await request.app.operation(UUID(request.asked("reinvited") or ""), request.caller, operator=False)
    except (ValueError, RejectedError):
        return []
    result = operation.result or {}
    whys = {UUID(one["member_id"]): RejectedError(one["code"], one["figures"]) for one in result.get("refused", ())}
    ids = [*(UUID(one) for one in result.get("done", ())), *whys]
    return [_outcome(one, whys.get(one.id)) for one in await request.app.members_shown(who, ids)]


def _outcome(one: Member, refused: RejectedError | None) -> Outcome:
    if refused is None:
        return Outcome(one.name)
    return Outcome(one.name, message(refused).sentence, seat_that_helps(refused))
