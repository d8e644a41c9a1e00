"""The agency's seats, Auto-Add, and the auto-join domain."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, accepted_too, problems
from services.gateway.api.presenters.seats import auto_add_out, seats_out
from services.gateway.api.request import Admin, App, Key, accepted, written
from services.gateway.api.schemas.seats import AutoAddIn, AutoAddOut, DomainIn, DomainOut, SeatsOut
from services.gateway.domain.idempotency import OperationState

router = APIRouter(tags=["Seats"])


@router.get("/seats", response_model=SeatsOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN))
async def read_seats(app: App, admin: Admin) -> Response:
    """Read the seats: purchased, held, free, being bought and waited for; and Auto-Add."""
    return written(seats_out(await app.seats(admin)))


@router.put(
    "/settings/domain",
    response_model=DomainOut,
    openapi_extra={"security": SESSION},
    responses={
        **accepted_too(),
        **problems(
            RejectionCode.BAA_UNSIGNED,
            RejectionCode.DOMAIN_TAKEN,
            RejectionCode.PUBLIC_DOMAIN,
            RejectionCode.DOMAIN_NOT_PROVEN,
            *WRITE_AS_ADMIN,
        ),
    },
)
async def set_domain(body: DomainIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Set the auto-join domain: one on which your own, proven address is, held by no other agency, and not public.

    People who signed up on the old domain go on as they were.
    """
    operation = await app.set_domain(admin, body.domain, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(DomainOut(domain=body.domain))


@router.put(
    "/settings/auto-add",
    response_model=AutoAddOut,
    openapi_extra={"security": SESSION},
    responses={**accepted_too(), **problems(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN)},
)
async def set_auto_add(body: AutoAddIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Switch Auto-Add Seats ON or OFF. ON needs a signed BAA; OFF is never rejected."""
    operation = await app.set_auto_add(admin, key, enabled=body.enabled)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(auto_add_out(await app.seats(admin), enabled=body.enabled))
