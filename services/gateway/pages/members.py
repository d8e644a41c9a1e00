"""The forms and dialogs of the Members tab: invite, re-invite, change the seat or the role, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from contracts.address import shown_address
from contracts.members import ChangeRole
from contracts.seats import Swap
from contracts.vocabulary import RejectionCode, Role, SeatType
from services.gateway.api.schemas.members import InviteIn, MemberChangeIn, ReinviteIn
from services.gateway.application.invitations import Correction, Invitee, Terms
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Member, Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms, seat_for_invite
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import REMOVED_YOURSELF, STEPPED_DOWN
from services.gateway.pages.list_view import MEMBERS, ListView
from services.gateway.pages.member_list import FormAlert, member_of
from services.gateway.pages.outcomes import seat_to_add
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.person import page_of_form
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages

_EMPTY = {"name": "", "email": "", "seat_type": "", "role": Role.CLINICIAN.value}
_MEMBER_CHANGED = Alert.saying(409, messages.MEMBER_CHANGED)


async def _member_in_path(request: PageRequest, admin: Principal) -> Member:
    member = await member_of(request, admin, request.request.path_params["member"])
    if member is None:
        raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
    return member


async def change_role(request: PageRequest) -> Response:
    """Make a member an admin, after a dialog that asks once more, or a clinician again."""
    admin = await request.admin()
    member, fields = await _member_in_path(request, admin), await request.form()
    role = Role.ADMIN if fields.get("role") == Role.ADMIN else Role.CLINICIAN
    if role is Role.ADMIN and member.role is not Role.ADMIN and "sure" not in fields:
        return await _dialog(request, admin, member, "make_admin.html")
    if role is Role.CLINICIAN and member.id == admin.member.id and "sure" not in fields:
        return await _dialog(request, admin, member, "step_down.html")
    if _stale(fields, member.role, role):
        return await page_of_form(request, admin, FormAlert(_MEMBER_CHANGED, member.id))

    async def write() -> Operation:
        return await request.app.actions.change_role(
            admin, ChangeRole(member_id=member.id, role=role), await request.key()
        )

    return await _after_write(request, admin, member, write, "role")


async def change_seat(request: PageRequest) -> Response:
    """Give a member a seat of the other type."""
    admin = await request.admin()
    member, fields = await _member_in_path(request, admin), await request.form()
    picked = fields.get("seat_type")
    seat_type = SeatType(picked) if picked in set(SeatType) else member.seat_type
    if _stale(fields, member.plan_type, seat_type):
        return await page_of_form(request, admin, FormAlert(_MEMBER_CHANGED, member.id, "seat"))

    async def write() -> Operation:
        return await request.app.actions.swap(
            admin, Swap(member_id=member.id, seat_type=seat_type), await request.key()
        )

    return await _after_write(request, admin, member, write, "seat", cell="seat")


async def reinvite_dialog(request: PageRequest) -> Response:
    """Ask which seat type a member is invited anew to."""
    admin = await request.admin()
    return await _reinvite_page(request, admin, await _member_in_path(request, admin))


async def _reinvite_page(
    request: PageRequest,
    admin: Principal,
    member: Member,
    rejected: RejectedError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    known = {"name": member.name, "seat_type": member.seat_type.value, "role": member.role.value}
    return await _form_page(request, admin, "reinvite.html", rejected, member=member, typed=known | dict(typed or {}))


async def _form_page(
    request: PageRequest, admin: Principal, template: str, rejected: RejectedError | None, **values: object
) -> Response:
    """A dialog with fields: a rejection stands in it, beside what was typed."""
    alert = None if rejected is None else Alert.of(rejected)
    return request.dialog(
        template,
        principal=admin,
        position=await request.app.position(admin),
        status=200 if alert is None else alert.status,
        view=ListView.of(request),
        seats=await request.app.seats(admin),
        alert=alert,
        errors={} if rejected is None else rejected.errors,
        seat_to_add=None if rejected is None else seat_to_add(rejected),
        **values,
    )


async def reinvite(request: PageRequest) -> Response:
    """Send a member a fresh mail with a one-click link; a rejection stands in the dialog, or else in the row."""
    admin = await request.admin()
    member, fields = await _member_in_path(request, admin), await request.form()
    typed = {name: fields[name] for name in ReinviteIn.model_fields if name in fields}

    async def write() -> Operation:
        form = forms.parse(ReinviteIn, typed)
        terms = Terms(form.seat_type, form.role, form.name)
        return await request.app.invitations.reinvite(admin, member.id, terms, await request.key())

    async def shown(rejected: RejectedError) -> Response:
        return await _reinvite_page(request, admin, member, rejected, typed)

    in_dialog = shown if "name" in fields else None
    return await _after_write(request, admin, member, write, "invited", cell="status", shown=in_dialog)


async def edit_dialog(request: PageRequest) -> Response:
    """Ask for the correct name, and for the seat type and address while they can be corrected."""
    admin = await request.admin()
    return await _edit_page(request, admin, await _member_in_path(request, admin))


async def _edit_page(
    request: PageRequest,
    admin: Principal,
    member: Member,
    rejected: RejectedError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    typed = _details(member) | dict(typed or {})
    return await _form_page(request, admin, "edit_member.html", rejected, member=member, typed=typed)


async def edit(request: PageRequest) -> Response:
    """Correct what the form changed; the form shows a rejection."""
    admin = await request.admin()
    member, fields = await _member_in_path(request, admin), await request.form()
    known = _details(member)
    typed = {name: fields[name] for name in known if name in fields}
    changed = {name: value for name, value in typed.items() if value != known[name]}
    if not changed:
        return request.redirect(ListView.of(request).address())
    try:
        form = forms.parse(MemberChangeIn, changed)
        with forms.outages_raised():
            correction = Correction(form.name, form.seat_type, form.email)
            operation = await request.app.correct(admin, member.id, correction, await request.key())
    except RejectedError as rejected:
        return await _edit_page(request, admin, member, rejected, typed)
    done = "slow" if operation.state is OperationState.RUNNING else "edited"
    return request.redirect(ListView.of(request).address(done=done, who=str(member.id)))


def _details(member: Member) -> dict[str, str]:
    return {"name": member.name, "email": shown_address(member.email), "seat_type": member.seat_type.value}


async def invite_dialog(request: PageRequest) -> Response:
    """Ask whom to invite; a link may name the person already."""
    known = {name: request.query(name) or "" for name in ("name", "email")}
    return await _invite_page(request, await request.admin(), typed=known)


async def _invite_page(
    request: PageRequest,
    admin: Principal,
    rejected: RejectedError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    offer = None if rejected is None else await seat_for_invite.offer(request, admin, seat_to_add(rejected))
    typed = _EMPTY | dict(typed or {})
    return await _form_page(request, admin, "invite_member.html", rejected, typed=typed, offer=offer)


async def invite(request: PageRequest) -> Response:
    """Invite a person; the form shows a rejection."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in _EMPTY}
    try:
        form = forms.parse(InviteIn, typed)
        invitee = Invitee(form.email, form.name, form.seat_type, form.role)
        with forms.outages_raised():
            if (purchase := await seat_for_invite.buy(request, admin, invitee)) is not None:
                return purchase
            operation = await request.app.invitations.invite(admin, invitee, await request.key())
    except RejectedError as rejected:
        return await _invite_page(request, admin, rejected, typed)
    invited = await request.app.directory.subject(admin, operation)
    done = {"done": "slow"} if invited is None else {"done": "invited", "who": str(invited.id)}
    return request.redirect(f"{MEMBERS}{ListView.of(request).query(page=None, **done)}")


async def remove_dialog(request: PageRequest) -> Response:
    """Ask before a member is removed, with what that means."""
    admin = await request.admin()
    return await _dialog(request, admin, await _member_in_path(request, admin), "remove.html")


async def remove(request: PageRequest) -> Response:
    """Remove a member."""
    admin = await request.admin()
    member = await _member_in_path(request, admin)

    async def write() -> Operation:
        return await request.app.actions.remove(admin, member.id, await request.key())

    return await _after_write(request, admin, member, write, "removed")


async def _dialog(request: PageRequest, admin: Principal, member: Member, template: str) -> Response:
    only_admin = member.role is Role.ADMIN and await request.app.directory.has_one_admin(admin)
    return request.dialog(
        template,
        principal=admin,
        position=await request.app.position(admin),
        member=member,
        view=ListView.of(request),
        seats=await request.app.seats(admin),
        only_admin=only_admin,
    )


def _stale(fields: Mapping[str, str], now: str | None, chosen: str) -> bool:
    """Whether the page showed another value than the one that is set by now, and the form would overwrite it."""
    return fields.get("shown", now) != now and chosen != now


async def _after_write(
    request: PageRequest,
    admin: Principal,
    member: Member,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    cell: str = "role",
    shown: Callable[[RejectedError], Awaitable[Response]] | None = None,
) -> Response:
    """Back to the list after a write, so that a reload does not send it again.

    A rejection is shown in the row, or by the dialog that has the typed words.
    """
    try:
        with forms.outages_raised():
            operation = await write()
    except RejectedError as rejected:
        if shown is not None:
            return await shown(rejected)
        return await page_of_form(request, admin, FormAlert.of(rejected, member.id, cell))
    if member.id == admin.member.id:
        # The write may have taken the admin's own rights.
        principal = await request.principal_or_none()
        if principal is None:
            return request.redirect(REMOVED_YOURSELF)
        if principal.member.role is not Role.ADMIN:
            return request.redirect(STEPPED_DOWN)
    slow = operation.state is OperationState.RUNNING
    return request.redirect(ListView.of(request).address(done="slow" if slow else done, who=str(member.id)))


ROUTES = Routes(
    get={
        f"{MEMBERS}/invite": invite_dialog,
        f"{MEMBERS}/{{member}}/edit": edit_dialog,
        f"{MEMBERS}/{{member}}/reinvite": reinvite_dialog,
        f"{MEMBERS}/{{member}}/remove": remove_dialog,
    },
    post={
        f"{MEMBERS}/invite": invite,
        f"{MEMBERS}/{{member}}/edit": edit,
        f"{MEMBERS}/{{member}}/reinvite": reinvite,
        f"{MEMBERS}/{{member}}/seat": change_seat,
        f"{MEMBERS}/{{member}}/role": change_role,
        f"{MEMBERS}/{{member}}/remove": remove,
    },
)
