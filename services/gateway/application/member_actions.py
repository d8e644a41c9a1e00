"""The actions of an admin on one member: change the role or the seat, remove, undo a removal, cancel an invitation."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from contracts.members import ChangeRole, Remove, UndoRemoval
from contracts.members_erasure import Erase
from contracts.members_invitations import CancelInvitation
from contracts.members_requests import Approve, Decline
from contracts.seats import Exchange, Swap
from contracts.vocabulary import OPERATOR, MemberStatus, RejectionCode, Role, SeatType
from services.gateway.application.directory import Directory
from services.gateway.application.invitations import Invitations, Terms
from services.gateway.application.operations import Operations, Write, by_admin
from services.gateway.application.step_up import StepUp
from services.gateway.application.uses import Uses
from services.gateway.model.agency import Principal
from services.gateway.model.bulk import Action, Change
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError


class MemberActions:
    """Sends the commands about one member."""

    def __init__(
        self, operations: Operations, directory: Directory, invitations: Invitations, step_up: StepUp, uses: Uses
    ) -> None:
        self._operations = operations
        self.uses = uses
        self.directory = directory
        self.invitations = invitations
        self.step_up = step_up

    async def change_role(self, principal: Principal, command: ChangeRole, key: str | None) -> Operation:
        """Make an Active member an admin, or a clinician again. RejectedError `last_admin` and others."""
        subject = await self.directory.member(principal, command.member_id)
        await self.step_up.role(principal, None if subject is None else subject.role, command.role, key)
        return await self._operations.submit(by_admin(principal, command, key))

    async def remove(self, principal: Principal, member_id: UUID, key: str | None) -> Operation:
        """Remove a member. RejectedError `last_admin` and others."""
        subject = await self.directory.member(principal, member_id)
        await self.step_up.role(principal, None if subject is None else subject.role, Role.CLINICIAN, key)
        return await self._operations.submit(by_admin(principal, Remove(member_id=member_id), key))

    async def cancel_invitation(self, principal: Principal, member_id: UUID, key: str | None) -> Operation:
        """Take an invitation back. RejectedError `wrong_status` when it is accepted, and others."""
        subject = await self.directory.member(principal, member_id)
        await self.step_up.role(principal, None if subject is None else subject.role, Role.CLINICIAN, key)
        return await self._operations.submit(by_admin(principal, CancelInvitation(member_id=member_id), key))

    async def undo_removal(self, principal: Principal, member_id: UUID, key: str | None) -> Operation:
        """Let a removed member back in. RejectedError `no_seat_available`, `wrong_status` and others."""
        subject = await self.directory.member(principal, member_id)
        # The role comes back with them.
        await self.step_up.role(principal, None, Role.CLINICIAN if subject is None else subject.role, key)
        return await self._operations.submit(by_admin(principal, UndoRemoval(member_id=member_id), key))

    async def erase(self, principal: Principal, member_id: UUID, key: str | None) -> Operation:
        """Erase a Removed member, for good. RejectedError `wrong_status` for any other, and others."""
        subject = await self.directory.member(principal, member_id)
        await self.step_up.role(principal, None if subject is None else subject.role, Role.CLINICIAN, key)
        return await self._operations.submit(by_admin(principal, Erase(member_id=member_id), key))

    async def erase_address(self, agency_id: UUID, email: str, caller: str, key: str | None) -> Operation:
        """Erase the Removed member with this address, as the operator. RejectedError `unknown_member` and others."""
        member_id = await self.directory.with_address(agency_id, email)
        if member_id is None:
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        body = f"{agency_id}\n{member_id}"
        return await self._operations.submit(Write(Erase(member_id=member_id), agency_id, caller, OPERATOR, key, body))

    async def approve(self, principal: Principal, member_id: UUID, key: str | None) -> Operation:
        """Let a Blocked member into a free seat. RejectedError `no_seat_available`, `wrong_status` and others."""
        subject = await self.directory.member(principal, member_id)
        await self.step_up.role(principal, None, Role.CLINICIAN if subject is None else subject.role, key)
        return await self._operations.submit(by_admin(principal, Approve(member_id=member_id), key))

    async def swap(self, principal: Principal, command: Swap, key: str | None) -> Operation:
        """Give an Active member a seat of the other type. RejectedError `no_seat_available` and others."""
        # seats knows the holders of seats only; whether the member exists is known here.
        subject = await self.directory.member(principal, command.member_id)
        if subject is None:
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        try:
            return await self._operations.submit(by_admin(principal, command, key))
        except RejectedError as rejection:
            if rejection.code == RejectionCode.WRONG_STATUS and subject.status is not MemberStatus.ACTIVE:
                raise RejectedError(rejection.code, {"status": subject.status.value, **rejection.figures}) from None
            raise

    async def exchange(self, principal: Principal, command: Exchange, key: str | None) -> Operation:
        """Exchange the seats of Active members in one step. RejectedError `no_seat_available` and others."""
        ids = [move.member_id for move in command.moves]
        subjects = await self.directory.members_shown(principal, ids)
        if len(subjects) < len(ids):
            raise RejectedError(RejectionCode.UNKNOWN_MEMBER)
        try:
            return await self._operations.submit(by_admin(principal, command, key))
        except RejectedError as rejection:
            others = [subject.status for subject in subjects if subject.status is not MemberStatus.ACTIVE]
            if rejection.code == RejectionCode.WRONG_STATUS and others:
                raise RejectedError(rejection.code, {"status": others[0].value, **rejection.figures}) from None
            raise

    async def change_one(  # noqa: PLR0911  one command for each action
        self, principal: Principal, change: Change, member_id: UUID, key: str
    ) -> Operation:
        """Change one of several members."""
        match change.action:
            case Action.REMOVE:
                return await self.remove(principal, member_id, key)
            case Action.UNDO_REMOVAL:
                return await self.undo_removal(principal, member_id, key)
            case Action.CANCEL_INVITATION:
                return await self.cancel_invitation(principal, member_id, key)
            case Action.APPROVE:
                return await self.approve(principal, member_id, key)
            case Action.DECLINE:
                command = Decline(member_id=member_id, note=change.note)
                return await self._operations.submit(by_admin(principal, command, key))
            case Action.REINVITE:
                return await self.invitations.reinvite(principal, member_id, Terms(change.seat_type), key)
            case Action.REMIND:
                return await self.uses.remind(principal, await self.directory.one(principal, member_id), key)
            case Action.CHANGE_SEAT:
                seat_type = change.seat_type or SeatType.BASE
                return await self.swap(principal, Swap(member_id=member_id, seat_type=seat_type), key)
            case Action.CHANGE_ROLE:
                role = change.role or Role.CLINICIAN
                return await self.change_role(principal, ChangeRole(member_id=member_id, role=role), key)
            case never:
                assert_never(never)
