"""The agency's plan and its invoices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from contracts.vocabulary import RejectionCode
from services.gateway.api.csv_export import Rows, described, sheet
from services.gateway.api.cursors import Cursor, place_of
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, problems
from services.gateway.api.presenters.billing import INVOICES_HEADER, billing_out, invoice_cells, invoices_out
from services.gateway.api.request import App, ReadingAdmin, written
from services.gateway.api.schemas.billing import BillingOut, InvoicesOut
from services.gateway.application.reading import Reading

router = APIRouter(tags=["Billing"])


@router.get(
    "/billing", response_model=BillingOut, openapi_extra={"security": SESSION}, responses=problems(*READ_AS_ADMIN)
)
async def read_billing(app: App, admin: ReadingAdmin) -> Response:
    """Read the plan: cycle, total, what the total is made of, and whether it is paid."""
    return written(billing_out(await app.reading.plan(admin.agency.id)))


@router.get(
    "/billing/invoices",
    response_model=InvoicesOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
)
async def list_invoices(
    app: App,
    admin: ReadingAdmin,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List the agency's invoices, newest first, each with Stripe's page and file of it."""
    after = None if cursor is None else place_of(cursor)
    return written(invoices_out(await app.reading.invoices(admin.agency.id, after, limit)))


@router.get(
    "/billing/invoices.csv",
    openapi_extra={"security": SESSION},
    response_class=StreamingResponse,
    responses={**described(INVOICES_HEADER), **problems(*READ_AS_ADMIN)},
)
async def export_invoices(app: App, admin: ReadingAdmin) -> Response:
    """Download all invoices as a spreadsheet."""
    return await sheet("invoices", INVOICES_HEADER, _rows(app.reading, admin.agency.id))


async def _rows(reading: Reading, agency_id: UUID) -> AsyncIterator[Rows]:
    async for invoices in reading.all_invoices(agency_id):
        yield invoice_cells(invoices, await reading.invoice_reasons(agency_id, invoices))
