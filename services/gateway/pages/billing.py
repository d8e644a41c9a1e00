"""The Seats & Billing tab: Adjust Seats with its live preview, the billing cycle, the portal and the invoices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from contracts.message import Seats
from contracts.seats import Adjust, RetryPayment
from contracts.vocabulary import PaymentState, Quantities, Refusal, SeatType
from services.gateway.api import answers_money
from services.gateway.api.wire_money import AdjustedOut, AdjustIn, CycleIn, CycleOut, CycleQuoteIn, QuoteOut
from services.gateway.application.refused import RefusedError
from services.gateway.desk import Operation
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.too_few_seats import too_few_seats
from services.gateway.pages import forms
from services.gateway.pages.chart import charts
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import Said, said
from services.gateway.store_reading import Principal, SeatsView

BILLING = "/admin/agency/billing"
_PAGE = "billing.html"
_INVOICES = 10
_DAYS = 90
_MANY = 10
"""More than so many seats added at once are asked about once more: it may be a slip of the finger."""
_CARD = {Refusal.PAYMENT_DECLINED, Refusal.PAYMENT_ACTION_REQUIRED, Refusal.PAST_DUE}
_SLOW = Said(202, "Stripe takes longer than usual", "There is no price yet. Wait a moment, then ask again.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands under the steppers: a price, or why there is none."""

    wanted: Quantities
    quote: QuoteOut | None = None
    refused: Said | None = None
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


async def show(visit: Visit) -> Response:
    """The seats, what they cost, and the way to Stripe's page."""
    return await page(visit, await visit.admin())


async def page(
    visit: Visit,
    who: Principal,
    *,
    refused: RefusedError | None = None,
    preview: Preview | None = None,
) -> Response:
    """The tab; with a refusal where the person is, and the preview that was asked for."""
    position = await visit.app.position(who)
    seats = await visit.app.seats(who)
    plan = await visit.app.reading.plan(who.agency.id)
    days = await visit.app.reading.seat_history(who.agency.id, _DAYS)
    invoices = await visit.app.reading.invoices(who.agency.id, None, _INVOICES)
    what = None if refused is None else said(refused)
    card_refused = refused is not None and refused.code in _CARD
    card = seats.paused in _CARD or plan.payment_state in {PaymentState.PAST_DUE, PaymentState.UNPAID}
    return visit.page(
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
        card=card or visit.asked("fix") == "card" or card_refused,
        card_refused=card_refused,
        alert=what,
        preview=preview,
        wanted=preview.wanted if preview is not None else _asked_for(visit, seats),
        saved=await _saved(visit, seats),
    )


def _asked_for(visit: Visit, seats: SeatsView) -> Quantities:
    """The counts with which a link begins: `add=voice`, or `base` and `voice`."""
    counts = purchased(seats)
    if (more := visit.asked("add")) in {one.value for one in SeatType}:
        counts = counts.plus(SeatType(more))
    base, voice = (_count(visit.asked(one.value)) for one in SeatType)
    return Quantities(counts.base if base is None else base, counts.voice if voice is None else voice)


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= len("100000") else None


async def _saved(visit: Visit, seats: SeatsView) -> AdjustedOut | CycleOut | str | None:
    """What the operation that the address names came to; nothing when it is not this admin's."""
    try:
        operation = await visit.app.operation(UUID(visit.asked("saved") or ""), visit.asker, operator=False)
    except (ValueError, RefusedError):
        return None
    match operation.state, operation.kind:
        case OperationState.RUNNING, _:
            return "running"
        case OperationState.REFUSED, _:
            return said(RefusedError(operation.code or Refusal.INTERNAL_ERROR, operation.figures)).sentence
        case OperationState.DONE, Adjust.type:
            return answers_money.adjusted(operation, seats)
        case OperationState.DONE, RetryPayment.type:
            return "retried"
        case _:
            return answers_money.switched(operation)


async def preview(visit: Visit) -> Response:
    """What the counts under the steppers would cost, or why they cannot be had; the newest of a session counts."""
    who = await visit.admin()
    seats = await visit.app.seats(who)
    try:
        shown = await _preview(visit, who, seats, await visit.form())
    except RefusedError as refused:
        if refused.code == Refusal.SUPERSEDED:
            # Another request of the same person is under way, and its answer is the one to be shown.
            return Response(status_code=204)
        raise
    if visit.by_script:
        return visit.page("preview.html", who=who, seats=seats, preview=shown)
    return await page(visit, who, preview=shown)


async def _preview(visit: Visit, who: Principal, seats: SeatsView, fields: Mapping[str, str]) -> Preview:
    counts = {one: _count(fields.get(one.value)) for one in SeatType}
    have = purchased(seats)
    if None in counts.values():
        return Preview(have, refused=Said(422, "Not a number of seats", "Write a whole number, from 0 to 100,000."))
    wanted = Quantities(counts[SeatType.BASE] or 0, counts[SeatType.VOICE] or 0)
    if wanted == have:
        return Preview(wanted)
    few = too_few_seats(wanted, have, Quantities(seats.base.active, seats.voice.active))
    if few is not None:
        sentence = said(RefusedError(Refusal.BELOW_ACTIVE, few.figures)).sentence
        if few.increase is None:
            return Preview(wanted, too_few=sentence)
        quote, refused = await _quote(visit, who, few.increase)
        return Preview(wanted, too_few=sentence, increase=quote, refused=refused)
    quote, refused = await _quote(visit, who, wanted)
    return Preview(wanted, quote, refused)


async def _quote(visit: Visit, who: Principal, wanted: Quantities) -> tuple[QuoteOut | None, Said | None]:
    try:
        with forms.or_refused():
            after = Seats(base=wanted.base, voice=wanted.voice)
            operation = await visit.app.money.quote_seats(who, visit.asker, after, None)
    except RefusedError as refused:
        if refused.code == Refusal.SUPERSEDED:
            raise
        return None, said(refused)
    return _quoted(operation)


def _quoted(operation: Operation) -> tuple[QuoteOut | None, Said | None]:
    return (None, _SLOW) if operation.state is OperationState.RUNNING else (answers_money.quote(operation), None)


async def save(visit: Visit) -> Response:
    """Have these counts, at the price that was shown; many at once are asked about once more."""
    who = await visit.admin()
    fields = await visit.form()
    try:
        counts = {one.value: _count(fields.get(f"only_{one}") or fields.get(one.value)) for one in SeatType}
        wanted = forms.read(AdjustIn, {**counts, "quote_id": fields.get("quote_id")})
    except RefusedError as unreadable:
        return await page(visit, who, refused=unreadable)
    seats = await visit.app.seats(who)
    more = max(0, wanted.base - seats.base.purchased) + max(0, wanted.voice - seats.voice.purchased)
    if more > _MANY and "sure" not in fields:
        return visit.dialog(
            "many_seats.html",
            who=who,
            position=await visit.app.position(who),
            wanted=wanted,
            more=more,
            seats=seats,
            today=fields.get("today", ""),
        )

    async def write() -> Operation:
        after = Seats(base=wanted.base, voice=wanted.voice)
        return await visit.app.money.adjust(who, after, wanted.quote_id, await visit.key())

    return await _written(visit, who, write, Preview(Quantities(wanted.base, wanted.voice)))


async def _written(
    visit: Visit, who: Principal, write: Callable[[], Awaitable[Operation]], preview: Preview | None = None
) -> Response:
    try:
        with forms.or_refused():
            operation = await write()
    except RefusedError as refused:
        return await page(visit, who, refused=refused, preview=preview)
    return visit.to(f"{BILLING}?saved={operation.id}")


async def ask_cycle(visit: Visit) -> Response:
    """What the other cycle would charge or credit today; nothing happens yet."""
    who = await visit.admin()
    fields = await visit.form()
    try:
        wanted = forms.read(CycleQuoteIn, {"cycle": fields.get("cycle")})
        with forms.or_refused():
            operation = await visit.app.money.quote_cycle(who, visit.asker, wanted.cycle, await visit.key())
        quote, slow = _quoted(operation)
    except RefusedError as refused:
        return await page(visit, who, refused=refused)
    position = await visit.app.position(who)
    return visit.dialog("cycle.html", who=who, position=position, to=wanted.cycle, quote=quote, slow=slow)


async def switch_cycle(visit: Visit) -> Response:
    """Pay by the other cycle, at the price that was shown."""
    who = await visit.admin()
    fields = await visit.form()
    try:
        wanted = forms.read(CycleIn, {"cycle": fields.get("cycle"), "quote_id": fields.get("quote_id")})
    except RefusedError as unreadable:
        return await page(visit, who, refused=unreadable)

    async def write() -> Operation:
        return await visit.app.money.switch_cycle(who, wanted.cycle, wanted.quote_id, await visit.key())

    return await _written(visit, who, write)


async def retry(visit: Visit) -> Response:
    """After the card is fixed: let Auto-Add buy again, at once for those Blocked for payment."""
    who = await visit.admin()

    async def write() -> Operation:
        return await visit.app.money.retry(who, await visit.key())

    return await _written(visit, who, write)
