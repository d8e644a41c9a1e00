"""The agency's members."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator
from starlette.responses import Response, StreamingResponse

from contracts.members import ChangeRole
from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType
from services.gateway.api.csv_export import Rows, described, sheet
from services.gateway.api.cursors import Cursor
from services.gateway.api.openapi import READ_AS_ADMIN, SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.members import (
    MEMBERS_HEADER,
    changed_row,
    invited_row,
    member_cells,
    members_json,
    reinvited_out,
)
from services.gateway.api.request import JSON, App, Key, MembersAdmin, ReadingAdmin, accepted, done_or_accepted, written
from services.gateway.api.schemas.members import (
    InviteIn,
    MemberChangeIn,
    MemberRow,
    MembersOut,
    ReinvitedOut,
    ReinviteIn,
    ReinviteManyIn,
)
from services.gateway.application.invitations import Correction, Invitee, Terms
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.typed_words import SEARCH_MAX
from services.gateway.model.agency import Member
from services.gateway.model.member_list import MemberFilter, MemberSort

router = APIRouter(tags=["Members"])


def _searchable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a null character")
    return text


Search = Annotated[
    str | None,
    Query(
        max_length=SEARCH_MAX,
        description="Part of a name or an email address.",
        examples=["noor"],
        json_schema_extra={"pattern": r"^[^\x00]*$"},
    ),
    AfterValidator(lambda text: None if text is None else _searchable(text)),
]


def _shown(
    q: Search = None,
    status: Annotated[MemberStatus | None, Query(description="Only these; the removed are listed only so.")] = None,
    seat_type: Annotated[
        SeatType | None, Query(alias="seatType", description="The seat that they hold, or else picked.")
    ] = None,
    role: Annotated[Role | None, Query(description="Only members in this role.")] = None,
    sort: Annotated[MemberSort, Query(description="The order.")] = MemberSort.BLOCKED_FIRST,
) -> MemberFilter:
    return MemberFilter(status, q or None, seat_type, role, sort)


Shown = Annotated[MemberFilter, Depends(_shown)]


@router.get(
    "/members",
    response_model=MembersOut,
    openapi_extra={"security": SESSION},
    responses=problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
)
async def list_members(
    app: App,
    admin: ReadingAdmin,
    shown: Shown,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List the agency's members in pages, the Blocked first, then by name, unless `sort` names another order.

    A cursor is good for the same order only. `total` counts all members who match.
    """
    page = await app.directory.members(admin, shown, cursor=cursor, limit=limit)
    return Response(members_json(page), media_type=JSON)


@router.get(
    "/members.csv",
    openapi_extra={"security": SESSION},
    response_class=StreamingResponse,
    responses={
        **described(MEMBERS_HEADER, "in the requested order"),
        **problems(*READ_AS_ADMIN, RejectionCode.INVALID_REQUEST),
    },
)
async def export_members(app: App, admin: ReadingAdmin, shown: Shown) -> Response:
    """Download all members who match as a spreadsheet."""
    return await sheet("members", MEMBERS_HEADER, _rows(app.directory.all_members(admin, shown)))


async def _rows(pages: AsyncIterator[tuple[Member, ...]]) -> AsyncIterator[Rows]:
    async for members in pages:
        yield member_cells(members)


@router.post(
    "/members",
    status_code=201,
    response_model=MemberRow,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        FRESH_CODE_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.ALREADY_MEMBER,
        RejectionCode.TOO_MANY_ATTEMPTS,
        *WRITE_AS_ADMIN,
    ),
)
async def invite_member(body: InviteIn, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Invite somebody, in any mail domain, with a one-click link by mail. The invited hold no seat until they accept.

    Capacity is checked now: full is `no_seat_available`, Auto-Add or not, and nothing is sent. An admin is invited by a
    session with a fresh code, or by a key with the scope `admin`.
    """
    invitee = Invitee(body.email, body.name, body.seat_type, body.role)
    operation = await app.invitations.invite(admin, invitee, key)
    invited = await app.directory.subject(admin, operation)
    if invited is None:
        return accepted(operation.id)
    return written(
        invited_row(invited, email=body.email, name=body.name, seat_type=body.seat_type, role=body.role),
        201,
    )


@router.post(
    "/members/reinvite",
    response_model=ReinvitedOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        FRESH_CODE_REQUIRED, RejectionCode.BAA_UNSIGNED, RejectionCode.TOO_MANY_ATTEMPTS, *WRITE_AS_ADMIN
    ),
)
async def reinvite_members(body: ReinviteManyIn, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Invite several Invited or Blocked members anew, in the given order while seats last; each has an own result."""
    operation = await app.invitations.reinvite_many(admin, body.ids, body.seat_type, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(reinvited_out(operation))


@router.post(
    "/members/{member_id}/reinvite",
    response_model=MemberRow,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        FRESH_CODE_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.WRONG_STATUS,
        RejectionCode.TOO_MANY_ATTEMPTS,
        *WRITE_AS_ADMIN,
    ),
)
async def reinvite_member(
    member_id: UUID, app: App, admin: MembersAdmin, body: ReinviteIn | None = None, key: Key = None
) -> Response:
    """Re-invite a Blocked or Invited member, on other terms if given: a fresh link, the older dies."""
    body = body or ReinviteIn()
    operation = await app.invitations.reinvite(admin, member_id, Terms(body.seat_type, body.role, body.name), key)
    invited = await app.directory.member(admin, member_id)
    if operation.state is OperationState.RUNNING or invited is None:
        return accepted(operation.id)
    return written(invited_row(invited, **body.model_dump(exclude_none=True)))


@router.patch(
    "/members/{member_id}",
    response_model=MemberRow,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        FRESH_CODE_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.LAST_ADMIN,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.ALREADY_MEMBER,
        RejectionCode.DOMAIN_NOT_AUTO_JOIN,
        RejectionCode.WRONG_STATUS,
        RejectionCode.TOO_MANY_ATTEMPTS,
        *WRITE_AS_ADMIN,
    ),
)
async def change_member(
    member_id: UUID, body: MemberChangeIn, app: App, admin: MembersAdmin, key: Key = None
) -> Response:
    """Change an Active member's role, or correct a member's name, seat type and address.

    At least one Active admin stays. An admin is made by a session with a fresh code; a key changes roles with the scope
    `admin`. The name of every member can be corrected, except of the removed. `seatType` alone
    swaps an Active member's seat, which needs a free seat of the type; what is purchased stays as it is. For a Pending
    login, an Invited or a Blocked member it is the seat that they are to get, and the status stays. An address can be
    corrected until somebody has signed in with it; an Invited member gets a fresh link at the new one.
    """
    change: dict[str, object] = body.model_dump(exclude_none=True)
    if body.role is not None:
        operation = await app.actions.change_role(admin, ChangeRole(member_id=member_id, role=body.role), key)
    else:
        operation = await app.correct(admin, member_id, Correction(body.name, body.seat_type, body.email), key)
    changed = await app.directory.member(admin, member_id)
    if operation.state is OperationState.RUNNING or changed is None:
        return accepted(operation.id)
    if body.seat_type is not None and changed.status is MemberStatus.ACTIVE:
        change["plan_type"] = body.seat_type
    return written(changed_row(changed, **change))


@router.delete(
    "/members/{member_id}",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.LAST_ADMIN,
        RejectionCode.WRONG_STATUS,
        *WRITE_AS_ADMIN,
    ),
)
async def remove_member(member_id: UUID, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Remove a member in any status. The seat is free, the purchased count stays, and the person's sessions end."""
    operation = await app.actions.remove(admin, member_id, key)
    return done_or_accepted(operation)
