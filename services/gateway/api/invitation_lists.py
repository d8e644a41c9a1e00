"""Lists of invitations: up to 500 people by one request, with a result for each."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems
from services.gateway.api.presenters.invitation_lists import list_out
from services.gateway.api.request import API, App, Key, MembersAdmin, written
from services.gateway.api.schemas.invitation_lists import InvitationListOut, InviteManyIn
from services.gateway.application.gateway import Gateway
from services.gateway.application.invitations import Invitee
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED, NOT_FOUND
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError

router = APIRouter(tags=["Members"])


@router.post(
    "/members/invitations",
    status_code=201,
    response_model=InvitationListOut,
    openapi_extra={"security": SESSION},
    responses=problems(FRESH_CODE_REQUIRED, RejectionCode.INVALID_REQUEST, *WRITE_AS_ADMIN),
)
async def invite_many(body: InviteManyIn, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Invite up to 500 people; each has an own result, and no rejection stops the others.

    The answer is the list as it stands after five seconds at most. The rest is sent behind the request, also after a
    restart or an outage of ours: `GET /members/invitations/{id}` says how far it is. Nothing is bought: without a free
    seat a person is refused with `no_seat_available`. A repeated key answers with the same list.
    """
    people = [Invitee(person.email, person.name, person.seat_type, person.role) for person in body.people]
    list_id = await app.inviting_many.send(admin, people, key or uuid4().hex)
    response = written(await _list(app, admin, list_id), 201)
    response.headers["Location"] = f"{API}/members/invitations/{list_id}"
    return response


@router.get(
    "/members/invitations/{list_id}",
    response_model=InvitationListOut,
    openapi_extra={"security": SESSION},
    responses=problems(NOT_FOUND, RejectionCode.INVALID_REQUEST, *READ_AS_ADMIN),
)
async def read_invitations(list_id: UUID, app: App, admin: MembersAdmin) -> Response:
    """Say how far a list of your own invitations is. A list is kept for seven days."""
    return written(await _list(app, admin, list_id))


async def _list(app: Gateway, admin: Principal, list_id: UUID) -> InvitationListOut:
    progress = await app.list_sending.progress(admin, list_id)
    if progress is None:
        raise RejectedError(NOT_FOUND)
    return list_out(progress)
