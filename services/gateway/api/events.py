"""Server-Sent Events: what changes, as it changes, resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, assert_never

import orjson
from fastapi import APIRouter, Header
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import SESSION, problems
from services.gateway.api.presenters import members as members_presenter
from services.gateway.api.presenters import reading as reading_presenter
from services.gateway.api.request import App, CallerOf, Person
from services.gateway.application.feed import (
    ActivityChanged,
    AgencyChanged,
    BillingChanged,
    Feed,
    LoggedEvent,
    MemberChanged,
    Quiet,
    SeatsChanged,
    StartOver,
)
from services.gateway.application.ports import Caller

router = APIRouter(tags=["Live"])

_EVENTS = """event: hello
id: 41
data: {"missed":false}

event: member
id: 42
data: {"id":"0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10","status":"active"}

"""


@router.get(
    "/events",
    openapi_extra={"security": SESSION},
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`hello` (load the page anew when `missed`), then `member`, `seats`, `billing` (also when an"
            " invoice is new or changed) and `agency`, each with what it now is, and `activity` with the id of the"
            " `newest` line. An admin hears the agency, a clinician only the own row.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EVENTS}},
        },
        **problems(RejectionCode.NOT_SIGNED_IN, RejectionCode.INVALID_REQUEST),
    },
)
async def events(
    app: App,
    caller: CallerOf,
    _who: Person,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
) -> Response:
    """Hear what changes from now on, or after `Last-Event-ID`. Ends when the session does."""
    return StreamingResponse(
        _stream(app.feed, caller, last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(feed: Feed, caller: Caller, after: int | None) -> AsyncIterator[bytes]:
    async for told in feed.listen(caller, after):
        yield _event(told)


def _event(told: LoggedEvent) -> bytes:  # noqa: PLR0911  one event for each kind of news
    match told.what:
        case MemberChanged(member):
            return _lines("member", members_presenter.row(member), told.position)
        case SeatsChanged(seats):
            return _lines("seats", members_presenter.seats(seats), told.position)
        case ActivityChanged(newest):
            return _lines("activity", {"newest": str(newest)}, told.position)
        case BillingChanged(plan):
            return _lines("billing", reading_presenter.plan(plan), told.position)
        case AgencyChanged(who):
            return _lines("agency", members_presenter.me(who).agency, told.position)
        case StartOver(missed):
            return _lines("hello", {"missed": missed}, told.position)
        case Quiet():
            return b": still here\n\n"
        case never:
            assert_never(never)


def _lines(name: str, data: BaseModel | dict[str, bool | str], position: int | None) -> bytes:
    body = data.model_dump_json(by_alias=True).encode() if isinstance(data, BaseModel) else orjson.dumps(data)
    resume = b"" if position is None else b"id: %d\n" % position
    return b"event: " + name.encode() + b"\n" + resume + b"data: " + body + b"\n\n"
