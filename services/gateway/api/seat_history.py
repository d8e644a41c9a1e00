"""The agency's seats by day, for a chart, and what lies ahead at that pace."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, problems
from services.gateway.api.presenters.outlook import outlook_out
from services.gateway.api.presenters.seats import seat_history_out
from services.gateway.api.request import App, ReadingAdmin, written
from services.gateway.api.schemas.outlook import OutlookOut
from services.gateway.api.schemas.seats import SeatHistoryOut
from services.gateway.application.looking_ahead import outlook

router = APIRouter(tags=["Seats"])


@router.get(
    "/seats/history",
    response_model=SeatHistoryOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
)
async def read_seat_history(
    app: App,
    admin: ReadingAdmin,
    days: Annotated[int, Query(ge=1, le=400, description="How many, today included.")] = 90,
) -> Response:
    """Purchased and Active by seat type, as each UTC day ended; today's so far. No day before the agency had seats."""
    return written(seat_history_out(await app.reading.seat_history(admin.agency.id, days)))


@router.get(
    "/seats/outlook",
    response_model=OutlookOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_outlook(app: App, admin: ReadingAdmin) -> Response:
    """Say when each seat type is full at the pace of the last 90 days, and what that costs: an estimate.

    The next invoice, the cost of the next twelve months, and a volume price that is near, with what reaching it saves.
    """
    return written(outlook_out(await outlook(app.reading, admin.agency.id)))
