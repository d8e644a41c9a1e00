"""Members as JSON bodies: the list's rows, and the results of inviting and changing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from contracts.address import shown_address
from contracts.vocabulary import MemberStatus, SeatType
from services.gateway.api.presenters.cells import utc_cell
from services.gateway.api.schemas.members import (
    ChangedOut,
    ExchangedOut,
    MemberRow,
    NotChanged,
    NotReinvited,
    ReinvitedOut,
    StatusCounts,
    StillRunning,
)
from services.gateway.api.schemas.operations import OperationRef
from services.gateway.application.bulk import Result
from services.gateway.application.member_list import Page
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Member
from services.gateway.model.operation import Operation
from services.gateway.texts.problems import problem

MEMBERS_HEADER = (
    *("name", "email", "status", "blocked_reason", "role", "seat", "picked_seat"),
    *("invited_at", "first_login_at", "last_seen_at", "id"),
)


def members_json(page: Page) -> bytes:
    """A page of the list with the whole agency's counts, as the JSON of `MembersOut`.

    The rows are written from here: a model for each of 200 rows took half the time of a request.
    """
    counts = StatusCounts(**{status.value: count for status, count in page.counts.items()})
    return orjson.dumps(
        {
            "items": [_row_json(member) for member in page.items],
            "total": page.total,
            "counts": counts.model_dump(by_alias=True),
            "nextCursor": page.next_cursor,
        },
        option=orjson.OPT_UTC_Z,
    )


def _row_json(member: Member) -> dict[str, object]:
    """The fields of a `MemberRow`."""
    return {
        "id": str(member.id),
        "email": shown_address(member.email),
        "name": member.name,
        "status": member.status,
        "blockedReason": member.blocked_reason,
        "role": member.role,
        "seatType": member.seat_type,
        "planType": member.plan_type,
        "invitedAt": member.invited_at,
        "firstLoginAt": member.first_login_at,
        "lastSeenAt": member.last_seen_at,
        "mailFailed": member.mail_failed,
        "undoUntil": member.undo_until,
    }


def member_cells(members: Sequence[Member]) -> list[tuple[str, ...]]:
    """Members as rows of a spreadsheet, in the order of MEMBERS_HEADER."""
    return [
        (
            *(member.name, shown_address(member.email), member.status.value, member.blocked_reason or ""),
            *(member.role.value, member.plan_type or "", member.seat_type.value),
            *(_moment(at) for at in (member.invited_at, member.first_login_at, member.last_seen_at)),
            str(member.id),
        )
        for member in members
    ]


def _moment(at: datetime | None) -> str:
    return "" if at is None else utc_cell(at)


def member_row(member: Member) -> MemberRow:
    """A row of the list, as the member stands now."""
    return MemberRow.model_validate(member)


def changed_row(member: Member, **change: object) -> MemberRow:
    """A row with the change that this request made, whatever changed since."""
    return member_row(member).model_copy(update=change)


def exchanged_out(members: Sequence[Member], moves: Mapping[UUID, SeatType]) -> ExchangedOut:
    """The members of an exchange with the seat types that it gave them, whatever changed since."""
    rows = [changed_row(member, plan_type=moves[member.id], seat_type=moves[member.id]) for member in members]
    return ExchangedOut(members=rows)


def invited_row(member: Member, **invitation: object) -> MemberRow:
    """A row with the invitation that this request made, whatever changed since."""
    return changed_row(member, status=MemberStatus.INVITED, blocked_reason=None, plan_type=None, **invitation)


def reinvited_out(operation: Operation) -> ReinvitedOut:
    """The result of each member who was to be invited anew."""
    result = operation.result or {"done": (), "refused": ()}
    refused = [
        NotReinvited(id=item["member_id"], code=item["code"], detail=problem(item["code"]).detail(item["figures"]))
        for item in result["refused"]
    ]
    return ReinvitedOut(done=list(result["done"]), refused=refused)


def changed_out(results: Sequence[Result], ref: Callable[[UUID], OperationRef]) -> ChangedOut:
    """The result of each member of one change; `ref` names a running operation."""
    running = [
        (result.member_id, result.operation.id)
        for result in results
        if result.operation is not None and result.operation.state is OperationState.RUNNING
    ]
    waiting = {member_id for member_id, _ in running}
    refused = [(result.member_id, result.rejected) for result in results if result.rejected is not None]
    return ChangedOut(
        done=[result.member_id for result in results if result.rejected is None and result.member_id not in waiting],
        refused=[
            NotChanged(id=member_id, code=rejected.code, detail=problem(rejected.code).detail(rejected.figures))
            for member_id, rejected in refused
        ],
        running=[StillRunning(id=member_id, operation=ref(operation_id)) for member_id, operation_id in running],
    )
