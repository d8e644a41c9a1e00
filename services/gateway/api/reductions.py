"""A reduction that waits for the renewal."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.message import Seats
from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.reductions import reduction_out
from services.gateway.api.request import App, BillingAdmin, Key, ReadingAdmin, accepted, written
from services.gateway.api.schemas.reductions import ReductionOut
from services.gateway.api.schemas.seats import SeatPair
from services.gateway.domain.idempotency import OperationState

router = APIRouter(tags=["Seats"])

_CHANGE = (
    RejectionCode.BAA_UNSIGNED,
    RejectionCode.NOTHING_TO_CHANGE,
    RejectionCode.PURCHASE_UNDER_WAY,
    RejectionCode.BILLING_UNAVAILABLE,
)


@router.get(
    "/seats/reduction",
    response_model=ReductionOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_reduction(app: App, admin: ReadingAdmin) -> Response:
    """Read the reduction that waits for the renewal."""
    return written(reduction_out(await app.reductions.scheduled(admin)))


@router.put(
    "/seats/reduction",
    response_model=ReductionOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.NOT_A_REDUCTION, RejectionCode.PAST_DUE, *_CHANGE, *WRITE_AS_ADMIN),
)
async def schedule_reduction(body: SeatPair, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Reduce the seats to these counts at the renewal: nothing is credited, and the renewal bills fewer seats.

    It replaces what was scheduled before. A count that is as high as now is not reduced. The reduction is made in the
    hour before the renewal, and never goes below Active: if more are Active then, less is reduced. Admins get an email
    about that seven days before and when it is made. A renewal that moves moves it.
    """
    operation = await app.reductions.schedule(admin, Seats(base=body.base, voice=body.voice), key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(reduction_out(await app.reductions.scheduled(admin)))


@router.delete(
    "/seats/reduction",
    response_model=ReductionOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(*_CHANGE, *WRITE_AS_ADMIN),
)
async def take_back_reduction(app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Take the scheduled reduction back: the renewal bills the seats as they are."""
    operation = await app.reductions.take_back(admin, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(reduction_out(await app.reductions.scheduled(admin)))
