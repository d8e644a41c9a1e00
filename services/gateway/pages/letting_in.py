"""The forms of the panel of the Blocked: its price, the choice of people, and the one button that lets them in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from starlette.responses import Response

from contracts.members import LetIn
from contracts.members_invitations import MOST_INVITATIONS
from contracts.message import Seats
from contracts.seats_purchases import MOST_LET_IN
from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.gateway.api.schemas.billing import AdjustIn
from services.gateway.application.directory import of_each_type
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED
from services.gateway.domain.idempotency import KEY_MAX
from services.gateway.model.agency import Member, Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.blocked_panel import Priced, at_limit, counts_for, priced
from services.gateway.pages.list_view import MEMBERS, ListView
from services.gateway.pages.member_list import FormAlert, list_page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.pricing import count_of
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages

_MOST_TO_CHOOSE = MOST_INVITATIONS
"""People whom the question lists: a form has a limited number of fields."""
_CARRIED = frozenset({"who", "base", "voice", "quote_id", "today", "pay_owed", "raise"})
_NOBODY_CHOSEN = Alert.saying(422, messages.NOBODY_TO_LET_IN)


async def price(request: PageRequest) -> Response:
    """The panel's price for everyone, or for those who are chosen; without scripts the whole page with it."""
    admin = await request.admin()
    if not request.by_script:
        return await list_page(request, admin, with_price=True)
    seats = await request.app.seats(admin)
    chosen = request.request.query_params.getlist("who")
    everyone, _ = await request.app.directory.blocked(admin)
    ids = set(_ids(chosen))
    is_choice = request.query("choose") is not None
    people = [member for member in everyone if member.id in ids] if is_choice else everyone
    if not people or counts_for(seats, people) == counts_for(seats, ()):
        nobody = messages.NOBODY_TO_LET_IN if not people else messages.SEATS_ARE_FREE
        return _fragment(request, admin, seats, None, nobody, chosen=is_choice)
    try:
        shown = await priced(request, admin, seats, people)
    except RejectedError as rejected:
        if rejected.code == RejectionCode.SUPERSEDED:
            return Response(status_code=204)
        raise
    return _fragment(request, admin, seats, shown, shown.no_price, chosen=is_choice)


def _fragment(
    request: PageRequest,
    admin: Principal,
    seats: SeatsView,
    shown: Priced | None,
    no_price: messages.Message | None,
    *,
    chosen: bool,
) -> Response:
    """The price, for the part of the page that shows it."""
    return request.page(
        "let_in_price.html",
        principal=admin,
        priced=shown,
        no_price=no_price,
        seats=seats,
        preview=None,
        chosen=chosen,
    )


async def choose(request: PageRequest) -> Response:
    """Ask who is let in, with the price of those who are ticked."""
    admin = await request.admin()
    people, _ = await request.app.directory.blocked(admin)
    return request.dialog(
        "choose_blocked.html",
        principal=admin,
        position=await request.app.position(admin),
        people=people[:_MOST_TO_CHOOSE],
        more=len(people) > _MOST_TO_CHOOSE,
        plan=await request.app.reading.plan(admin.agency.id),
        seats=await request.app.seats(admin),
        view=ListView.of(request),
        locked=not admin.agency.baa_signed,
    )


async def let_in(request: PageRequest) -> Response:
    """Buy the seats at the price that was shown, and let the people in; a question asks once more for many seats."""
    admin = await request.admin()
    people = await blocked_of_form(request, admin)
    if not people:
        return await list_page(request, admin, FormAlert(_NOBODY_CHOSEN, None))
    try:
        operation = await send(request, admin, people, await request.key())
    except RejectedError as rejected:
        if rejected.code != CONFIRMATION_REQUIRED:
            return await list_page(request, admin, FormAlert.of(rejected, None, ""))
        return await confirm_many(request, admin, rejected)
    if "raise" in await request.form():
        await _raise_limit(request, admin, people, await request.key())
    return request.redirect(f"{MEMBERS}?let_in={operation.id}")


async def _raise_limit(request: PageRequest, admin: Principal, people: Sequence[Member], key: str | None) -> None:
    """Raise the limits of Auto-Add for those of these people whom a limit held back."""
    fields = await request.form()
    after = Quantities(*(count_of(fields.get(seat_type.value)) or 0 for seat_type in SeatType))
    raise_key = None if key is None else f"{key}r"[-KEY_MAX:]
    with forms.outages_raised():
        await request.app.auto_add_limits.raise_for(admin, after, of_each_type(at_limit(people)), raise_key)


async def confirm_many(request: PageRequest, admin: Principal, rejected: RejectedError) -> Response:
    """Ask once more before many seats are bought, with all that the form had."""
    fields = await request.fields()
    return request.dialog(
        "many_let_in.html",
        principal=admin,
        position=await request.app.position(admin),
        added=rejected.figures["added"],
        today=dict(fields).get("today", ""),
        carried=[(name, value) for name, value in fields if name in _CARRIED],
    )


async def send(request: PageRequest, admin: Principal, people: Sequence[Member], key: str | None) -> Operation:
    """Send the command for these people, with the counts and the price of the form."""
    fields = await request.form()
    counts = {seat_type.value: count_of(fields.get(seat_type.value)) for seat_type in SeatType}
    form = forms.parse(AdjustIn, {**counts, "quote_id": fields.get("quote_id")})
    after = Seats(base=form.base, voice=form.voice)
    if not await request.app.step_up.repeats(admin, key):
        seats = await request.app.seats(admin)
        if after.quantities() != counts_for(seats, people):
            raise RejectedError(RejectionCode.QUOTE_STALE)  # the price is for other people, or for other seats
    change = LetIn(
        member_ids=tuple(member.id for member in people),
        after=after,
        quote_id=form.quote_id,
        pay_owed="pay_owed" in fields,
    )
    with forms.outages_raised():
        return await request.app.money.let_in(admin, change, key, confirmed="sure" in fields)


async def blocked_of_form(request: PageRequest, admin: Principal) -> Sequence[Member]:
    """The people whom the form names, whatever their status is by now: the command decides that."""
    return await request.app.directory.members_shown(admin, _ids(await request.values("who"))[:MOST_LET_IN])


def _ids(values: Sequence[str]) -> list[UUID]:
    """The members of the form: one id for each box, or all in one field."""
    ids = []
    for hexed in (part for value in values for part in value.split(".")):
        try:
            ids.append(UUID(hexed))
        except ValueError:
            continue
    return list(dict.fromkeys(ids))


ROUTES = Routes(
    get={f"{MEMBERS}/let-in": price, f"{MEMBERS}/let-in/choose": choose},
    post={f"{MEMBERS}/let-in": let_in},
)
