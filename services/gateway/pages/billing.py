"""The Seats & Billing tab: Adjust Seats with its live preview, the billing cycle, the portal and the invoices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from contracts.message import Seats
from contracts.vocabulary import MOST_SEATS_REQUESTED, BillingCycle, Quantities, RejectionCode, SeatType
from services.gateway.api.schemas.billing import AdjustIn, CycleIn, CycleQuoteIn
from services.gateway.application.looking_ahead import outlook
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED
from services.gateway.domain.seats_for_blocked import seats_for_blocked
from services.gateway.domain.too_few_seats import too_few_seats
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.billing_notice import notice_of
from services.gateway.pages.billing_view import (
    Preview,
    card_on_file,
    declined_now,
    payment_note,
    requested_payment,
    steppers,
)
from services.gateway.pages.blocked_panel import panel_of
from services.gateway.pages.chart import charts
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.pricing import count_of, price_of, price_of_counts
from services.gateway.pages.receipt import following
from services.gateway.pages.routes import Routes
from services.gateway.texts import messages

BILLING = "/admin/agency/billing"
_INVOICES = 10
_DAYS = 90


def purchased(seats: SeatsView) -> Quantities:
    """The counts that the agency pays for."""
    return Quantities(seats.base.purchased, seats.voice.purchased)


async def show(request: PageRequest) -> Response:
    """The seats, what they cost, and the way to Stripe's page."""
    admin = await request.admin()
    if request.query("add") != "blocked":
        return await page(request, admin)
    seats = await request.app.seats(admin)
    blocked = await request.app.reading.blocked_for_confirmation(admin.agency.id)
    needed = seats_for_blocked(purchased(seats), Quantities(seats.base.active, seats.voice.active), blocked)
    fields = {seat_type.value: str(count) for seat_type, count in needed}
    return await page(request, admin, preview=await _preview(request, admin, seats, fields))


async def page(
    request: PageRequest,
    admin: Principal,
    *,
    rejected: RejectedError | None = None,
    at: str = "adjust",
    preview: Preview | None = None,
) -> Response:
    """The tab, with the rejection beside the form `at` that was sent, and a preview that stands there already."""
    position = await request.app.position(admin)
    seats = await request.app.seats(admin)
    plan = await request.app.reading.plan(admin.agency.id)
    days = await request.app.reading.seat_history(admin.agency.id, _DAYS)
    invoices = await request.app.reading.invoices(admin.agency.id, None, _INVOICES)
    alert = None if rejected is None else Alert.of(rejected)
    chosen = preview.counts if preview is not None else _counts_of_address(request, seats)
    notice = await notice_of(request, seats)
    problem, now = await request.app.card_problems.now(admin, seats, plan), request.app.now()
    payment = payment_note(seats, plan, problem, now)
    declined = None if payment is not None and payment.failed else declined_now(rejected, plan, now)
    if payment is None and request.query("fix") == "card":
        payment = requested_payment(plan, now)
    return request.page(
        "billing.html",
        principal=admin,
        position=position,
        status=200 if alert is None else alert.status,
        seats=seats,
        steppers=steppers(seats, plan, chosen, {} if preview is None else preview.typed),
        plan=plan,
        most_seats=MOST_SEATS_REQUESTED,
        other_cycle=BillingCycle.MONTHLY if plan.cycle is BillingCycle.ANNUAL else BillingCycle.ANNUAL,
        charts=charts(days),
        reduction=await request.app.reductions.scheduled(admin),
        outlook=await outlook(request.app.reading, admin.agency.id),
        following=following(plan, plan.total, plan.balance or 0),
        invoices=invoices.items,
        reasons=await request.app.reading.invoice_reasons(admin.agency.id, invoices.items),
        more_invoices=invoices.next_cursor is not None,
        awaited=await request.app.stripe_pages.awaited_payment(admin),
        payment=payment,
        alert=alert,
        declined=declined,
        card_on_file=None if payment is not None or declined is not None else card_on_file(plan, now),
        alert_at=at,
        preview=preview,
        notice=notice,
        panel=await panel_of(request, admin, seats) if notice is not None and not notice.running else None,
    )


def _counts_of_address(request: PageRequest, seats: SeatsView) -> Quantities:
    """The counts with which a link begins: `add=voice`, or `base` and `voice`."""
    counts = purchased(seats)
    if (more := request.query("add")) in set(SeatType):
        counts = counts.plus(SeatType(more))
    base, voice = (count_of(request.query(seat_type.value)) for seat_type in SeatType)
    return Quantities(counts.base if base is None else base, counts.voice if voice is None else voice)


async def preview(request: PageRequest) -> Response:
    """The price of the counts under the steppers, or why they are not possible; a session's newest preview counts."""
    admin = await request.admin()
    seats = await request.app.seats(admin)
    try:
        shown = await _preview(request, admin, seats, await request.form())
    except RejectedError as rejected:
        if rejected.code == RejectionCode.SUPERSEDED:
            # Another request of the same person has begun, and the page shows its answer.
            return Response(status_code=204)
        raise
    if request.by_script:
        plan = await request.app.reading.plan(admin.agency.id)
        return request.page("preview.html", principal=admin, preview=shown, seats=seats, plan=plan)
    return await page(request, admin, preview=shown)


async def _preview(request: PageRequest, admin: Principal, seats: SeatsView, fields: Mapping[str, str]) -> Preview:
    base, voice = (count_of(fields.get(seat_type.value)) for seat_type in SeatType)
    have = purchased(seats)
    if base is None or voice is None:
        typed = {kind.value: fields.get(kind.value, "") for kind in SeatType}
        return Preview(have, no_price=messages.NO_NUMBER, typed=typed)
    counts = Quantities(base, voice)
    if counts == have:
        return Preview(counts)
    may_wait = all(counts.of(seat_type) <= purchased for seat_type, purchased in have)
    few = too_few_seats(counts, have, Quantities(seats.base.active, seats.voice.active))
    if few is None:
        price, no_price = await price_of_counts(request, admin, counts)
        return Preview(counts, price, no_price, may_wait=may_wait)
    sentence = messages.message(RejectionCode.BELOW_ACTIVE, few.rejection.as_json()).sentence
    if few.increase is None:
        return Preview(counts, too_few=sentence, may_wait=may_wait)
    increase, no_price = await price_of_counts(request, admin, few.increase)
    return Preview(counts, too_few=sentence, increase=increase, no_price=no_price)


def counts_of(fields: Mapping[str, str]) -> dict[str, int | None]:
    """The counts that a form saves; those of the first step, where only it is possible."""
    return {kind.value: count_of(fields.get(f"only_{kind}") or fields.get(kind.value)) for kind in SeatType}


async def save(request: PageRequest) -> Response:
    """Save these counts, at the price that was shown; a dialog asks once more when many are added."""
    admin = await request.admin()
    fields = await request.form()
    try:
        form = forms.parse(AdjustIn, {**counts_of(fields), "quote_id": fields.get("quote_id")})
    except RejectedError as invalid:
        shown = await _preview(request, admin, await request.app.seats(admin), fields)
        return await page(request, admin, rejected=invalid, preview=shown)
    after, sure, pay_owed = Seats(base=form.base, voice=form.voice), "sure" in fields, "pay_owed" in fields
    try:
        with forms.outages_raised():
            operation = await request.app.money.adjust(
                admin, after, form.quote_id, await request.key(), confirmed=sure, pay_owed=pay_owed
            )
    except RejectedError as rejected:
        if rejected.code != CONFIRMATION_REQUIRED:
            return await page(request, admin, rejected=rejected, preview=Preview(after.quantities()))
        return request.dialog(
            "many_seats.html",
            principal=admin,
            position=await request.app.position(admin),
            after=after.quantities(),
            quote_id=form.quote_id,
            added=rejected.figures["added"],
            seats=await request.app.seats(admin),
            today=fields.get("today", ""),
            pay_owed=pay_owed,
        )
    return request.redirect(f"{BILLING}?saved={operation.id}")


async def after_write(
    request: PageRequest, admin: Principal, write: Callable[[], Awaitable[Operation]], *, at: str
) -> Response:
    """Back to the tab after a write, so that a reload does not send it again; a rejection is shown beside the form."""
    try:
        with forms.outages_raised():
            operation = await write()
    except RejectedError as rejected:
        return await page(request, admin, rejected=rejected, at=at)
    return request.redirect(f"{BILLING}?saved={operation.id}")


async def cycle_dialog(request: PageRequest) -> Response:
    """Show what the other cycle would charge or credit today, and ask; nothing happens yet."""
    admin = await request.admin()
    fields = await request.form()
    try:
        form = forms.parse(CycleQuoteIn, {"cycle": fields.get("cycle")})
        with forms.outages_raised():
            operation = await request.app.money.quote_cycle(admin, request.caller, form.cycle, await request.key())
        price, no_price = price_of(operation)
    except RejectedError as rejected:
        return await page(request, admin, rejected=rejected, at="cycle")
    return request.dialog(
        "cycle.html",
        principal=admin,
        position=await request.app.position(admin),
        plan=await request.app.reading.plan(admin.agency.id),
        cycle=form.cycle,
        price=price,
        no_price=no_price,
    )


async def switch_cycle(request: PageRequest) -> Response:
    """Switch to the other cycle, at the price that was shown."""
    admin = await request.admin()
    fields = await request.form()
    try:
        form = forms.parse(CycleIn, {"cycle": fields.get("cycle"), "quote_id": fields.get("quote_id")})
    except RejectedError as invalid:
        return await page(request, admin, rejected=invalid, at="cycle")

    async def write() -> Operation:
        return await request.app.money.switch_cycle(admin, form.cycle, form.quote_id, await request.key())

    return await after_write(request, admin, write, at="cycle")


async def retry(request: PageRequest) -> Response:
    """After the card is fixed: let Auto-Add buy again, at once for those Blocked for payment."""
    admin = await request.admin()

    async def write() -> Operation:
        return await request.app.money.retry(admin, await request.key())

    return await after_write(request, admin, write, at="retry")


async def cancel_change(request: PageRequest) -> Response:
    """Cancel the change that waits for its payment."""
    admin = await request.admin()

    async def write() -> Operation:
        return await request.app.money.cancel_change(admin, await request.key())

    return await after_write(request, admin, write, at="cancel")


ROUTES = Routes(
    get={BILLING: show},
    post={
        f"{BILLING}/preview": preview,
        f"{BILLING}/adjust": save,
        f"{BILLING}/cycle/ask": cycle_dialog,
        f"{BILLING}/cycle": switch_cycle,
        f"{BILLING}/cancel-change": cancel_change,
        f"{BILLING}/retry": retry,
    },
)
