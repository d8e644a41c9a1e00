"""What if these people log in? An admin sees who would get a seat, and what it would cost."""

from __future__ import annotations

from starlette.responses import Response

from contracts.address import parse_address
from contracts.seats_simulations import MOST_SIMULATED
from contracts.vocabulary import SeatType
from services.gateway.api.presenters.dry_runs import dry_run_out
from services.gateway.application.dry_runs import DryRun, Person
from services.gateway.domain.invitation_list import read_list
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.billing_view import Price
from services.gateway.pages.list_view import ROOT
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.texts import dry_runs as texts
from services.gateway.texts.messages import Message

WHAT_IF = f"{ROOT}/what-if"
_LONGEST = 100_000
"""Characters of the list: 200 for each person."""


async def ask(request: PageRequest) -> Response:
    """Ask for the people."""
    return await _page(request, await request.admin(), "", SeatType.VOICE)


async def show(request: PageRequest) -> Response:
    """Show what would become of them."""
    admin, fields = await request.admin(), await request.form()
    text, typed = fields.get("people", "")[:_LONGEST], fields.get("seat_type")
    seat_type = SeatType(typed) if typed in set(SeatType) else SeatType.VOICE
    pending = "pending" in fields
    people = [] if pending else _people(text, seat_type)
    if len(people) > MOST_SIMULATED:
        return await _page(
            request, admin, text, seat_type, alert=Alert.saying(422, Message("Too many", texts.TOO_MANY))
        )
    if not people and not pending:
        return await _page(request, admin, text, seat_type, alert=Alert.saying(422, Message("Nobody", texts.NOBODY)))
    try:
        with forms.outages_raised():
            if pending:
                run = await request.app.dry_runs.of_pending(admin, request.caller)
            else:
                run = await request.app.dry_runs.of_people(admin, request.caller, people)
    except RejectedError as rejected:
        return await _page(request, admin, text, seat_type, alert=Alert.of(rejected))
    return await _page(request, admin, text, seat_type, run=run)


def _people(text: str, seat_type: SeatType) -> list[Person]:
    """The people of the list who have a whole address; an address that comes again counts once."""
    people: dict[str, Person] = {}
    for line in read_list(text, seat_type):
        try:
            email = parse_address(line.email)
        except ValueError:
            continue
        people.setdefault(email, Person(email, line.seat_type))
    return list(people.values())


async def _page(
    request: PageRequest,
    admin: Principal,
    text: str,
    seat_type: SeatType,
    *,
    alert: Alert | None = None,
    run: DryRun | None = None,
) -> Response:
    shown = None if run is None else dry_run_out(run)
    return request.page(
        "what_if.html",
        principal=admin,
        status=200 if alert is None else alert.status,
        position=await request.app.position(admin),
        plan=await request.app.reading.plan(admin.agency.id),
        seats=await request.app.seats(admin),
        text=text,
        picked=seat_type,
        longest=_LONGEST,
        alert=alert,
        run=shown,
        price=None if shown is None or shown.quote is None else Price(shown.quote),
    )


ROUTES = Routes(get={WHAT_IF: ask}, post={WHAT_IF: show})
