"""The Members tab: who is in the agency and where they stand, and what an admin does about it, row by row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from contracts.members import ChangeRole
from contracts.vocabulary import MemberStatus, Refusal, Role
from services.gateway.application.gateway import Page
from services.gateway.application.refused import RefusedError
from services.gateway.domain.changed_order import changes
from services.gateway.domain.idempotency import OperationState
from services.gateway.pages import forms
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import Said, said
from services.gateway.state import Operation
from services.gateway.store_reading import Member, Principal

MEMBERS = "/admin/agency/members"
_LIST = "members.html"
_A_PAGE = 50
_SEARCHED = 200
_MOST_SHOWN = 200
_CHANGED_MEANWHILE = Said(
    409,
    "It changed in the meantime",
    "Somebody changed this member since the page was shown, and your change was not made. Look again, then decide.",
)


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
    """What is said after a form: a refusal at the row that it concerns (None: above the list)."""

    what: Said
    code: str
    member_id: UUID | None


async def show(visit: Visit) -> Response:
    """Who is in the agency and where they stand."""
    return await _list(visit, await visit.admin())


async def _list(visit: Visit, who: Principal, answered: Answered | None = None) -> Response:
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
    done, member = visit.asked("done"), await _member(visit, who, visit.asked("who"))
    if done == "slow":
        return "This is recorded and takes longer than usual. The page changes by itself as soon as it is done."
    if member is None:
        return None
    match done, member.status, member.role:
        case "role", MemberStatus.ACTIVE, Role.ADMIN:
            return f"{member.name} is an admin now."
        case "role", MemberStatus.ACTIVE, Role.CLINICIAN:
            return f"{member.name} is a clinician now, and no admin."
        case "removed", MemberStatus.REMOVED, _:
            return f"{member.name} is removed."
        case _:
            return None


async def _member(visit: Visit, who: Principal, text: str | None) -> Member | None:
    try:
        return await visit.app.member(who, UUID(text or ""))
    except ValueError:
        return None


async def _named(visit: Visit, who: Principal) -> Member:
    """The member that the address names."""
    member = await _member(visit, who, visit.request.path_params["member"])
    if member is None:
        raise RefusedError(Refusal.UNKNOWN_MEMBER)
    return member


async def change_role(visit: Visit) -> Response:
    """Make somebody an admin, which is asked once more, or a clinician again."""
    who = await visit.admin()
    member, fields = await _named(visit, who), await visit.form()
    role = Role.ADMIN if fields.get("role") == Role.ADMIN else Role.CLINICIAN
    if role is Role.ADMIN and member.role is not Role.ADMIN and "sure" not in fields:
        return await _ask(visit, who, member, "make_admin.html")

    async def write() -> Operation:
        return await visit.app.change_role(who, ChangeRole(member_id=member.id, role=role), await visit.key())

    if _stale(fields, "role", member.role, role):
        return await _list(visit, who, Answered(_CHANGED_MEANWHILE, Refusal.WRONG_STATUS, member.id))
    return await _written(visit, who, member, write, "role")


async def ask_remove(visit: Visit) -> Response:
    """Ask before somebody is removed, and say what it means."""
    who = await visit.admin()
    return await _ask(visit, who, await _named(visit, who), "remove.html")


async def remove(visit: Visit) -> Response:
    """Remove somebody."""
    who = await visit.admin()
    member = await _named(visit, who)

    async def write() -> Operation:
        return await visit.app.remove(who, member.id, await visit.key())

    return await _written(visit, who, member, write, "removed")


async def _ask(visit: Visit, who: Principal, member: Member, template: str) -> Response:
    one_admin = member.role is Role.ADMIN and await visit.app.has_one_admin(who)
    position, listed = await visit.app.position(who), Listed.of(visit)
    seats = await visit.app.seats(who)
    return visit.dialog(
        template, who=who, position=position, member=member, listed=listed, seats=seats, one_admin=one_admin
    )


def _stale(fields: Mapping[str, str], name: str, now: str, wanted: str) -> bool:
    """Whether the form was filled in on a page that showed something else than what is so by now."""
    return fields.get(f"{name}_shown", now) != now and wanted != now


async def _written(
    visit: Visit, who: Principal, member: Member, write: Callable[[], Awaitable[Operation]], done: str
) -> Response:
    """Back to the list after a write, so that a reload does not send it again; a refusal stands at the row."""
    try:
        with forms.or_refused():
            operation = await write()
    except RefusedError as refused:
        return await _list(visit, who, Answered(said(refused), refused.code, member.id))
    if member.id == who.member.id:
        # It may have been one's own admin rights that went.
        who_now = await visit.who()
        if who_now is None or who_now.member.role is not Role.ADMIN:
            return visit.to("/welcome")
    slow = operation.state is OperationState.RUNNING
    back = Listed.of(visit).query(done="slow" if slow else done, who=str(member.id))
    return visit.to(f"{MEMBERS}{back}")
