"""All that the gateway has of an agency, as a ZIP of CSV and JSON: for its admins, and for the operator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from contracts.vocabulary import RejectionCode
from services.gateway.api.csv_export import Rows, lines_of
from services.gateway.api.openapi import OPERATOR, READ_AS_ADMIN, SESSION, problems
from services.gateway.api.presenters.activity import ACTIVITY_HEADER, activity_cells
from services.gateway.api.presenters.agencies import exported_agency
from services.gateway.api.presenters.billing import INVOICES_HEADER, invoice_cells
from services.gateway.api.presenters.members import MEMBERS_HEADER, member_cells
from services.gateway.api.request import App, ByOperator, ReadingAdmin
from services.gateway.api.zip_stream import Part, zipped
from services.gateway.application.gateway import Gateway
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.model.activity import ActivityFilter
from services.gateway.model.agency import Agency

router = APIRouter(tags=["Agencies"])
_ZIP = "application/zip"
_DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`agency.json`, and `members` (Removed ones too), `activity` and `invoices`, each as `.csv` and "
        "as `.json`. Times are in UTC, amounts decimals.",
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/agency/export.zip",
    openapi_extra={"security": SESSION},
    response_class=StreamingResponse,
    responses={**_DESCRIBED, **problems(*READ_AS_ADMIN)},
)
async def export_own_agency(app: App, admin: ReadingAdmin) -> Response:
    """Download all of the agency: people, activity log and invoices."""
    return _download(app, admin.agency)


@router.get(
    "/agencies/{agency_id}/export.zip",
    dependencies=[ByOperator],
    openapi_extra={"security": OPERATOR},
    response_class=StreamingResponse,
    responses={
        **_DESCRIBED,
        **problems(
            RejectionCode.NOT_SIGNED_IN, RejectionCode.TOO_MANY_ATTEMPTS, NOT_FOUND, RejectionCode.INVALID_REQUEST
        ),
    },
)
async def export_agency(agency_id: UUID, app: App) -> Response:
    """Download all of an agency, for the operator."""
    return _download(app, await app.directory.agency(agency_id))


def _download(app: Gateway, agency: Agency) -> Response:
    now = app.now()
    return StreamingResponse(
        zipped(_parts(app, agency), now),
        media_type=_ZIP,
        headers={"Content-Disposition": f'attachment; filename="agency-{now:%Y-%m-%d}.zip"'},
    )


def _parts(app: Gateway, agency: Agency) -> list[Part]:
    parts: list[Part] = [("agency.json", _once(exported_agency(agency, app.now())))]
    sheets: list[tuple[str, Sequence[str], Callable[[Gateway, UUID], AsyncIterator[Rows]]]] = [
        ("members", MEMBERS_HEADER, _members),
        ("activity", ACTIVITY_HEADER, _activity),
        ("invoices", INVOICES_HEADER, _invoices),
    ]
    for name, header, rows in sheets:
        parts += [
            (f"{name}.csv", lines_of(header, (), rows(app, agency.id))),
            (f"{name}.json", _objects(header, rows(app, agency.id))),
        ]
    return parts


async def _members(app: Gateway, agency_id: UUID) -> AsyncIterator[Rows]:
    async for members in app.directory.everybody(agency_id):
        yield member_cells(members)


async def _activity(app: Gateway, agency_id: UUID) -> AsyncIterator[Rows]:
    async for entries in app.reading.whole_activity(agency_id, ActivityFilter()):
        yield activity_cells(entries)


async def _invoices(app: Gateway, agency_id: UUID) -> AsyncIterator[Rows]:
    async for invoices in app.reading.all_invoices(agency_id):
        yield invoice_cells(invoices, await app.reading.invoice_reasons(agency_id, invoices))


async def _once(text: str) -> AsyncIterator[str]:
    yield text


async def _objects(header: Sequence[str], pages: AsyncIterator[Rows]) -> AsyncIterator[str]:
    """A JSON array, an object a line; an empty cell is null."""
    before = "["
    async for page in pages:
        for cells in page:
            row = {name: cell or None for name, cell in zip(header, cells, strict=True)}
            yield f"{before}\n{json.dumps(row, ensure_ascii=False)}"
            before = ","
    yield "[]\n" if before == "[" else "\n]\n"
