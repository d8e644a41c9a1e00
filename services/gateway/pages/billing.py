"""The Seats & Billing tab: Adjust Seats with its live preview, the billing cycle, the portal and the invoices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from contracts.message import Seats
from contracts.seats import Adjust, RetryPayment
from contracts.vocabulary import PaymentState, Quantities, RejectionCode, SeatType
from services.gateway.api.presenters import money as answers_money
from services.gateway.api.schemas.money import AdjustedOut, AdjustIn, CycleIn, CycleOut, CycleQuoteIn, QuoteOut
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.too_few_seats import too_few_seats
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.chart import charts
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts.messages import Message, message

BILLING = "/admin/agency/billing"
_PAGE = "billing.html"
_INVOICES = 10
_DAYS = 90
_MANY = 10
"""More than so many seats added at once are asked about once more: it may be a slip of the finger."""
_CARD = {RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE}
_SLOW = Message(202, "Stripe takes longer than usual", "There is no price yet. Wait a moment, then ask again.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands under the steppers: a price, or why there is none."""

    wanted: Quantities
    quote: QuoteOut | None = None
    refused: Message | None = None
    too_few: str | None = None
    increase: QuoteOut | None = None

    @property
    def added(self) -> int:
        """How many seats would be added, of both types together."""
        return 0 if self.quote is None else added(self.quote)


def added(quote: QuoteOut) -> int:
    """How many seats a change adds, of both types together."""
    return max(0, quote.after.base - quote.before.base) + max(0, quote.after.voice - quote.before.voice)


def purchased(seats: SeatsView) -> Quantities:
    """The counts as they are paid for."""
    return Quantities(seats.base.purchased, seats.voice.purchased)


async def show(request: PageRequest) -> Response:
    """The seats, what they cost, and the way to Stripe's page."""
    return await page(request, await request.admin())


async def page(
    request: PageRequest,
    who: Principal,
    *,
    refused: RejectedError | None = None,
    preview: Preview | None = None,
) -> Response:
    """The tab; with a rejection where the person is, and the preview that was asked for."""
    position = await request.app.position(who)
    seats = await request.app.seats(who)
    plan = await request.app.reading.plan(who.agency.id)
    days = await request.app.reading.seat_history(who.agency.id, _DAYS)
    invoices = await request.app.reading.invoices(who.agency.id, None, _INVOICES)
    what = None if refused is None else message(refused)
    card_refused = refused is not None and refused.code in _CARD
    card = seats.paused in _CARD or plan.payment_state in {PaymentState.PAST_DUE, PaymentState.UNPAID}
    return request.page(
        _PAGE,
        who=who,
        position=position,
        status=200 if what is None else what.status,
        seats=seats,
        plan=plan,
        prices={price.seat_type: price for price in plan.prices},
        charts=charts(days),
        invoices=invoices.items,
        more_invoices=invoices.next_cursor is not None,
        card=card or request.asked("fix") == "card" or card_refused,
        card_refused=card_refused,
        alert=what,
        preview=preview,
        wanted=preview.wanted if preview is not None else _asked_for(request, seats),
        saved=await _saved(request, seats),
    )


def _asked_for(request: PageRequest, seats: SeatsView) -> Quantities:
    """The counts with which a link begins: `add=voice`, or `base` and `voice`."""
    counts = purchased(seats)
    if (more := request.asked("add")) in {one.value for one in SeatType}:
        counts = counts.plus(SeatType(more))
    base, voice = (_count(request.asked(one.value)) for one in SeatType)
    return Quantities(counts.base if base is None else base, counts.voice if voice is None else voice)


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= len("100000") else None


async def _saved(request: PageRequest, seats: SeatsView) -> AdjustedOut | CycleOut | str | None:
    """What the operation that the address names came to; nothing when it is not this admin's."""
    try:
        operation = await request.app.operation(UUID(request.asked("saved") or ""), request.caller, operator=False)
    except (ValueError, RejectedError):
        return None
    match operation.state, operation.kind:
        case OperationState.RUNNING, _:
            return "running"
        case OperationState.REJECTED, _:
            return message(RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures)).sentence
        case OperationState.DONE, Adjust.type:
            return answers_money.adjusted(operation, seats)
        case OperationState.DONE, RetryPayment.type:
            return "retried"
        case _:
            return answers_money.switched(operation)


async def preview(request: PageRequest) -> Response:
    """What the counts under the steppers would cost, or why they cannot be had; the newest of a session counts."""
    who = await request.admin()
    seats = await request.app.seats(who)
    try:
        shown = await _preview(request, who, seats, await request.form())
    except RejectedError as refused:
        if refused.code == RejectionCode.SUPERSEDED:
            # Another request of the same person is under way, and its answer is the one to be shown.
            return Response(status_code=204)
        raise
    if request.by_script:
        return request.page("preview.html", who=who, seats=seats, preview=shown)
    return await page(request, who, preview=shown)


async def _preview(request: PageRequest, who: Principal, seats: SeatsView, fields: Mapping[str, str]) -> Preview:
    counts = {one: _count(fields.get(one.value)) for one in SeatType}
    have = purchased(seats)
    if None in counts.values():
        return Preview(have, refused=Message(422, "Not a number of seats", "Write a whole number, from 0 to 100,000."))
    wanted = Quantities(counts[SeatType.BASE] or 0, counts[SeatType.VOICE] or 0)
    if wanted == have:
        return Preview(wanted)
    few = too_few_seats(wanted, have, Quantities(seats.base.active, seats.voice.active))
    if few is not None:
        sentence = message(RejectedError(RejectionCode.BELOW_ACTIVE, few.rejection.as_json())).sentence
        if few.increase is None:
            return Preview(wanted, too_few=sentence)
        quote, refused = await _quote(request, who, few.increase)
        return Preview(wanted, too_few=sentence, increase=quote, refused=refused)
    quote, refused = await _quote(request, who, wanted)
    return Preview(wanted, quote, refused)


async def _quote(request: PageRequest, who: Principal, wanted: Quantities) -> tuple[QuoteOut | None, Message | None]:
    try:
        with forms.or_refused():
            after = Seats(base=wanted.base, voice=wanted.voice)
            operation = await request.app.money.quote_seats(who, request.caller, after, None)
    except RejectedError as refused:
        if refused.code == RejectionCode.SUPERSEDED:
            raise
        return None, message(refused)
    return _quoted(operation)


def _quoted(operation: Operation) -> tuple[QuoteOut | None, Message | None]:
    return (None, _SLOW) if operation.state is OperationState.RUNNING else (answers_money.quote(operation), None)


async def save(request: PageRequest) -> Response:
    """Have these counts, at the price that was shown; many at once are asked about once more."""
    who = await request.admin()
    fields = await request.form()
    try:
        counts = {one.value: _count(fields.get(f"only_{one}") or fields.get(one.value)) for one in SeatType}
        wanted = forms.read(AdjustIn, {**counts, "quote_id": fields.get("quote_id")})
    except RejectedError as unreadable:
        return await page(request, who, refused=unreadable)
    seats = await request.app.seats(who)
    more = max(0, wanted.base - seats.base.purchased) + max(0, wanted.voice - seats.voice.purchased)
    if more > _MANY and "sure" not in fields:
        return request.dialog(
            "many_seats.html",
            who=who,
            position=await request.app.position(who),
            wanted=wanted,
            more=more,
            seats=seats,
            today=fields.get("today", ""),
        )

    async def write() -> Operation:
        after = Seats(base=wanted.base, voice=wanted.voice)
        return await request.app.money.adjust(who, after, wanted.quote_id, await request.key())

    return await _written(request, who, write, Preview(Quantities(wanted.base, wanted.voice)))


async def _written(
    request: PageRequest, who: Principal, write: Callable[[], Awaitable[Operation]], preview: Preview | None = None
) -> Response:
    try:
        with forms.or_refused():
            operation = await write()
    except RejectedError as refused:
        return await page(request, who, refused=refused, preview=preview)
    return request.to(f"{BILLING}?saved={operation.id}")


async def ask_cycle(request: PageRequest) -> Response:
    """What the other cycle would charge or credit today; nothing happens yet."""
    who = await request.admin()
    fields = await request.form()
    try:
        wanted = forms.read(CycleQuoteIn, {"cycle": fields.get("cycle")})
        with forms.or_refused():
            operation = await request.app.money.quote_cycle(who, request.caller, wanted.cycle, await request.key())
        quote, slow = _quoted(operation)
    except RejectedError as refused:
        return await page(request, who, refused=refused)
    position = await request.app.position(who)
    return request.dialog("cycle.html", who=who, position=position, to=wanted.cycle, quote=quote, slow=slow)


async def switch_cycle(request: PageRequest) -> Response:
    """Pay by the other cycle, at the price that was shown."""
    who = await request.admin()
    fields = await request.form()
    try:
        wanted = forms.read(CycleIn, {"cycle": fields.get("cycle"), "quote_id": fields.get("quote_id")})
    except RejectedError as unreadable:
        return await page(request, who, refused=unreadable)

    async def write() -> Operation:
        return await request.app.money.switch_cycle(who, wanted.cycle, wanted.quote_id, await request.key())

    return await _written(request, who, write)


async def retry(request: PageRequest) -> Response:
    """After the card is fixed: let Auto-Add buy again, at once for those Blocked for payment."""
    who = await request.admin()

    async def write() -> Operation:
        return await request.app.money.retry(who, await request.key())

    return await _written(request, who, write)
