"""The use of seats: programs report it, and idle seats are read."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems
from services.gateway.api.presenters.usage import idle_out, usage_out
from services.gateway.api.request import Admin, App, Key, ReadingAdmin, UsageAdmin, written
from services.gateway.api.schemas.usage import IdleMailIn, IdleMailOut, IdleOut, UsageIn, UsageOut
from services.gateway.model.uses import ReportedUse

router = APIRouter(tags=["Seats"])


@router.post(
    "/usage",
    response_model=UsageOut,
    openapi_extra={"security": SESSION},
    responses=problems(RejectionCode.INVALID_REQUEST, *WRITE_AS_ADMIN),
)
async def report_usage(body: UsageIn, app: App, admin: UsageAdmin, key: Key = None) -> Response:
    """Report when members used their seats, with a key of the scope `usage`. It decides which seats are idle.

    Sessions of this site and of its extension count by themselves. A use counts once a day; one of the future is now.
    """
    uses = [ReportedUse(use.id, use.email, use.at) for use in body.members]
    return written(usage_out(await app.uses.report(admin, uses, key)))


@router.get(
    "/seats/idle", response_model=IdleOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN)
)
async def read_idle_seats(app: App, admin: ReadingAdmin) -> Response:
    """Read how many seats have holders who have not been seen for 30, 60 and 90 days, and what they cost a month."""
    plan = await app.reading.plan(admin.agency.id)
    return written(idle_out(await app.uses.idle(admin.agency.id, plan), plan.currency))


@router.get(
    "/settings/idle-mail",
    response_model=IdleMailOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_idle_mail(app: App, admin: ReadingAdmin) -> Response:
    """Read whether you get the monthly mail about idle seats."""
    return written(IdleMailOut(enabled=await app.idle_mails.is_wanted(admin)))


@router.put(
    "/settings/idle-mail",
    response_model=IdleMailOut,
    openapi_extra={"security": SESSION},
    responses=problems(RejectionCode.INVALID_REQUEST, *WRITE_AS_ADMIN),
)
async def set_idle_mail(body: IdleMailIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Switch your own monthly mail about idle seats on or off. The first one comes as the next month begins (UTC)."""
    await app.idle_mails.set(admin, enabled=body.enabled, key=key)
    return written(IdleMailOut(enabled=body.enabled))
