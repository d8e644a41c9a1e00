"""The limits of Auto-Add."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.auto_add_limits import limit_of, limits_in_use_out, limits_out
from services.gateway.api.request import App, BillingAdmin, Key, ReadingAdmin, accepted, written
from services.gateway.api.schemas.auto_add_limits import AutoAddLimitsIn, AutoAddLimitsInUseOut, AutoAddLimitsOut
from services.gateway.domain.auto_add_limits import Limits
from services.gateway.domain.idempotency import OperationState

router = APIRouter(tags=["Seats"])


@router.get(
    "/settings/auto-add/limits",
    response_model=AutoAddLimitsInUseOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_auto_add_limits(app: App, admin: ReadingAdmin) -> Response:
    """Read the limits of Auto-Add, what it bought this month and last month, and what they would have left out."""
    return written(limits_in_use_out(await app.auto_add_limits.in_use(admin), admin.agency.currency))


@router.put(
    "/settings/auto-add/limits",
    response_model=AutoAddLimitsOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN),
)
async def set_auto_add_limits(body: AutoAddLimitsIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Limit what Auto-Add buys, for both seat types at once. What an admin buys is not limited.

    At a limit the next first login that needs a new seat is Blocked with `auto_add_limit`. A purchase for many is cut
    to what the limit leaves, in order of arrival. A limit below what is used takes nothing away.
    """
    limits = Limits(limit_of(body.base), limit_of(body.voice))
    operation = await app.auto_add_limits.set(admin, limits, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(limits_out(limits))
