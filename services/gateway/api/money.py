"""Quotes and the changes made at their price: seats and the cycle; and another try after a declined card."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.members import LetIn
from contracts.message import Seats
from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import SESSION, WRITE_AS_ADMIN, write_responses
from services.gateway.api.presenters.awaited_payments import payment_out
from services.gateway.api.presenters.billing import adjusted_out, canceled_out, cycle_out, quote_out, retried_out
from services.gateway.api.presenters.letting_in import let_in_result
from services.gateway.api.request import App, BillingAdmin, CallerOf, Key, accepted, written
from services.gateway.api.schemas.billing import (
    AdjustedOut,
    AdjustIn,
    CanceledOut,
    CycleIn,
    CycleOut,
    CycleQuoteIn,
    QuoteOut,
    RetriedOut,
)
from services.gateway.api.schemas.letting_in import LetInIn, LetInOut
from services.gateway.api.schemas.seats import SeatPair
from services.gateway.application.gateway import Gateway
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED, FRESH_CODE_REQUIRED
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation

router = APIRouter()

_QUOTE = (
    RejectionCode.NOTHING_TO_CHANGE,
    RejectionCode.SUPERSEDED,
    RejectionCode.PAYMENT_PENDING,
    RejectionCode.BILLING_UNAVAILABLE,
    RejectionCode.CUSTOM_PRICE,
    *WRITE_AS_ADMIN,
)
_CHANGE = (
    FRESH_CODE_REQUIRED,
    RejectionCode.PAYMENT_DECLINED,
    RejectionCode.PAYMENT_ACTION_REQUIRED,
    RejectionCode.PAST_DUE,
    RejectionCode.BAA_UNSIGNED,
    RejectionCode.PURCHASE_UNDER_WAY,
    RejectionCode.PAYMENT_PENDING,
    RejectionCode.QUOTE_STALE,
    RejectionCode.QUOTE_EXPIRED,
    RejectionCode.NOTHING_TO_CHANGE,
    RejectionCode.INVOICE_LIMIT,
    RejectionCode.BILLING_UNAVAILABLE,
    *WRITE_AS_ADMIN,
)


@router.post(
    "/seats/quotes",
    tags=["Seats"],
    status_code=201,
    response_model=QuoteOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(*_QUOTE),
)
async def quote_seats(body: SeatPair, app: App, admin: BillingAdmin, caller: CallerOf, key: Key = None) -> Response:
    """Quote these seat counts: Stripe's own preview, good for 10 minutes.

    Quote as often as the numbers move: a session's newest quote counts, and an older one not begun is `superseded`.
    """
    operation = await app.money.quote_seats(admin, caller, Seats(base=body.base, voice=body.voice), key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(quote_out(operation), 201)


@router.put(
    "/seats",
    tags=["Seats"],
    response_model=AdjustedOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BELOW_ACTIVE, RejectionCode.CHANGE_UNDONE, CONFIRMATION_REQUIRED, *_CHANGE),
)
async def adjust_seats(body: AdjustIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Have these seat counts, at the price of a quote: adds are billed now, removals credited, on one invoice.

    A rejected change leaves nothing half done: the charge is to the cent as the quote says, or there is none. More than
    10 added seats need `confirm`, and a large change (`/settings/step-up`) in a session a fresh code. If the bank wants
    the payment confirmed, or the subscription is on account, the answer is 202 with the `payment` that the change waits
    for: the seats come once it is paid. While the agency owes an invoice the change is `past_due`; with `payOwed` the
    card pays what is owed first.
    """
    after = Seats(base=body.base, voice=body.voice)
    operation = await app.money.adjust(admin, after, body.quote_id, key, confirmed=body.confirm, pay_owed=body.pay_owed)
    if operation.state is OperationState.RUNNING:
        return await _accepted(app, admin, operation)
    return written(adjusted_out(operation, await app.seats(admin)))


@router.post(
    "/members/let-in",
    tags=["Members"],
    response_model=LetInOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BELOW_ACTIVE, RejectionCode.CHANGE_UNDONE, CONFIRMATION_REQUIRED, *_CHANGE),
)
async def let_in(body: LetInIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Buy seats for Blocked members and let them in: one change of the seat counts, which all of them get a seat by.

    The counts have a seat for each Active member, each first login in line and each of these members, and `quoteId` is
    a quote of them. A rejected change lets nobody in and charges nothing. It is `quote_stale` also when one of them is
    not Blocked any more, or when the counts leave one of them without a seat. They get no other link: a login has
    proven their addresses already. All else is as for `PUT /seats`.
    """
    after = Seats(base=body.base, voice=body.voice)
    change = LetIn(member_ids=tuple(body.ids), after=after, quote_id=body.quote_id, pay_owed=body.pay_owed)
    operation = await app.money.let_in(admin, change, key, confirmed=body.confirm)
    if operation.state is OperationState.RUNNING:
        return await _accepted(app, admin, operation)
    return written(let_in_result(operation))


async def _accepted(app: Gateway, admin: Principal, operation: Operation) -> Response:
    """The answer to a change that goes on, with the payment that it waits for, if it waits for one."""
    waiting = await app.stripe_pages.awaited_payment(admin) if operation.awaits_payment else None
    return accepted(operation.id, payment_out(waiting))


@router.post(
    "/billing/cycle-quotes",
    tags=["Billing"],
    status_code=201,
    response_model=QuoteOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(*_QUOTE),
)
async def quote_cycle(body: CycleQuoteIn, app: App, admin: BillingAdmin, caller: CallerOf, key: Key = None) -> Response:
    """Quote the other cycle: the charge or credit of today, and the new total. Good for ten minutes."""
    operation = await app.money.quote_cycle(admin, caller, body.cycle, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(quote_out(operation), 201)


@router.put(
    "/billing/cycle",
    tags=["Billing"],
    response_model=CycleOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.CHANGE_UNDONE, *_CHANGE),
)
async def switch_cycle(body: CycleIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Pay monthly or annually from now on, at the price of a quote, which it meets to within its `mayDiffer`.

    If the bank wants the payment confirmed, or the subscription is on account, the answer is 202 with the `payment`
    that the switch waits for.
    """
    operation = await app.money.switch_cycle(admin, body.cycle, body.quote_id, key)
    if operation.state is OperationState.RUNNING:
        return await _accepted(app, admin, operation)
    return written(cycle_out(operation))


@router.post(
    "/billing/cancel-change",
    tags=["Billing"],
    response_model=CanceledOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.NOTHING_AWAITED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.PURCHASE_UNDER_WAY,
        RejectionCode.BILLING_UNAVAILABLE,
        *WRITE_AS_ADMIN,
    ),
)
async def cancel_change(app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Cancel the change that waits for its payment: its invoice is void, and the plan is as before the change.

    The change itself ends with `change_undone`. If it was paid in the meantime, the call is `nothing_awaited`.
    """
    operation = await app.money.cancel_change(admin, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(canceled_out(operation))


@router.post(
    "/billing/retry",
    tags=["Billing"],
    response_model=RetriedOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.PAYMENT_DECLINED,
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        RejectionCode.PAST_DUE,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NOTHING_TO_CHANGE,
        RejectionCode.BILLING_UNAVAILABLE,
        *WRITE_AS_ADMIN,
    ),
)
async def retry_payment(app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """After the card is fixed: what is unpaid is charged, and Auto-Add buys at once for those Blocked for payment.

    While the card does not pay the unpaid invoices, the call is rejected and the pause goes on.
    """
    operation = await app.money.retry(admin, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(retried_out(operation, await app.seats(admin)))
