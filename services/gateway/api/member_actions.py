"""Actions on members of the list: of many, seats exchanged, an invitation taken back, a removal undone, an erasure."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.seats import Exchange, SeatMove
from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.api.openapi import SESSION, WRITE_AS_ADMIN, problems, write_responses
from services.gateway.api.presenters.members import changed_out, changed_row, exchanged_out
from services.gateway.api.request import App, Key, MembersAdmin, accepted, done_or_accepted, operation_ref, written
from services.gateway.api.schemas.members import ChangedOut, ChangeManyIn, ExchangedOut, ExchangeIn, MemberRow
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.bulk import Change

router = APIRouter(tags=["Members"])


@router.post(
    "/members/change",
    response_model=ChangedOut,
    openapi_extra={"security": SESSION},
    responses=problems(
        FRESH_CODE_REQUIRED,
        RejectionCode.INVALID_REQUEST,
        *WRITE_AS_ADMIN,
    ),
)
async def change_members(body: ChangeManyIn, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Do one thing with up to 50 members, as `action` says; each has an own result.

    Each member is a write of their own: a rejection stops no other. A repeated key meets the same writes.
    """
    change = Change(body.action, body.seat_type, body.role, body.note)
    return written(changed_out(await app.bulk.change(admin, change, body.ids, key), operation_ref))


@router.post(
    "/members/exchange-seats",
    response_model=ExchangedOut,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.WRONG_STATUS,
        *WRITE_AS_ADMIN,
    ),
)
async def exchange_seats(body: ExchangeIn, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Give Active members these seat types in one step: all of them, or nobody.

    Two people can exchange their seats while both types are full. A type that gains seats on the whole needs as many
    free ones. Nothing changes at Stripe, and what is purchased stays as it is.
    """
    moves = {move.id: move.seat_type for move in body.members}
    command = Exchange(moves=tuple(SeatMove(member_id=id_, seat_type=seat) for id_, seat in moves.items()))
    operation = await app.actions.exchange(admin, command, key)
    if operation.state is OperationState.RUNNING:
        return accepted(operation.id)
    return written(exchanged_out(await app.directory.members_shown(admin, list(moves)), moves))


@router.delete(
    "/members/{member_id}/invitation",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER, RejectionCode.BAA_UNSIGNED, RejectionCode.WRONG_STATUS, *WRITE_AS_ADMIN
    ),
)
async def cancel_invitation(member_id: UUID, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Take an invitation back: its link stops working. A person who has accepted it is not removed: `wrong_status`."""
    operation = await app.actions.cancel_invitation(admin, member_id, key)
    return done_or_accepted(operation)


@router.post(
    "/members/{member_id}/erase",
    status_code=204,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        FRESH_CODE_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.WRONG_STATUS,
        *WRITE_AS_ADMIN,
    ),
)
async def erase(member_id: UUID, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Erase a Removed member for good: name and addresses leave everything, and what was counted and paid stays.

    Anybody who is not Removed is `wrong_status`: remove them first. The member stays in the list, without a name.
    Somebody who signs up with the address later is a new member.
    """
    return done_or_accepted(await app.actions.erase(admin, member_id, key))


@router.post(
    "/members/{member_id}/undo-removal",
    response_model=MemberRow,
    openapi_extra={"security": SESSION},
    responses=write_responses(
        RejectionCode.UNKNOWN_MEMBER,
        FRESH_CODE_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.WRONG_STATUS,
        *WRITE_AS_ADMIN,
    ),
)
async def undo_removal(member_id: UUID, app: App, admin: MembersAdmin, key: Key = None) -> Response:
    """Let a removed member back in, until `undoUntil`: in the same role, in a free seat of the type that they held.

    Their sessions have ended, and nothing is bought. Without a free seat it is `no_seat_available`.
    """
    operation = await app.actions.undo_removal(admin, member_id, key)
    changed = await app.directory.member(admin, member_id)
    if operation.state is OperationState.RUNNING or changed is None:
        return accepted(operation.id)
    return written(changed_row(changed, status=MemberStatus.ACTIVE, undo_until=None))
