"""A list of people is read, priced, and invited: each by a command of their own, and a rejection stops nobody else.

The list is stored before the first command. Sending goes on behind the request, and a list that was cut off, because
its process ended, goes on when its sender asks for it: who is invited already is not invited twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.address import parse_address
from contracts.message import Seats
from contracts.vocabulary import MemberStatus, Quantities, RejectionCode, Role, SeatType, member
from services.gateway.application.directory import Directory
from services.gateway.application.invitations import Invitations, Invitee
from services.gateway.application.money import Money
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Caller, Chassis
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.invitation_list import Line, missing_seats, read_list
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import invitation_lists as store_lists
from services.gateway.store import reading as store_reading

KIND = "gateway.invite_many"
_TOGETHER = 25
"""People whose invitations are under way at the same time: other requests share the pool."""
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A line with the invitee, or with why the person cannot be invited: `known` is the status of a member."""

    line: Line
    invitee: Invitee | None
    known: MemberStatus | None = None


@dataclass(frozen=True, slots=True)
class ListPreview:
    """A list as it would be invited, with the seats that it lacks and their price; None where nothing is lacking."""

    lines: tuple[Checked, ...]
    missing: Quantities
    seats: SeatsView
    quote: Operation | None

    @property
    def invitees(self) -> tuple[Invitee, ...]:
        """Those who can be invited."""
        return tuple(checked.invitee for checked in self.lines if checked.invitee is not None)

    @property
    def after(self) -> Seats:
        """The seat counts with the missing ones."""
        base, voice = self.seats.base.purchased, self.seats.voice.purchased
        return Seats(base=base + self.missing.base, voice=voice + self.missing.voice)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list is: each person with the operation that invites them; None: not begun."""

    id: UUID
    people: tuple[tuple[Invitee, Operation | None], ...]

    @property
    def invited(self) -> int:
        """How many are invited."""
        return sum(operation is not None and operation.state is OperationState.DONE for _, operation in self.people)

    @property
    def unsent(self) -> int:
        """How many are not begun."""
        return sum(operation is None for _, operation in self.people)

    @property
    def running(self) -> int:
        """How many are begun and have no outcome yet."""
        return sum(operation is not None and operation.state is OperationState.RUNNING for _, operation in self.people)

    @property
    def rejected(self) -> list[tuple[Invitee, RejectedError]]:
        """Who was not invited, and why."""
        return [
            (invitee, RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures))
            for invitee, operation in self.people
            if operation is not None and operation.state is OperationState.REJECTED
        ]


class InvitingMany:
    """Reads lists and invites their people."""

    def __init__(
        self, chassis: Chassis, operations: Operations, directory: Directory, invitations: Invitations, money: Money
    ) -> None:
        self._chassis = chassis
        self._operations = operations
        self._directory = directory
        self._invitations = invitations
        self._money = money
        self._sending: dict[UUID, asyncio.Task[None]] = {}

    async def preview(self, principal: Principal, caller: Caller, text: str, seat_type: SeatType) -> ListPreview:
        """Read a list, and have the missing seats priced. RejectedError when there is no price."""
        preview = await self.read(principal, text, seat_type)
        if preview.missing == Quantities():
            return preview
        return replace(preview, quote=await self._money.quote_seats(principal, caller, preview.after, None))

    async def read(self, principal: Principal, text: str, seat_type: SeatType) -> ListPreview:
        """Read a list, and mark what is wrong or missing."""
        checked = await self._check(principal, read_list(text, seat_type))
        pool, agency_id = self._chassis.pool, principal.agency.id
        seats = await store_reading.seats(pool, agency_id)
        if seats is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        picks = [line.invitee.seat_type for line in checked if line.invitee is not None]
        missing = missing_seats(
            Quantities(picks.count(SeatType.BASE), picks.count(SeatType.VOICE)),
            Quantities(*(max(0, meter.available - meter.waiting) for meter in (seats.base, seats.voice))),
            Quantities(**await store_lists.promised(pool, agency_id)),
        )
        return ListPreview(checked, missing, seats, None)

    async def buy(self, principal: Principal, quote_id: UUID, key: str, *, confirmed: bool) -> Operation:
        """Buy the missing seats as they were quoted. RejectedError `quote_stale`, `payment_declined` and others."""
        quoted = await self._money.quoted(principal, quote_id)
        if quoted is None:
            raise RejectedError(RejectionCode.QUOTE_EXPIRED)
        return await self._money.adjust(principal, quoted.after, quote_id, key, confirmed=confirmed, pay_owed=False)

    async def _check(self, principal: Principal, lines: Sequence[Line]) -> tuple[Checked, ...]:
        parsed = [(line, _invitee(line)) for line in lines]
        emails = [invitee.email for _, invitee in parsed if invitee is not None]
        known = await store_lists.statuses(self._chassis.pool, principal.agency.id, emails)
        return tuple(_checked(line, invitee, known) for line, invitee in parsed)

    async def send(self, principal: Principal, people: Sequence[Invitee], key: str) -> UUID:
        """Invite these people; the id of their list. RejectedError `idempotency_key_reused`."""
        admins = any(invitee.role is Role.ADMIN for invitee in people)
        await self._invitations.step_up.role(principal, None, Role.ADMIN if admins else Role.CLINICIAN, key)
        actor = member(principal.member.id)
        body = "\n\n".join(invitee.text for invitee in people)
        await self._operations.keep_key(principal.agency.id, actor, key, KIND, body)
        stored = store_lists.StoredList(command_id(str(actor), key), key, [_written(invitee) for invitee in people])
        now = self._chassis.world.clock()
        await store_lists.save(self._chassis.pool, principal.agency.id, principal.member.id, stored, now)
        await self.go_on(principal, stored.id)
        return stored.id

    async def go_on(self, principal: Principal, list_id: UUID) -> None:
        """Send what is not sent yet of a list, and wait for it for a moment."""
        task = self._sending.get(list_id)
        if task is None:
            task = self._sending[list_id] = asyncio.create_task(self._send_all(principal, list_id))
            task.add_done_callback(lambda _: self._sending.pop(list_id, None))
        await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)

    async def _send_all(self, principal: Principal, list_id: UUID) -> None:
        progress = await self.progress(principal, list_id)
        stored = await store_lists.of(self._chassis.pool, principal.agency.id, principal.member.id, list_id)
        if progress is None or stored is None:
            return
        gate = asyncio.Semaphore(_TOGETHER)

        async def send(place: int, invitee: Invitee) -> None:
            async with gate:
                try:
                    await self._invitations.invite(principal, invitee, f"{stored.key}/{place}")
                except RejectedError:
                    return  # the operation says why; a limit leaves the person unsent

        unsent = [(place, one) for place, (one, operation) in enumerate(progress.people) if operation is None]
        await asyncio.gather(*(send(place, invitee) for place, invitee in unsent))

    async def progress(self, principal: Principal, list_id: UUID) -> Progress | None:
        """How far the sender's list is; None when there is no such list."""
        stored = await store_lists.of(self._chassis.pool, principal.agency.id, principal.member.id, list_id)
        if stored is None:
            return None
        caller = str(member(principal.member.id))
        ids = [command_id(caller, f"{stored.key}/{place}") for place in range(len(stored.people))]
        operations = await self._operations.look_many(ids)
        return Progress(list_id, tuple(zip(map(_read, stored.people), operations, strict=True)))


def _invitee(line: Line) -> Invitee | None:
    try:
        return Invitee(parse_address(line.email), line.name[:200].strip(), line.seat_type, line.role)
    except ValueError:
        return None


def _checked(line: Line, invitee: Invitee | None, known: dict[str, str]) -> Checked:
    status = None if invitee is None else known.get(invitee.email)
    if invitee is None or line.duplicate_of is not None:
        return Checked(line, None)
    if status is not None and status != MemberStatus.REMOVED:
        return Checked(line, None, MemberStatus(status))
    return Checked(line, invitee)


def _written(invitee: Invitee) -> dict[str, str]:
    return {
        "email": invitee.email,
        "name": invitee.name,
        "seat_type": invitee.seat_type.value,
        "role": invitee.role.value,
    }


def _read(person: Mapping[str, str]) -> Invitee:
    return Invitee(person["email"], person["name"], SeatType(person["seat_type"]), Role(person["role"]))
