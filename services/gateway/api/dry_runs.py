"""A dry run of first logins: what would happen, what it would cost, and nothing changes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import SESSION, WRITE_AS_ADMIN, problems
from services.gateway.api.presenters.dry_runs import dry_run_out
from services.gateway.api.request import App, BillingAdmin, CallerOf, written
from services.gateway.api.schemas.dry_runs import DryRunIn, DryRunOut
from services.gateway.application.dry_runs import Person

router = APIRouter(tags=["Seats"])


@router.post(
    "/seats/dry-runs",
    response_model=DryRunOut,
    openapi_extra={"security": SESSION},
    responses=problems(RejectionCode.INVALID_REQUEST, *WRITE_AS_ADMIN),
)
async def dry_run(body: DryRunIn, app: App, admin: BillingAdmin, caller: CallerOf) -> Response:
    """Say what would happen if these people logged in now: who gets a seat, what is bought, and the charge to the cent.

    The same rules decide as at the first login itself, and Stripe's own preview is the price. Nothing changes.
    """
    if body.pending:
        return written(dry_run_out(await app.dry_runs.of_pending(admin, caller)))
    people = [Person(person.email, person.seat_type) for person in body.people]
    return written(dry_run_out(await app.dry_runs.of_people(admin, caller, people)))
