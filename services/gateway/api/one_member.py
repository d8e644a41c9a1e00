"""One member of the agency, for an admin: as the member stands, where the member is signed in, and ending that."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, problems
from services.gateway.api.presenters.members import member_row
from services.gateway.api.presenters.sessions import sessions_out
from services.gateway.api.request import App, MembersAdmin, ReadingAdmin, written
from services.gateway.api.schemas.members import MemberRow
from services.gateway.api.schemas.sessions import SessionsOut

router = APIRouter(tags=["Members"])
_OF_ONE = problems(RejectionCode.UNKNOWN_MEMBER, RejectionCode.INVALID_REQUEST, *READ_AS_ADMIN)


@router.get("/members/{member_id}", response_model=MemberRow, openapi_extra={"security": SESSION}, responses=_OF_ONE)
async def read_member(member_id: UUID, app: App, admin: ReadingAdmin) -> Response:
    """Read one member in any status, also Removed. `GET /activity?member=` has what happened to the member."""
    return written(member_row(await app.directory.one(admin, member_id)))


@router.get(
    "/members/{member_id}/sessions",
    response_model=SessionsOut,
    openapi_extra={"security": SESSION},
    responses=_OF_ONE,
)
async def list_member_sessions(member_id: UUID, app: App, admin: MembersAdmin) -> Response:
    """List where a member is signed in: the device, the network of the sign-in, and when each was last seen."""
    member = await app.directory.one(admin, member_id)
    return written(sessions_out(await app.sessions.of_another(admin, member)))


@router.delete(
    "/members/{member_id}/sessions",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses=problems(
        RejectionCode.UNKNOWN_MEMBER, RejectionCode.INVALID_REQUEST, RejectionCode.BAD_ORIGIN, *READ_AS_ADMIN
    ),
)
async def end_member_sessions(member_id: UUID, app: App, admin: MembersAdmin) -> Response:
    """Sign a member out everywhere, at once: open pages and tokens too. The session that makes the request stays.

    The member may sign in again with a new code; API keys go on working. To keep somebody out, remove them.
    """
    await app.sessions.end_of_another(admin, await app.directory.one(admin, member_id))
    return Response(status_code=204)
