"""Invite many at once: paste a list, look at it with the price of the missing seats, and follow how far it is."""

from __future__ import annotations

from uuid import UUID, uuid4

from starlette.responses import Response

from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_list import LONGEST_LIST, MOST_LINES, is_too_long
from services.gateway.domain.many_at_once import added, asks_once_more
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.outcomes import Outcome, seat_to_add
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.pricing import price_of
from services.gateway.pages.routes import Routes
from services.gateway.texts import inviting_many as texts
from services.gateway.texts.messages import Message

MANY = f"{MEMBERS}/invite-many"


async def ask(request: PageRequest) -> Response:
    """Ask for the list."""
    return await _form(request, await request.admin(), "", SeatType.VOICE)


async def _form(
    request: PageRequest, admin: Principal, text: str, seat_type: SeatType, alert: Alert | None = None
) -> Response:
    return request.page(
        "invite_many.html",
        principal=admin,
        status=200 if alert is None else alert.status,
        position=await request.app.position(admin),
        seats=await request.app.seats(admin),
        text=text,
        picked=seat_type,
        longest=LONGEST_LIST,
        alert=alert,
    )


async def check(request: PageRequest) -> Response:
    """Show the list as it would be invited."""
    admin, fields = await request.admin(), await request.form()
    return await _check(request, admin, fields.get("people", ""), _seat_type(fields.get("seat_type")))


def _seat_type(typed: str | None) -> SeatType:
    return SeatType(typed) if typed in set(SeatType) else SeatType.VOICE


async def _check(
    request: PageRequest, admin: Principal, text: str, seat_type: SeatType, alert: Alert | None = None
) -> Response:
    too_many = Alert.saying(422, Message("Too many", texts.TOO_MANY))
    if is_too_long(text):
        return await _form(request, admin, text, seat_type, too_many)
    try:
        with forms.outages_raised():
            preview = await request.app.inviting_many.preview(admin, request.caller, text, seat_type)
    except RejectedError as rejected:
        return await _form(request, admin, text, seat_type, Alert.of(rejected))
    if len(preview.lines) > MOST_LINES:
        return await _form(request, admin, text, seat_type, too_many)
    if not preview.invitees and not preview.lines:
        return await _form(request, admin, text, seat_type, Alert.saying(422, Message("Nobody", texts.NOBODY)))
    price, no_price = (None, None) if preview.quote is None else price_of(preview.quote)
    return request.page(
        "invite_many_check.html",
        principal=admin,
        status=200 if alert is None else alert.status,
        position=await request.app.position(admin),
        preview=preview,
        text=text,
        seat_type=seat_type,
        price=price,
        no_price=no_price,
        many=asks_once_more(added(Quantities(), preview.missing)),
        alert=alert,
    )


async def send(request: PageRequest) -> Response:
    """Buy the missing seats at the price shown, then invite everybody who can be."""
    admin, fields = await request.admin(), await request.form()
    text, seat_type = fields.get("people", ""), _seat_type(fields.get("seat_type"))
    key = await request.key() or uuid4().hex
    try:
        with forms.outages_raised():
            checked = await request.app.inviting_many.read(admin, text, seat_type)
            if not checked.invitees or len(checked.lines) > MOST_LINES or is_too_long(text):
                return await _check(request, admin, text, seat_type)
            purchase = await _purchase(request, admin, key)
            list_id = await request.app.inviting_many.send(admin, checked.invitees, key, purchase)
    except RejectedError as rejected:
        return await _check(request, admin, text, seat_type, Alert.of(rejected))
    return request.redirect(f"{MANY}/{list_id}")


async def _purchase(request: PageRequest, admin: Principal, key: str) -> UUID | None:
    """Buy the missing seats at the quote's price; the operation while it still runs, None when there is none."""
    fields = await request.form()
    if "quote_id" not in fields:
        return None
    try:
        quote_id = UUID(fields["quote_id"])
    except ValueError:
        raise RejectedError(RejectionCode.QUOTE_EXPIRED) from None
    sure = "sure" in fields
    operation = await request.app.inviting_many.buy(admin, quote_id, f"{key}-seats", confirmed=sure)
    return operation.id if operation.state is OperationState.RUNNING else None


async def follow(request: PageRequest) -> Response:
    """Show how far the list is."""
    admin = await request.admin()
    progress = await request.app.list_sending.progress(admin, _list_in_path(request))
    if progress is None:
        raise RejectedError(NOT_FOUND)
    rejected = [
        Outcome(invitee.name, Alert.of(rejected).sentence, seat_to_add(rejected))
        for invitee, rejected in progress.rejected
    ]
    return request.page(
        "invite_many_progress.html",
        principal=admin,
        position=await request.app.position(admin),
        progress=progress,
        not_bought=None if progress.not_bought is None else Alert.of(progress.not_bought),
        rejected=rejected,
    )


async def go_on(request: PageRequest) -> Response:
    """Send the rest of a list that was cut off."""
    admin, list_id = await request.admin(), _list_in_path(request)
    with forms.outages_raised():
        await request.app.list_sending.go_on(admin, list_id)
    return request.redirect(f"{MANY}/{list_id}")


def _list_in_path(request: PageRequest) -> UUID:
    try:
        return UUID(request.request.path_params["list"])
    except ValueError:
        raise RejectedError(NOT_FOUND) from None


ROUTES = Routes(
    get={MANY: ask, f"{MANY}/{{list}}": follow},
    post={MANY: check, f"{MANY}/send": send, f"{MANY}/{{list}}": go_on},
)
