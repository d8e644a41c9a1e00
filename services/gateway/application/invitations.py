"""Invitations: ordered with a link that only the mail carries in the clear; here it is kept as a hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chassis.sealing import Sealing
from contracts.members import AddAdmin, Invite, NewInvitation, Reinvite
from contracts.message import Command
from contracts.vocabulary import OPERATOR, Role, SeatType, mailbox_of, member
from services.gateway.application.hashing import Hashing, new_link_token
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Operations, Write, unless_rejected
from services.gateway.application.ports import Chassis
from services.gateway.application.rejected import RejectedError
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.request_state import NewLink, Operation
from services.gateway.settings import RequestLimits
from services.gateway.store import reading as store_reading
from services.gateway.store.reading import Principal

ONE_REINVITED = "gateway.reinvite_one"
"""The kind of an operation that invites one person anew: their rejection is its own."""
_LIFE = timedelta(days=14)
"""What a link is kept for until members has said how long it is good."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is to be invited, to what."""

    email: str
    name: str
    seat_type: SeatType
    role: Role = Role.CLINICIAN

    @property
    def text(self) -> str:
        """What an `Idempotency-Key` stands for."""
        return f"{self.email}\n{self.name}\n{self.seat_type}\n{self.role}"


@dataclass(frozen=True, slots=True)
class _Link:
    """A fresh link: named, sealed for the mail, and hashed for the table."""

    id: UUID
    sealed: str
    row: NewLink


@dataclass(slots=True)
class Invitations:
    """Commands invitations."""

    chassis: Chassis
    operations: Operations
    limits: Limits
    hashing: Hashing
    sealing: Sealing
    allowed: RequestLimits
    public_url: str

    async def invite(self, who: Principal, wanted: Invitee, key: str | None) -> Operation:
        """Invite somebody. RejectedError `no_seat_available`, `already_member` and others."""
        link = self._link()
        command = Invite(
            invitation_id=link.id,
            email=wanted.email,
            name=wanted.name,
            seat_type=wanted.seat_type,
            role=wanted.role,
            sealed=link.sealed,
        )
        async with self._counted(who, [mailbox_of(wanted.email)]):
            return await self._ordered(who, command, [link], key, wanted.text)

    async def reinvite(self, who: Principal, member_id: UUID, seat_type: SeatType | None, key: str | None) -> Operation:
        """Invite one person anew. RejectedError `no_seat_available`, `wrong_status`, `unknown_member` and others."""
        command, links = self._anew([member_id], seat_type)
        body = f"{member_id}\n{seat_type}"
        async with self._counted(who, [str(member_id)]):
            return unless_rejected(of_one(await self._ordered(who, command, links, key, body, kind=ONE_REINVITED)))

    async def reinvite_many(
        self, who: Principal, ids: Sequence[UUID], seat_type: SeatType | None, key: str | None
    ) -> Operation:
        """Invite these people anew, in their order while seats last; the result says what became of each."""
        command, links = self._anew(ids, seat_type)
        body = "\n".join(map(str, (*ids, seat_type)))
        async with self._counted(who, [str(one) for one in ids]):
            return await self._ordered(who, command, links, key, body)

    async def add_admin(self, agency_id: UUID, wanted: Invitee, caller: str, key: str | None) -> Operation:
        """The operator gives an agency an admin. RejectedError `not_found` when there is no such agency."""
        if await store_reading.agency(self.chassis.pool, agency_id) is None:
            raise RejectedError(NOT_FOUND, {"what": "agency"})
        link = self._link()
        command = AddAdmin(
            invitation_id=link.id,
            email=wanted.email,
            name=wanted.name,
            seat_type=wanted.seat_type,
            sealed=link.sealed,
        )
        write = Write(command, agency_id, caller, OPERATOR, key, f"{agency_id}\n{wanted.text}")
        return await self.operations.submit(write, also=_keeping([link]))

    def _counted(self, who: Principal, people: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Every one of them is a mail that somebody gets: RejectedError `too_many_attempts` when it is one too many."""
        self.operations.check_bus()
        allowed, agency = self.allowed, str(who.agency.id)
        subjects = [("invitation-agency", agency, allowed.invitations_per_agency)] * len(people)
        subjects += [("invitation-person", f"{agency} {one}", allowed.invitations_per_person) for one in people]
        return self.limits.counted(subjects)

    def _anew(self, ids: Sequence[UUID], seat_type: SeatType | None) -> tuple[Reinvite, list[_Link]]:
        links = [self._link() for _ in ids]
        anew = tuple(
            NewInvitation(invitation_id=link.id, member_id=one, sealed=link.sealed)
            for one, link in zip(ids, links, strict=True)
        )
        return Reinvite(invitations=anew, seat_type=seat_type), links

    def _link(self) -> _Link:
        token, invitation_id = new_link_token(), self.chassis.world.new_id()
        link = f"{self.public_url}/invite/{token}"
        expires_at = self.chassis.world.clock() + _LIFE
        row = NewLink(invitation_id, self.hashing.of("invitation", token), expires_at)
        return _Link(invitation_id, self.sealing.seal({"link": link}), row)

    async def _ordered(
        self,
        who: Principal,
        command: Command,
        links: Sequence[_Link],
        key: str | None,
        body: str,
        kind: str | None = None,
    ) -> Operation:
        actor = member(who.member.id)
        write = Write(command, who.agency.id, str(actor), actor, key, body, kind=kind)
        return await self.operations.submit(write, also=_keeping(links))


def of_one(operation: Operation) -> Operation:
    """An operation as its asker sees it: when it was about one person, their rejection is the operation's."""
    if operation.kind != ONE_REINVITED or operation.result is None or not operation.result["refused"]:
        return operation
    [no] = operation.result["refused"]
    return replace(operation, state=OperationState.REFUSED, code=no["code"], figures=no["figures"])


def _keeping(links: Sequence[_Link]) -> Callable[[AgencyChanges], None]:
    """Writes the links in the transaction of their command, and only if it is one."""

    def keep(changes: AgencyChanges) -> None:
        changes.request_state.new_links += [(changes.agency_id, link.row) for link in links]

    return keep
