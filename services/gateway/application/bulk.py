"""One change for several members: a command for each, and a result for each. No rejection stops the others.

A re-invite alone is one command for all of them: it takes them in order while seats last. Any other change has an
operation for the request, which keeps its key for these members and this change alone, and one for each member, with an
id from that key: a repeated request meets the same operations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.clock import NewId
from contracts.vocabulary import Role, member
from services.gateway.application.directory import Directory
from services.gateway.application.member_actions import MemberActions
from services.gateway.application.operations import Operations
from services.gateway.domain.idempotency import command_id
from services.gateway.model.agency import Principal
from services.gateway.model.bulk import Action, Change
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError

KIND = "gateway.change_members"
"""The kind of the operation of the whole request."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one member: `operation` is done or still running, unless the change was `rejected`."""

    member_id: UUID
    operation: Operation | None = None
    rejected: RejectedError | None = None


def _key_of_one(key: str, member_id: UUID) -> str:
    """The key of one member's command: longer than any that a caller may send with so long a key."""
    return f"{key}/{member_id}"


def operation_ids(principal: Principal, key: str, ids: Sequence[UUID]) -> list[UUID]:
    """The ids of the members' operations of the principal's request with this key."""
    caller = str(member(principal.member.id))
    return [command_id(caller, _key_of_one(key, member_id)) for member_id in ids]


class Bulk:
    """Changes several members."""

    def __init__(self, operations: Operations, directory: Directory, actions: MemberActions, new_id: NewId) -> None:
        self._operations = operations
        self._directory = directory
        self._actions = actions
        self._new_id = new_id

    async def change(self, principal: Principal, change: Change, ids: Sequence[UUID], key: str | None) -> list[Result]:
        """Change these members, each by a command. RejectedError when none may be changed so: the key, the rights."""
        if change.action is Action.REINVITE:
            return _of_reinvited(
                ids, await self._actions.invitations.reinvite_many(principal, ids, change.seat_type, key)
            )
        key = key or self._new_id().hex
        await self._check_roles(principal, change, ids, key)
        await self._begin(principal, change, ids, key)
        return list(await asyncio.gather(*(self._result(principal, change, member_id, key) for member_id in ids)))

    async def _check_roles(self, principal: Principal, change: Change, ids: Sequence[UUID], key: str) -> None:
        """Reject the whole request for want of a code or a scope, instead of half of its members."""
        if change.action in {Action.CHANGE_SEAT, Action.DECLINE, Action.REMIND}:
            return
        members = await self._directory.members_shown(principal, ids)
        before = Role.ADMIN if any(member.role is Role.ADMIN for member in members) else None
        after = before if change.action in {Action.UNDO_REMOVAL, Action.APPROVE} else change.role
        await self._actions.step_up.role(principal, before, after or Role.CLINICIAN, key)

    async def _begin(self, principal: Principal, change: Change, ids: Sequence[UUID], key: str) -> None:
        """Keep the key for these members and this change."""
        body = "\n".join(map(str, (change, *ids)))
        await self._operations.keep_key(principal.agency.id, member(principal.member.id), key, KIND, body)

    async def _result(self, principal: Principal, change: Change, member_id: UUID, key: str) -> Result:
        try:
            operation = await self._actions.change_one(principal, change, member_id, _key_of_one(key, member_id))
        except RejectedError as rejected:
            return Result(member_id, rejected=rejected)
        return Result(member_id, operation)


def _of_reinvited(ids: Sequence[UUID], operation: Operation) -> list[Result]:
    """The results of one command for all of them."""
    rejections = {
        UUID(item["member_id"]): RejectedError(item["code"], item["figures"])
        for item in (operation.result or {}).get("refused", ())
    }
    return [Result(member_id, operation, rejections.get(member_id)) for member_id in ids]
