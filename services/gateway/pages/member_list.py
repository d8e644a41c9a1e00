"""The list of the Members tab: who is in the agency and where they stand, also while somebody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from contracts.vocabulary import MemberStatus, Refusal, Role, SeatType
from services.gateway.application.member_list import Page
from services.gateway.application.refused import RefusedError
from services.gateway.domain.changed_order import changes
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import Said, said
from services.gateway.store_reading import Member, Principal

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
    def of(visit: Visit) -> Listed:
        """As the address says; what it says wrongly is left out."""
        wanted = visit.asked("status")
        status = MemberStatus(wanted) if wanted in {one.value for one in MemberStatus} else None
        q = (visit.asked("q") or "").replace("\0", "")[:_SEARCHED].strip()
        return Listed(status, q, visit.asked("cursor"))

    def query(self, **more: str | None) -> str:
        """Behind the address of this part, or of an action that leads back to it."""
        values = {"status": self.status and self.status.value, "q": self.q, "cursor": self.cursor} | more
        kept = urlencode({name: value for name, value in values.items() if value})
        return f"?{kept}" if kept else ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said after a form: a refusal in the cell that it concerns, or above the list (`member_id` None).

    `add`: the seat type of which one more would help.
    """

    what: Said
    member_id: UUID | None
    cell: str = "role"
    add: SeatType | None = None

    @staticmethod
    def to(refused: RefusedError, member_id: UUID | None, cell: str) -> Answered:
        """A refusal, where the person is, with the way out."""
        return Answered(said(refused), member_id, cell, seat_that_helps(refused))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of inviting somebody anew, among several; `add`: the seat type of which one more would help."""

    name: str
    why: str | None = None
    add: SeatType | None = None


def seat_that_helps(refused: RefusedError) -> SeatType | None:
    """The seat type that is full, when that is why."""
    wanted = refused.figures.get("seat_type")
    known = {one.value for one in SeatType}
    return SeatType(wanted) if refused.code == Refusal.NO_SEAT_AVAILABLE and wanted in known else None


async def front(visit: Visit) -> Response:
    """The first tab."""
    return visit.to(MEMBERS)


async def show(visit: Visit) -> Response:
    """Who is in the agency and where they stand."""
    return await listing(visit, await visit.admin())


async def listing(visit: Visit, who: Principal, answered: Answered | None = None) -> Response:
    """The list; with what a form is answered, where that belongs."""
    listed = Listed.of(visit)
    position = await visit.app.position(who)
    page = await _page(visit, who, listed)
    rows, waiting = page.items, 0
    if (kept := _shown(visit)) is not None:
        rows = await visit.app.members_shown(who, kept)
        waiting = changes([one.id for one in rows], [one.id for one in page.items])
    return visit.page(
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
        seats=await visit.app.seats(who),
        one_admin=await visit.app.has_one_admin(who),
        answered=answered,
        done=await _done(visit, who),
        outcomes=await _outcomes(visit, who),
    )


async def _page(visit: Visit, who: Principal, listed: Listed) -> Page:
    q = listed.q or None
    try:
        return await visit.app.members(who, status=listed.status, q=q, cursor=listed.cursor, limit=_A_PAGE)
    except RefusedError:
        # A cursor that this list never gave: begin anew.
        return await visit.app.members(who, status=listed.status, q=q, cursor=None, limit=_A_PAGE)


def _shown(visit: Visit) -> list[UUID] | None:
    """The rows that an open page shows, in its order: they stay there, and only their cells change."""
    text = visit.asked("shown")
    if text is None:
        return None
    try:
        return [UUID(hexed) for hexed in text.split(".")[:_MOST_SHOWN]]
    except ValueError:
        return None


async def _done(visit: Visit, who: Principal) -> str | None:
    """What the form before this page has done, as far as it is so."""
    done, member = visit.asked("done"), await member_of(visit, who, visit.asked("who"))
    if done == "slow":
        return "This is recorded and takes longer than usual. The page changes by itself as soon as it is done."
    return None if done is None or member is None else _so_it_is(done, member)


def _so_it_is(done: str, member: Member) -> str | None:
    said = None
    match done, member.status, member.role:
        case "role", MemberStatus.ACTIVE, Role.ADMIN:
            said = f"{member.name} is an admin now."
        case "role", MemberStatus.ACTIVE, Role.CLINICIAN:
            said = f"{member.name} is a clinician now, and no admin."
        case "removed", MemberStatus.REMOVED, _:
            said = f"{member.name} is removed."
        case "seat", MemberStatus.ACTIVE, _ if member.plan_type is not None:
            said = f"{member.name} has a {member.plan_type.label} seat now. What you pay stays the same."
        case "invited", MemberStatus.INVITED, _:
            said = f"{member.name} is invited: a mail with a one-click link is on its way to {member.email}."
    return said


async def member_of(visit: Visit, who: Principal, text: str | None) -> Member | None:
    """The member of the agency with this id; None when there is none, or it is no id."""
    try:
        return await visit.app.member(who, UUID(text or ""))
    except ValueError:
        return None


async def _outcomes(visit: Visit, who: Principal) -> list[Outcome]:
    """What the operation that the address names has done for each; nothing when it is not this admin's."""
    try:
        operation = await visit.app.operation(UUID(visit.asked("reinvited") or ""), visit.asker, operator=False)
    except (ValueError, RefusedError):
        return []
    result = operation.result or {}
    whys = {UUID(one["member_id"]): RefusedError(one["code"], one["figures"]) for one in result.get("refused", ())}
    ids = [*(UUID(one) for one in result.get("done", ())), *whys]
    return [_outcome(one, whys.get(one.id)) for one in await visit.app.members_shown(who, ids)]


def _outcome(one: Member, refused: RefusedError | None) -> Outcome:
    if refused is None:
        return Outcome(one.name)
    return Outcome(one.name, said(refused).sentence, seat_that_helps(refused))
