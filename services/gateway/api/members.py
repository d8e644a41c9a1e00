"""The agency's members."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator
from starlette.responses import Response

from contracts.members import ChangeRole
from contracts.vocabulary import MemberStatus, Refusal
from services.gateway.api import answers
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, accepted_too, problems
from services.gateway.api.request import Admin, App, Key, accepted, written
from services.gateway.api.wire import MemberChangeIn, MemberRow, MembersOut
from services.gateway.domain.idempotency import OperationState

router = APIRouter(tags=["Members"])


def _searchable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a null character")
    return text


Search = Annotated[
    str | None,
    Query(max_length=200, description="Part of a name or an e-mail address.", examples=["noor"]),
    AfterValidator(lambda text: None if text is None else _searchable(text)),
]


@router.get(
    "/members",
    response_model=MembersOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN, Refusal.INVALID_REQUEST),
)
async def list_members(
    app: App,
    who: Admin,
    status: Annotated[MemberStatus | None, Query(description="Only these; the removed are listed only so.")] = None,
    q: Search = None,
    cursor: Annotated[str | None, Query(max_length=1000, description="`nextCursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The agency's members in pages, the Blocked first, then by name; with the whole agency's counts by status."""
    page = await app.members(who, status=status, q=q or None, cursor=cursor, limit=limit)
    return written(answers.members(page))


@router.patch(
    "/members/{member_id}",
    response_model=MemberRow,
    openapi_extra={"security": SESSION},
    responses={
        **accepted_too(),
        **problems(
            Refusal.UNKNOWN_MEMBER, Refusal.BAA_UNSIGNED, Refusal.LAST_ADMIN, Refusal.WRONG_STATUS, *WRITE_AS_ADMIN
        ),
    },
)
async def change_member(member_id: UUID, body: MemberChangeIn, app: App, who: Admin, key: Key = None) -> Response:
    """Make an Active member an admin, or a clinician again. At least one Active admin stays."""
    operation = await app.change_role(who, ChangeRole(member_id=member_id, role=body.role), key)
    changed = await app.member(who, member_id)
    if operation.state is OperationState.RUNNING or changed is None:
        return accepted(operation.id)
    return written(answers.row_with(changed, body.role))


@router.delete(
    "/members/{member_id}",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses={
        **accepted_too(),
        **problems(
            Refusal.UNKNOWN_MEMBER, Refusal.BAA_UNSIGNED, Refusal.LAST_ADMIN, Refusal.WRONG_STATUS, *WRITE_AS_ADMIN
        ),
    },
)
async def remove_member(member_id: UUID, app: App, who: Admin, key: Key = None) -> Response:
    """Remove a member in any status. The seat is free, the purchased count stays, and the person's sessions end."""
    operation = await app.remove(who, member_id, key)
    return accepted(operation.id) if operation.state is OperationState.RUNNING else Response(status_code=204)
