"""Server-Sent Events: what changes, as it changes, resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, assert_never
from uuid import UUID

import orjson
from fastapi import APIRouter, Header
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import OWN, problems
from services.gateway.api.presenters.billing import billing_out
from services.gateway.api.presenters.members import member_row
from services.gateway.api.presenters.seats import seats_out
from services.gateway.api.presenters.sign_in import me_out
from services.gateway.api.request import App, Listener
from services.gateway.application.feed import (
    ActivityChanged,
    AgencyChanged,
    BillingChanged,
    Feed,
    MemberChanged,
    Quiet,
    SeatsChanged,
    SignedOut,
    StartOver,
    StreamEvent,
)
from services.gateway.application.ports import Caller
from services.gateway.domain.gateway_codes import INSUFFICIENT_SCOPE, TOO_MANY_STREAMS

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
    openapi_extra={"security": OWN},
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`hello` (load the page anew when `missed`), then `member`, `seats`, `billing` (also when an"
            " invoice is new or changed) and `agency`, each with what it now is, and `activity` with the id of the"
            " `newest` line; `signed_out` is the last. An admin gets the events of the agency, a clinician"
            " only those of the own row.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EVENTS}},
        },
        **problems(RejectionCode.NOT_SIGNED_IN, INSUFFICIENT_SCOPE, RejectionCode.INVALID_REQUEST, TOO_MANY_STREAMS),
    },
)
async def events(
    app: App,
    listener: Listener,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
) -> Response:
    """Stream what changes from now on, or after `Last-Event-ID`.

    The stream ends with the session, after the event `signed_out`. An open stream keeps no session alive. With a bearer
    token it has the changes of the own row alone, an admin's too.
    """
    caller, principal = listener
    return _EventStream(app.feed, caller, principal.member.id, last_event_id)


class _EventStream(StreamingResponse):
    """The stream, which counts as open while it is sent."""

    def __init__(self, feed: Feed, caller: Caller, member_id: UUID, after: int | None) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_stream(feed, caller, after), headers=headers, media_type="text/event-stream")
        self._open = feed.stream(caller, member_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream, or the rejection when the caller has too many."""
        with self._open:
            await super().__call__(scope, receive, send)


async def _stream(feed: Feed, caller: Caller, after: int | None) -> AsyncIterator[bytes]:
    async for event in feed.listen(caller, after):
        yield _event(event)


def _event(event: StreamEvent) -> bytes:  # noqa: PLR0911  one event for each kind of change
    match event.payload:
        case MemberChanged(member):
            return _lines("member", member_row(member), event.position)
        case SeatsChanged(seats):
            return _lines("seats", seats_out(seats), event.position)
        case ActivityChanged(newest):
            return _lines("activity", {"newest": str(newest)}, event.position)
        case BillingChanged(plan):
            return _lines("billing", billing_out(plan), event.position)
        case AgencyChanged(principal):
            return _lines("agency", me_out(principal).agency, event.position)
        case StartOver(missed):
            return _lines("hello", {"missed": missed}, event.position)
        case SignedOut():
            return _lines("signed_out", {}, None)
        case Quiet():
            return b": still here\n\n"
        case never:
            assert_never(never)


def _lines(name: str, data: BaseModel | dict[str, bool | str], position: int | None) -> bytes:
    body = data.model_dump_json(by_alias=True).encode() if isinstance(data, BaseModel) else orjson.dumps(data)
    resume = b"" if position is None else b"id: %d\n" % position
    return b"event: " + name.encode() + b"\n" + resume + b"data: " + body + b"\n\n"
