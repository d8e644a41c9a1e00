"""What an admin does in the Members tab: invite, re-invite, change the seat or the role, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from contracts.members import ChangeRole
from contracts.seats import Swap
from contracts.vocabulary import Refusal, Role
from services.gateway.api.wire_in import InviteIn, ReinviteIn, ReinviteManyIn
from services.gateway.application.invitations import Invitee
from services.gateway.application.refused import RefusedError
from services.gateway.desk import Operation
from services.gateway.domain.idempotency import OperationState
from services.gateway.pages import forms
from services.gateway.pages.member_list import MEMBERS, Answered, Listed, listing, member_of, seat_that_helps
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import Said, said
from services.gateway.store_reading import Member, Principal

_NOBODY = {"name": "", "email": "", "seat_type": "", "role": Role.CLINICIAN.value}
_NOBODY_CHOSEN = Said(422, "Nobody is chosen", "Choose the people to re-invite first, then send it again.")
_CHANGED_MEANWHILE = Said(
    409,
    "It changed in the meantime",
    "Somebody changed this member since the page was shown, and your change was not made. Look again, then decide.",
)


async def _named(visit: Visit, who: Principal) -> Member:
    """The member that the address names."""
    member = await member_of(visit, who, visit.request.path_params["member"])
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
    if _stale(fields, member.role, role):
        return await listing(visit, who, Answered(_CHANGED_MEANWHILE, member.id))

    async def write() -> Operation:
        return await visit.app.change_role(who, ChangeRole(member_id=member.id, role=role), await visit.key())

    return await _written(visit, who, member, write, "role")


async def change_seat(visit: Visit) -> Response:
    """Give somebody a seat of the other type."""
    who = await visit.admin()
    member, fields = await _named(visit, who), await visit.form()
    seat_type = forms.read(ReinviteIn, {"seat_type": fields.get("seat_type")}).seat_type or member.seat_type
    if _stale(fields, member.plan_type, seat_type):
        return await listing(visit, who, Answered(_CHANGED_MEANWHILE, member.id, "seat"))

    async def write() -> Operation:
        return await visit.app.swap(who, Swap(member_id=member.id, seat_type=seat_type), await visit.key())

    return await _written(visit, who, member, write, "seat", cell="seat")


async def ask_reinvite(visit: Visit) -> Response:
    """Invite somebody anew, to the seat type that they are to have."""
    who = await visit.admin()
    return await _ask(visit, who, await _named(visit, who), "reinvite.html")


async def reinvite(visit: Visit) -> Response:
    """Send somebody a fresh mail with a one-click link."""
    who = await visit.admin()
    member, fields = await _named(visit, who), await visit.form()
    wanted = forms.read(ReinviteIn, {"seat_type": fields.get("seat_type") or None})

    async def write() -> Operation:
        return await visit.app.invitations.reinvite(who, member.id, wanted.seat_type, await visit.key())

    return await _written(visit, who, member, write, "invited", cell="status")


async def reinvite_many(visit: Visit) -> Response:
    """Send several people a fresh mail, while seats last; the list says what became of each."""
    who = await visit.admin()
    listed = Listed.of(visit)
    try:
        wanted = forms.read(ReinviteManyIn, {"ids": await visit.chosen("ids")})
        with forms.or_refused():
            operation = await visit.app.invitations.reinvite_many(who, wanted.ids, None, await visit.key())
    except RefusedError as refused:
        answered = Answered(_NOBODY_CHOSEN, None) if refused.errors else Answered.to(refused, None, "status")
        return await listing(visit, who, answered)
    if operation.state is OperationState.RUNNING:
        return visit.to(f"{MEMBERS}{listed.query(done='slow')}")
    return visit.to(f"{MEMBERS}{listed.query(reinvited=str(operation.id))}")


async def ask_invite(visit: Visit) -> Response:
    """Whom to invite, and to what."""
    known = {name: visit.asked(name) or "" for name in ("name", "email")}
    return await _invite(visit, await visit.admin(), typed=known)


async def _invite(
    visit: Visit, who: Principal, refused: RefusedError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    what = None if refused is None else said(refused)
    return visit.dialog(
        "invite_member.html",
        who=who,
        position=await visit.app.position(who),
        status=200 if what is None else what.status,
        listed=Listed.of(visit),
        seats=await visit.app.seats(who),
        typed=_NOBODY | dict(typed or {}),
        alert=what,
        errors={} if refused is None else refused.errors,
        add=None if refused is None else seat_that_helps(refused),
    )


async def invite(visit: Visit) -> Response:
    """Invite somebody; a refusal stands in the form."""
    who = await visit.admin()
    fields = await visit.form()
    typed = {name: fields.get(name, "") for name in _NOBODY}
    try:
        wanted = forms.read(InviteIn, typed)
        invitee = Invitee(wanted.email, wanted.name, wanted.seat_type, wanted.role)
        with forms.or_refused():
            operation = await visit.app.invitations.invite(who, invitee, await visit.key())
    except RefusedError as refused:
        return await _invite(visit, who, refused, typed)
    invited = await visit.app.subject(who, operation)
    done = {"done": "slow"} if invited is None else {"done": "invited", "who": str(invited.id)}
    return visit.to(f"{MEMBERS}{Listed.of(visit).query(cursor=None, **done)}")


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


def _stale(fields: Mapping[str, str], now: str | None, wanted: str) -> bool:
    """Whether the form was filled in on a page that showed something else than what is so by now."""
    return fields.get("shown", now) != now and wanted != now


async def _written(
    visit: Visit,
    who: Principal,
    member: Member,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    cell: str = "role",
) -> Response:
    """Back to the list after a write, so that a reload does not send it again; a refusal stands at the row."""
    try:
        with forms.or_refused():
            operation = await write()
    except RefusedError as refused:
        return await listing(visit, who, Answered.to(refused, member.id, cell))
    if member.id == who.member.id:
        # It may have been one's own admin rights that went.
        who_now = await visit.who()
        if who_now is None or who_now.member.role is not Role.ADMIN:
            return visit.to("/welcome")
    slow = operation.state is OperationState.RUNNING
    back = Listed.of(visit).query(done="slow" if slow else done, who=str(member.id))
    return visit.to(f"{MEMBERS}{back}")
