"""The activity log: each change, the person behind it, and its invoice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator
from starlette.responses import Response, StreamingResponse

from contracts.vocabulary import Actor, ActorKind, RejectionCode
from contracts.vocabulary import member as member_actor
from services.gateway.api.csv_export import Rows, described, sheet
from services.gateway.api.cursors import NEXT_CURSOR
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, problems
from services.gateway.api.presenters.activity import ACTIVITY_HEADER, activity_cells, activity_out
from services.gateway.api.request import App, ReadingAdmin, written
from services.gateway.api.schemas.activity import ActivityOut
from services.gateway.api.schemas.base import EXAMPLE_ID
from services.gateway.application.reading import Reading
from services.gateway.model.activity import ActivityFilter, Kind

router = APIRouter(tags=["Activity"])
_LAST_CURSOR = 2**63 - 1
_ACTOR = r"^(auto_add|stripe|operator|anyone|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"


def _checked(text: str | None) -> str | None:
    if text is not None:
        _actor_of(text)
    return text


def _actor_of(text: str) -> Actor:
    if text in {ActorKind.AUTO_ADD, ActorKind.STRIPE, ActorKind.OPERATOR, ActorKind.ANYONE}:
        return Actor(ActorKind(text))
    if re.fullmatch(_ACTOR, text) is None:
        raise ValueError("must be a member's id, or auto_add, stripe, operator or anyone")
    return member_actor(UUID(text))


OfKind = Annotated[Kind | None, Query(description="Only these. `money` are all that cost something, purchases too.")]
ByActor = Annotated[
    str | None,
    Query(
        description="A member's id, or `auto_add`, `stripe`, `operator`, `anyone`.",
        examples=["auto_add"],
        json_schema_extra={"pattern": _ACTOR},
    ),
    AfterValidator(_checked),
]

AboutMember = Annotated[
    UUID | None, Query(alias="member", description="Only what happened to this member.", examples=[EXAMPLE_ID])
]


@router.get(
    "/activity",
    response_model=ActivityOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
)
async def read_activity(
    app: App,
    admin: ReadingAdmin,
    kind: OfKind = None,
    actor: ByActor = None,
    member: AboutMember = None,
    cursor: Annotated[int | None, Query(ge=1, le=_LAST_CURSOR, description=NEXT_CURSOR)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Each change of a member, a seat, a setting or money, newest first. A cursor stays good while new lines come."""
    shown = _filter(kind, actor, member)
    return written(activity_out(await app.reading.activity(admin.agency.id, shown, cursor, limit)))


@router.get(
    "/activity.csv",
    openapi_extra={"security": SESSION},
    response_class=StreamingResponse,
    responses={
        **described(ACTIVITY_HEADER),
        **problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
    },
)
async def export_activity(
    app: App, admin: ReadingAdmin, kind: OfKind = None, actor: ByActor = None, member: AboutMember = None
) -> Response:
    """Download the whole log as a spreadsheet."""
    rows = _rows(app.reading, admin.agency.id, _filter(kind, actor, member))
    return await sheet("activity", ACTIVITY_HEADER, rows)


async def _rows(reading: Reading, agency_id: UUID, lines: ActivityFilter) -> AsyncIterator[Rows]:
    async for entries in reading.whole_activity(agency_id, lines):
        yield activity_cells(entries)


def _filter(kind: Kind | None, actor: str | None, member: UUID | None) -> ActivityFilter:
    return ActivityFilter(kind, None if actor is None else _actor_of(actor), member)
