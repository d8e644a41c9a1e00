"""The results of an action on several members, as the list shows them: who it was done for, and who not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import RejectionCode, SeatType
from services.gateway.application.bulk import operation_ids
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Member, Principal
from services.gateway.model.bulk import MOST_CHANGED, Action
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts import bulk as texts


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one member; `why` is None when it was done."""

    name: str
    why: str | None = None
    seat_to_add: SeatType | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The results of all members: the title, the sentence about those for whom it was done, and the others."""

    title: str
    sentence: str | None
    rejected: tuple[Outcome, ...]


def seat_to_add(rejected: RejectedError) -> SeatType | None:
    """The seat type of which none is free; None when the rejection has another reason."""
    seat_type = rejected.figures.get("seat_type")
    if rejected.code != RejectionCode.NO_SEAT_AVAILABLE or seat_type not in set(SeatType):
        return None
    return SeatType(str(seat_type))


async def outcomes_of(request: PageRequest, admin: Principal) -> Outcomes | None:
    """The results that the address names; None when there are none, or they are another admin's."""
    if request.query("reinvited") is not None:
        return await _reinvited(request, admin)
    did, key, of = (request.query(name) for name in ("did", "run", "of"))
    if did not in set(Action) or key is None or of is None:
        return None
    try:
        ids = [UUID(hexed) for hexed in of.split(".")[:MOST_CHANGED]]
    except ValueError:
        return None
    operations = await request.app.operations.look_many(operation_ids(admin, key, ids))
    members = {member.id: member for member in await request.app.directory.members_shown(admin, ids)}
    known = [
        (members[member_id], operation)
        for member_id, operation in zip(ids, operations, strict=True)
        if operation is not None and member_id in members
    ]
    return _shown(Action(did), known)


def _shown(action: Action, results: Sequence[tuple[Member, Operation]]) -> Outcomes | None:
    if not results:
        return None
    done = [member.name for member, operation in results if operation.state is OperationState.DONE]
    running = sum(operation.state is OperationState.RUNNING for _, operation in results)
    rejected = tuple(
        _outcome(member, RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures))
        for member, operation in results
        if operation.state is OperationState.REJECTED
    )
    return Outcomes(texts.title(action, len(done), len(results)), texts.sentence(action, done, running), rejected)


async def _reinvited(request: PageRequest, admin: Principal) -> Outcomes | None:
    """The results of the operation that the address names; None when it is not this admin's."""
    try:
        operation_id = UUID(request.query("reinvited") or "")
        operation = await request.app.operation(operation_id, request.caller, operator=False)
    except (ValueError, RejectedError):
        return None
    result = operation.result or {}
    rejections = {
        UUID(item["member_id"]): RejectedError(item["code"], item["figures"]) for item in result.get("refused", ())
    }
    ids = [*(UUID(member_id) for member_id in result.get("done", ())), *rejections]
    members = await request.app.directory.members_shown(admin, ids)
    return _of_reinvited(members, rejections) if members else None


def _of_reinvited(members: Sequence[Member], rejections: Mapping[UUID, RejectedError]) -> Outcomes:
    done = [member.name for member in members if member.id not in rejections]
    rejected = tuple(_outcome(member, rejections[member.id]) for member in members if member.id in rejections)
    title = texts.title(Action.REINVITE, len(done), len(members))
    return Outcomes(title, texts.sentence(Action.REINVITE, done, 0), rejected)


def _outcome(member: Member, rejected: RejectedError) -> Outcome:
    return Outcome(member.name, Alert.of(rejected).sentence, seat_to_add(rejected))
