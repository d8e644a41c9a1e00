"""Actions on several members of the list: one question, then a result for each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from starlette.responses import Response

from contracts.seats import Exchange, SeatMove
from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType
from services.gateway.api.schemas.members import ChangeManyIn, ExchangeIn
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.remind_again import may_be_reminded
from services.gateway.model.agency import Member, Principal
from services.gateway.model.bulk import Action, Change
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.home import REMOVED_YOURSELF, STEPPED_DOWN
from services.gateway.pages.list_view import MEMBERS, ListView
from services.gateway.pages.member_list import FormAlert
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.person import page_of_form
from services.gateway.pages.routes import Routes
from services.gateway.texts import bulk as texts
from services.gateway.texts import messages

_NOBODY_SELECTED = FormAlert(Alert.saying(422, messages.NOBODY_SELECTED), None)


async def ask(request: PageRequest) -> Response:
    """Ask before the action, with who is left out of it."""
    admin = await request.admin()
    action = (await request.form()).get("action")
    selected = await _selected(request, admin)
    if action not in set(Action):
        raise RejectedError(RejectionCode.INVALID_REQUEST)
    if not selected:
        return await page_of_form(request, admin, _NOBODY_SELECTED)
    possible = [member for member in selected if member.status in texts.statuses(Action(action))]
    if action == Action.REMIND:
        possible = [member for member in possible if may_be_reminded(member.reminded_at, request.app.now())]
    return request.dialog(
        "bulk.html",
        principal=admin,
        position=await request.app.position(admin),
        view=ListView.of(request),
        seats=await request.app.seats(admin),
        action=Action(action),
        members=possible,
        moves=_exchange_of(possible) if action == Action.CHANGE_SEAT else (),
        left_out=[member.name for member in selected if member not in possible],
    )


def _exchange_of(members: Sequence[Member]) -> tuple[SeatMove, ...]:
    """The exchange in which each gets the other seat type; nothing while all of them hold the same type."""
    held = {member.id: member.plan_type for member in members if member.status is MemberStatus.ACTIVE}
    if not {*SeatType} <= {*held.values()}:
        return ()
    other = {SeatType.BASE: SeatType.VOICE, SeatType.VOICE: SeatType.BASE}
    return tuple(SeatMove(member_id=id_, seat_type=other[seat]) for id_, seat in held.items() if seat is not None)


async def _selected(request: PageRequest, admin: Principal) -> Sequence[Member]:
    try:
        ids = [UUID(text) for text in await request.values("ids")]
    except ValueError:
        return ()
    return await request.app.directory.members_shown(admin, ids)


async def change(request: PageRequest) -> Response:
    """Do it; the list shows the result of each."""
    admin = await request.admin()
    fields = await request.form()
    ids = await request.values("ids")
    typed: dict[str, object] = {name: fields.get(name) or None for name in ("seat_type", "role", "note")}
    try:
        form = forms.parse(ChangeManyIn, typed | {"action": fields.get("action"), "ids": ids})
        key = await request.key() or uuid4().hex
        with forms.outages_raised():
            results = await request.app.bulk.change(
                admin, Change(form.action, form.seat_type, form.role, form.note), form.ids, key
            )
    except RejectedError as rejected:
        alert = FormAlert.of(rejected, None, "status") if ids else _NOBODY_SELECTED
        return await page_of_form(request, admin, alert)
    principal = await request.principal_or_none()
    if principal is None:
        return request.redirect(REMOVED_YOURSELF)
    if principal.member.role is not Role.ADMIN:
        return request.redirect(STEPPED_DOWN)
    view = ListView.of(request)
    if form.action is Action.REINVITE and (operation := results[0].operation) is not None:
        if operation.state is OperationState.RUNNING:
            return request.redirect(view.address(done="slow"))
        return request.redirect(view.address(reinvited=str(operation.id)))
    of = ".".join(member_id.hex for member_id in form.ids)
    return request.redirect(view.address(did=form.action.value, run=key, of=of))


async def exchange(request: PageRequest) -> Response:
    """Exchange the seats of the members whom the question named, in one step."""
    admin = await request.admin()
    try:
        pairs = [text.split(":") for text in await request.values("moves")]
        typed = {"members": [{"id": pair[0], "seat_type": pair[-1]} for pair in pairs]}
        form = forms.parse(ExchangeIn, typed)
        moves = tuple(SeatMove(member_id=move.id, seat_type=move.seat_type) for move in form.members)
        with forms.outages_raised():
            operation = await request.app.actions.exchange(admin, Exchange(moves=moves), await request.key())
    except RejectedError as rejected:
        return await page_of_form(request, admin, FormAlert.of(rejected, None, "seat"))
    slow = operation.state is OperationState.RUNNING
    address = ListView.of(request).address(done="slow" if slow else "exchanged", who=str(moves[0].member_id))
    return request.redirect(address)


ROUTES = Routes(post={f"{MEMBERS}/select": ask, f"{MEMBERS}/change": change, f"{MEMBERS}/exchange": exchange})
