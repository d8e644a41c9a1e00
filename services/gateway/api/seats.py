"""The agency's seats, Auto-Add, and the auto-join domain."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.cards import card_problem_out
from services.gateway.api.presenters.seats import auto_add_out, seats_out
from services.gateway.api.request import Admin, App, BillingAdmin, Key, ReadingAdmin, accepted, written
from services.gateway.api.schemas.seats import (
    AutoAddIn,
    AutoAddOut,
    DomainIn,
    DomainOut,
    NameIn,
    NameOut,
    SeatsOut,
    StepUpIn,
    StepUpOut,
)
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.large_change import Size

router = APIRouter(tags=["Seats"])


@router.get("/seats", response_model=SeatsOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN))
async def read_seats(app: App, admin: ReadingAdmin) -> Response:
    """Read the seats: purchased, held, free, being bought and waited for; Auto-Add; and what is to be paid."""
    seats, plan = await app.seats(admin), await app.reading.plan(admin.agency.id)
    problem = card_problem_out(await app.card_problems.now(admin, seats, plan), seats, plan)
    return written(seats_out(seats, await app.stripe_pages.awaited_payment(admin), problem))


@router.put(
    "/settings/domain",
    response_model=DomainOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.DOMAIN_TAKEN,
        RejectionCode.PUBLIC_DOMAIN,
        RejectionCode.DOMAIN_NOT_PROVEN,
        *WRITE_AS_ADMIN,
    ),
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
    "/settings/name",
    response_model=NameOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN),
)
async def rename(body: NameIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Give the agency another name. Pages and mails show it at once; a signed BAA keeps the name it was signed for."""
    operation = await app.rename(admin, body.name, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(NameOut(name=body.name))


@router.get(
    "/settings/step-up",
    response_model=StepUpOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN),
)
async def read_step_up(admin: ReadingAdmin) -> Response:
    """Read the size above which a change of money needs a fresh code in a session."""
    return written(StepUpOut.model_validate(admin.agency.step_up))


@router.put(
    "/settings/step-up",
    response_model=StepUpOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, FRESH_CODE_REQUIRED, *WRITE_AS_ADMIN),
)
async def set_step_up(body: StepUpIn, app: App, admin: Admin, key: Key = None) -> Response:
    """Set that size: seats that a change adds, and cents that it charges today. A larger one needs a fresh code."""
    operation = await app.set_step_up(admin, Size(body.seats, body.amount), key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(StepUpOut(seats=body.seats, amount=body.amount))


@router.put(
    "/settings/auto-add",
    response_model=AutoAddOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(RejectionCode.BAA_UNSIGNED, *WRITE_AS_ADMIN),
)
async def set_auto_add(body: AutoAddIn, app: App, admin: BillingAdmin, key: Key = None) -> Response:
    """Switch Auto-Add Seats ON or OFF. ON needs a signed BAA; OFF is never rejected."""
    operation = await app.set_auto_add(admin, key, enabled=body.enabled)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(auto_add_out(await app.seats(admin), enabled=body.enabled))
