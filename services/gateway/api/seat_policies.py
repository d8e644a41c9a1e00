"""The policies of the seat types, and the line of Blocked members that moves by itself."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.seat_policies import policies_in_use_out, policies_out
from services.gateway.api.request import Admin, App, BillingAdmin, Key, ReadingAdmin, accepted, written
from services.gateway.api.schemas.seat_policies import (
    MovingLineIn,
    MovingLineOut,
    SeatPoliciesIn,
    SeatPoliciesInUseOut,
    SeatPoliciesOut,
)
from services.gateway.domain.idempotency import OperationState

router = APIRouter(tags=["Seats"])


@router.get(
    "/settings/seat-policies",
    response_model=SeatPoliciesInUseOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_seat_policies(app: App, admin: ReadingAdmin) -> Response:
    """Read what a first login to each seat type does, and what became of last month's first logins."""
    return written(policies_in_use_out(*await app.seat_policies.in_use(admin)))


@router.put(
    "/settings/seat-policies",
    response_model=SeatPoliciesOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN),
)
async def set_seat_policies(body: SeatPoliciesIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Set what a first login to each seat type does. Auto-Add is ON exactly if one of them is `buy`.

    With `approve_each`, a first login is Blocked with `awaiting_approval`, also when a seat is free. `PUT
    /settings/auto-add` sets both types: ON to `buy`; OFF to `ask`, except a type with `approve_each`, which keeps it.
    """
    operation = await app.seat_policies.set(admin, body.base, body.voice, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(policies_out(body.base, body.voice))


@router.get(
    "/settings/moving-line",
    response_model=MovingLineOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_moving_line(admin: ReadingAdmin) -> Response:
    """Read whether free seats go to Blocked members by themselves."""
    return written(MovingLineOut(enabled=admin.agency.moving_line))


@router.put(
    "/settings/moving-line",
    response_model=MovingLineOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN),
)
async def set_moving_line(body: MovingLineIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Let the line of Blocked members move by itself, or not.

    When a seat of a type is free, the member who has been Blocked longest for want of one is Active. Nothing is bought
    for it. Members with `awaiting_approval` or `request_declined` wait for an admin.
    """
    operation = await app.seat_policies.set_moving_line(admin, key, enabled=body.enabled)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(MovingLineOut(enabled=body.enabled))
