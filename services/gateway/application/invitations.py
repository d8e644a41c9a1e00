"""Invitations: each is commanded with a link that only its mail carries in the clear; the gateway keeps a hash."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from contracts.members import CorrectDetails, NewAddress
from contracts.members_agencies import AddAdmin
from contracts.members_invitations import Invite, NewInvitation, Reinvite
from contracts.message import Command
from contracts.vocabulary import OPERATOR, Role, SeatType, mailbox_of, member
from hosting.sealing import Sealing
from services.gateway.application.hashing import Hashing, new_link_token
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Operations, Write, unless_rejected
from services.gateway.application.ports import Chassis
from services.gateway.application.step_up import StepUp
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_limits import agency_limit, deliberate_limit, further_limit, mailbox_limit
from services.gateway.model.agency import Principal
from services.gateway.model.invitations import NewLink
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.settings import RequestLimits
from services.gateway.store import reading as store_reading

ONE_REINVITED = "gateway.reinvite_one"
"""The kind of an operation that invites one member again: that member's rejection is the operation's."""
_LIFE = timedelta(days=14)
"""How long a link is kept until members has published how long it is good."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """The person to invite, and the seat type and role that the invitation offers."""

    email: str
    name: str
    seat_type: SeatType
    role: Role = Role.CLINICIAN

    @property
    def text(self) -> str:
        """The body that an `Idempotency-Key` stands for."""
        return f"{self.email}\n{self.name}\n{self.seat_type}\n{self.role}"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a new invitation of a known member; None keeps the member's."""

    seat_type: SeatType | None = None
    role: Role | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The corrected values of a member; None keeps a value."""

    name: str | None = None
    seat_type: SeatType | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    """A fresh link: named, sealed for the mail, and hashed for the table."""

    id: UUID
    sealed: str
    row: NewLink


@dataclass(slots=True)
class Invitations:
    """Sends the commands that invite, and counts the mails that they cause."""

    chassis: Chassis
    operations: Operations
    limits: Limits
    hashing: Hashing
    sealing: Sealing
    allowed: RequestLimits
    public_url: str
    step_up: StepUp

    async def invite(
        self, principal: Principal, invitee: Invitee, key: str | None, *, checked: str | None = None
    ) -> Operation:
        """Invite a person. RejectedError `no_seat_available`, `already_member` and others.

        `checked`: the key of the request that has begun with the right to do this, when it was another one.
        """
        await self.step_up.role(principal, None, invitee.role, checked or key)
        link = self._link()
        command = Invite(
            invitation_id=link.id,
            email=invitee.email,
            name=invitee.name,
            seat_type=invitee.seat_type,
            role=invitee.role,
            sealed=link.sealed,
        )
        write = self._write(principal, command, key, invitee.text)
        return await self._submit(principal, write, [link], [mailbox_of(invitee.email)])

    async def reinvite(self, principal: Principal, member_id: UUID, terms: Terms, key: str | None) -> Operation:
        """Invite one member again. RejectedError `no_seat_available`, `wrong_status`, `unknown_member` and others."""
        await self._check_roles(principal, [member_id], terms.role, key)
        command, links = self._reinvite([member_id], terms)
        write = self._write(principal, command, key, f"{member_id}\n{terms}", kind=ONE_REINVITED)
        mailboxes = await self._mailboxes(principal, [member_id])
        return unless_rejected(of_one_member(await self._submit(principal, write, links, mailboxes)))

    async def reinvite_many(
        self, principal: Principal, ids: Sequence[UUID], seat_type: SeatType | None, key: str | None
    ) -> Operation:
        """Invite these members again, in this order while seats last; the result says what became of each."""
        await self._check_roles(principal, ids, None, key)
        command, links = self._reinvite(ids, Terms(seat_type))
        body = "\n".join(map(str, (*ids, seat_type)))
        write = self._write(principal, command, key, body)
        return await self._submit(principal, write, links, await self._mailboxes(principal, ids))

    async def correct(
        self, principal: Principal, member_id: UUID, correction: Correction, key: str | None
    ) -> Operation:
        """Correct a member's details. An Invited member's new address gets a fresh link, which counts as a mail.

        RejectedError `wrong_status`, `already_member`, `domain_not_auto_join`, `no_seat_available` and others.
        """
        body = f"{member_id}\n{correction}"
        if correction.email is not None:
            # The invitation of an admin goes to another person: that makes an admin.
            await self._check_roles(principal, [member_id], None, key)
        name, seat_type, email = correction.name, correction.seat_type, correction.email
        if email is None:
            command = CorrectDetails(member_id=member_id, name=name, seat_type=seat_type)
            return await self.operations.submit(self._write(principal, command, key, body))
        link = self._link()
        address = NewAddress(email=email, invitation_id=link.id, sealed=link.sealed)
        command = CorrectDetails(member_id=member_id, name=name, seat_type=seat_type, address=address)
        return await self._submit(principal, self._write(principal, command, key, body), [link], [mailbox_of(email)])

    async def add_admin(self, agency_id: UUID, invitee: Invitee, caller: str, key: str | None) -> Operation:
        """Give an agency an admin, as the operator. RejectedError `not_found` when there is no such agency."""
        if await store_reading.agency(self.chassis.pool, agency_id) is None:
            raise RejectedError(NOT_FOUND, {"what": "agency"})
        link = self._link()
        command = AddAdmin(
            invitation_id=link.id,
            email=invitee.email,
            name=invitee.name,
            seat_type=invitee.seat_type,
            sealed=link.sealed,
        )
        write = Write(command, agency_id, caller, OPERATOR, key, f"{agency_id}\n{invitee.text}")
        return await self.operations.submit(write, links=[link.row])

    async def _check_roles(self, principal: Principal, ids: Sequence[UUID], role: Role | None, key: str | None) -> None:
        """Check that the principal may invite these members in this role; None: each in the member's own."""
        members = await store_reading.members_by_id(self.chassis.pool, principal.agency.id, ids)
        before = {invited.role for invited in members}
        after = before if role is None else {role}
        now = Role.ADMIN if Role.ADMIN in before else None
        await self.step_up.role(principal, now, Role.ADMIN if Role.ADMIN in after else Role.CLINICIAN, key)

    async def _mailboxes(self, principal: Principal, ids: Sequence[UUID]) -> list[str]:
        """The mailboxes of these members. A member whom the agency does not have is mailed nothing."""
        members = await store_reading.members_by_id(self.chassis.pool, principal.agency.id, list(ids))
        return [mailbox_of(member.email) for member in members]

    async def _counted(self, principal: Principal, mailboxes: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Count a mail to each of these mailboxes. RejectedError `too_many_attempts` if the day has no room for all."""
        agency, allowed = str(principal.agency.id), self.allowed.invitations
        seats = await store_reading.seats(self.chassis.pool, principal.agency.id)
        purchased = 0 if seats is None else seats.base.purchased + seats.voice.purchased
        of_agency = [(agency_limit(purchased, allowed), agency)] * len(mailboxes)
        deliberate = [(deliberate_limit(allowed), f"{agency} {mailbox}") for mailbox in mailboxes]
        further = [(further_limit(allowed), f"{agency} {mailbox}") for mailbox in mailboxes]
        further += [(mailbox_limit(allowed), mailbox) for mailbox in mailboxes]
        people = {subject: mailbox for mailbox in mailboxes for subject in (mailbox, f"{agency} {mailbox}")}
        return self.limits.counted([*of_agency, *deliberate], [*of_agency, *further], people=people)

    def _reinvite(self, ids: Sequence[UUID], terms: Terms) -> tuple[Reinvite, list[_Link]]:
        links = [self._link() for _ in ids]
        invitations = tuple(
            NewInvitation(invitation_id=link.id, member_id=member_id, sealed=link.sealed)
            for member_id, link in zip(ids, links, strict=True)
        )
        command = Reinvite(invitations=invitations, seat_type=terms.seat_type, role=terms.role, name=terms.name)
        return command, links

    def _link(self) -> _Link:
        token, invitation_id = new_link_token(), self.chassis.world.new_id()
        link = f"{self.public_url}/invite/{token}"
        expires_at = self.chassis.world.clock() + _LIFE
        row = NewLink(invitation_id, self.hashing.of("invitation", token), expires_at)
        return _Link(invitation_id, self.sealing.seal({"link": link}), row)

    def _write(
        self, principal: Principal, command: Command, key: str | None, body: str, kind: str | None = None
    ) -> Write:
        actor = member(principal.member.id)
        return Write(command, principal.agency.id, str(actor), actor, key, body, kind=kind)

    async def _submit(
        self, principal: Principal, write: Write, links: Sequence[_Link], mailboxes: Sequence[str]
    ) -> Operation:
        rows = [link.row for link in links]
        self.operations.check_bus()
        if await self.operations.is_repeated(write):
            # A repeated key asks how the invitation went: it is no other invitation.
            return await self.operations.submit(write, links=rows)
        async with await self._counted(principal, mailboxes):
            return await self.operations.submit(write, links=rows)


def of_one_member(operation: Operation) -> Operation:
    """An operation as its caller sees it: when it was about one member, that member's rejection is the operation's."""
    if operation.kind != ONE_REINVITED or operation.result is None or not operation.result["refused"]:
        return operation
    [rejection] = operation.result["refused"]
    return replace(operation, state=OperationState.REJECTED, code=rejection["code"], figures=rejection["figures"])
