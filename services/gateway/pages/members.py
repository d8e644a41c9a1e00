"""What an admin does in the Members tab: invite, re-invite, change the seat or the role, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from contracts.members import ChangeRole
from contracts.seats import Swap
from contracts.vocabulary import RejectionCode, Role
from services.gateway.api.schemas.requests import InviteIn, ReinviteIn, ReinviteManyIn
from services.gateway.application.invitations import Invitee
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Member, Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.member_list import MEMBERS, Answered, Listed, listing, member_of, seat_that_helps
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import Message, message

_NOBODY = {"name": "", "email": "", "seat_type": "", "role": Role.CLINICIAN.value}
_NOBODY_CHOSEN = Message(422, "Nobody is chosen", "Choose the people to re-invite first, then send it again.")
_CHANGED_MEANWHILE = Message(
    409,
    "It changed in the meantime",
    "Somebody changed this member since the page was shown, and your change was not made. Look again, then decide.",
)


async def _named(request: PageRequest, who: Principal) -> Member:
    """The member that the address names."""
    member = await member_of(request, who, request.request.path_params["member"])
    if member is None:
        raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
    return member


async def change_role(request: PageRequest) -> Response:
    """Make somebody an admin, which is asked once more, or a clinician again."""
    who = await request.admin()
    member, fields = await _named(request, who), await request.form()
    role = Role.ADMIN if fields.get("role") == Role.ADMIN else Role.CLINICIAN
    if role is Role.ADMIN and member.role is not Role.ADMIN and "sure" not in fields:
        return await _ask(request, who, member, "make_admin.html")
    if _stale(fields, member.role, role):
        return await listing(request, who, Answered(_CHANGED_MEANWHILE, member.id))

    async def write() -> Operation:
        return await request.app.change_role(who, ChangeRole(member_id=member.id, role=role), await request.key())

    return await _written(request, who, member, write, "role")


async def change_seat(request: PageRequest) -> Response:
    """Give somebody a seat of the other type."""
    who = await request.admin()
    member, fields = await _named(request, who), await request.form()
    seat_type = forms.read(ReinviteIn, {"seat_type": fields.get("seat_type")}).seat_type or member.seat_type
    if _stale(fields, member.plan_type, seat_type):
        return await listing(request, who, Answered(_CHANGED_MEANWHILE, member.id, "seat"))

    async def write() -> Operation:
        return await request.app.swap(who, Swap(member_id=member.id, seat_type=seat_type), await request.key())

    return await _written(request, who, member, write, "seat", cell="seat")


async def ask_reinvite(request: PageRequest) -> Response:
    """Invite somebody anew, to the seat type that they are to have."""
    who = await request.admin()
    return await _ask(request, who, await _named(request, who), "reinvite.html")


async def reinvite(request: PageRequest) -> Response:
    """Send somebody a fresh mail with a one-click link."""
    who = await request.admin()
    member, fields = await _named(request, who), await request.form()
    wanted = forms.read(ReinviteIn, {"seat_type": fields.get("seat_type") or None})

    async def write() -> Operation:
        return await request.app.invitations.reinvite(who, member.id, wanted.seat_type, await request.key())

    return await _written(request, who, member, write, "invited", cell="status")


async def reinvite_many(request: PageRequest) -> Response:
    """Send several people a fresh mail, while seats last; the list says what became of each."""
    who = await request.admin()
    listed = Listed.of(request)
    try:
        wanted = forms.read(ReinviteManyIn, {"ids": await request.chosen("ids")})
        with forms.or_refused():
            operation = await request.app.invitations.reinvite_many(who, wanted.ids, None, await request.key())
    except RejectedError as refused:
        answered = Answered(_NOBODY_CHOSEN, None) if refused.errors else Answered.to(refused, None, "status")
        return await listing(request, who, answered)
    if operation.state is OperationState.RUNNING:
        return request.to(f"{MEMBERS}{listed.query(done='slow')}")
    return request.to(f"{MEMBERS}{listed.query(reinvited=str(operation.id))}")


async def ask_invite(request: PageRequest) -> Response:
    """Whom to invite, and to what."""
    known = {name: request.asked(name) or "" for name in ("name", "email")}
    return await _invite(request, await request.admin(), typed=known)


async def _invite(
    request: PageRequest, who: Principal, refused: RejectedError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    what = None if refused is None else message(refused)
    return request.dialog(
        "invite_member.html",
        who=who,
        position=await request.app.position(who),
        status=200 if what is None else what.status,
        listed=Listed.of(request),
        seats=await request.app.seats(who),
        typed=_NOBODY | dict(typed or {}),
        alert=what,
        errors={} if refused is None else refused.errors,
        add=None if refused is None else seat_that_helps(refused),
    )


async def invite(request: PageRequest) -> Response:
    """Invite somebody; a rejection stands in the form."""
    who = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in _NOBODY}
    try:
        wanted = forms.read(InviteIn, typed)
        invitee = Invitee(wanted.email, wanted.name, wanted.seat_type, wanted.role)
        with forms.or_refused():
            operation = await request.app.invitations.invite(who, invitee, await request.key())
    except RejectedError as refused:
        return await _invite(request, who, refused, typed)
    invited = await request.app.subject(who, operation)
    done = {"done": "slow"} if invited is None else {"done": "invited", "who": str(invited.id)}
    return request.to(f"{MEMBERS}{Listed.of(request).query(cursor=None, **done)}")


async def ask_remove(request: PageRequest) -> Response:
    """Ask before somebody is removed, and say what it means."""
    who = await request.admin()
    return await _ask(request, who, await _named(request, who), "remove.html")


async def remove(request: PageRequest) -> Response:
    """Remove somebody."""
    who = await request.admin()
    member = await _named(request, who)

    async def write() -> Operation:
        return await request.app.remove(who, member.id, await request.key())

    return await _written(request, who, member, write, "removed")


async def _ask(request: PageRequest, who: Principal, member: Member, template: str) -> Response:
    one_admin = member.role is Role.ADMIN and await request.app.has_one_admin(who)
    position, listed = await request.app.position(who), Listed.of(request)
    seats = await request.app.seats(who)
    return request.dialog(
        template, who=who, position=position, member=member, listed=listed, seats=seats, one_admin=one_admin
    )


def _stale(fields: Mapping[str, str], now: str | None, wanted: str) -> bool:
    """Whether the form was filled in on a page that showed something else than what is so by now."""
    return fields.get("shown", now) != now and wanted != now


async def _written(
    request: PageRequest,
    who: Principal,
    member: Member,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    cell: str = "role",
) -> Response:
    """Back to the list after a write, so that a reload does not send it again; a rejection stands at the row."""
    try:
        with forms.or_refused():
            operation = await write()
    except RejectedError as refused:
        return await listing(request, who, Answered.to(refused, member.id, cell))
    if member.id == who.member.id:
        # It may have been one's own admin rights that went.
        who_now = await request.who()
        if who_now is None or who_now.member.role is not Role.ADMIN:
            return request.to("/welcome")
    slow = operation.state is OperationState.RUNNING
    back = Listed.of(request).query(done="slow" if slow else done, who=str(member.id))
    return request.to(f"{MEMBERS}{back}")
