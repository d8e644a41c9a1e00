"""Sending a list of invitations: in the background, so that a closed tab, a restart or an outage ends nothing.

A list is stored before its first invitation, with the moment at which it is due. The process that sends it puts that
moment off, a lease at a time: if the process dies, another takes the list up when the lease is over. A list that an
outage or a limit stopped is due again later. Nobody is invited twice: each person's command has an id from the list's
key and the place in the list. A list whose seats are being bought waits for them; without them, nobody is invited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.vocabulary import RejectionCode, Role, SeatType, member
from database.postgres import is_transient
from services.gateway.application.directory import Directory
from services.gateway.application.invitations import Invitations, Invitee
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Chassis
from services.gateway.application.step_up import has_rights
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.invitation_limits import OF_AGENCY
from services.gateway.domain.list_pause import Pause, pause_after
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import invitation_lists as store_lists
from services.gateway.store.invitation_lists import StoredList
from telemetry.logs import where_raised

log = structlog.get_logger(__name__)

_TOGETHER = 25
"""People whose invitations are under way at the same time: other requests share the pool."""
_PATIENCE_SECONDS = 5.0
_LEASE = timedelta(seconds=60)
"""How long a list stays with the process that sends it, renewed with each portion, which takes 5 seconds at most."""
_LOOK_SECONDS = 10.0
_STOPPING = {RejectionCode.BUS_UNAVAILABLE, RejectionCode.TOO_MANY_ATTEMPTS}
"""Rejections that leave a person unsent: the same invitation may be sent later."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list is: each person with the operation that invites them; None: not begun.

    `due_at` is when the rest is sent, `pause` why it is not sent at once; both None when nothing is left to send.
    `purchase` buys the seats first; None when none are bought.
    """

    id: UUID
    people: tuple[tuple[Invitee, Operation | None], ...]
    created_at: datetime
    due_at: datetime | None
    pause: Pause | None
    purchase: Operation | None

    @property
    def not_bought(self) -> RejectedError | None:
        """Why the seats were not bought, so that nobody is invited; None otherwise."""
        if self.purchase is None or self.purchase.state is not OperationState.REJECTED:
            return None
        return RejectedError(self.purchase.code or RejectionCode.INTERNAL_ERROR, self.purchase.figures)

    @property
    def waits_for_seats(self) -> bool:
        """Whether the seats are still being bought."""
        return self.purchase is not None and self.purchase.state is OperationState.RUNNING

    @property
    def can_be_hurried(self) -> bool:
        """Whether the sender may press for the rest: it is not being sent now, and no purchase decides about it."""
        idle = self.due_at is None or self.pause in {Pause.OUTAGE, Pause.LIMIT}
        return bool(self.unsent) and idle and not self.waits_for_seats and self.not_bought is None

    @property
    def awaits_payment(self) -> bool:
        """Whether the purchase waits for its payment, which may take hours or days."""
        return self.waits_for_seats and self.purchase is not None and self.purchase.awaits_payment

    @property
    def invited(self) -> int:
        """How many are invited."""
        return self._in(OperationState.DONE)

    @property
    def unsent(self) -> int:
        """How many are not begun."""
        return sum(operation is None for _, operation in self.people)

    @property
    def running(self) -> int:
        """How many are begun and have no outcome yet."""
        return self._in(OperationState.RUNNING)

    def _in(self, state: OperationState) -> int:
        return sum(operation is not None and operation.state is state for _, operation in self.people)

    @property
    def rejected(self) -> list[tuple[Invitee, RejectedError]]:
        """Who was not invited, and why."""
        return [
            (invitee, RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures))
            for invitee, operation in self.people
            if operation is not None and operation.state is OperationState.REJECTED
        ]


class ListSending:
    """Sends the lists that are due."""

    def __init__(
        self, chassis: Chassis, operations: Operations, directory: Directory, invitations: Invitations
    ) -> None:
        self._chassis = chassis
        self._operations = operations
        self._directory = directory
        self._invitations = invitations
        self._sending: dict[UUID, asyncio.Task[None]] = {}

    async def begin(
        self, principal: Principal, people: Sequence[Invitee], key: str, purchase: UUID | None = None
    ) -> UUID:
        """Store a list, and send it for a moment; the id of the list. `purchase`: what buys its seats first."""
        list_id = command_id(str(member(principal.member.id)), key)
        written = [_written(invitee) for invitee in people]
        now = self._chassis.world.clock()
        stored = StoredList(
            list_id, principal.agency.id, principal.member.id, key, written, now, now + _LEASE, purchase
        )
        await store_lists.save(self._chassis.pool, stored)
        await self.go_on(principal, list_id)
        return list_id

    async def go_on(self, principal: Principal, list_id: UUID) -> None:
        """Send what is not sent yet of a list, and wait for it for a moment."""
        stored = await store_lists.of(self._chassis.pool, principal.agency.id, principal.member.id, list_id)
        if stored is None:
            return
        await self._renew(list_id)
        await asyncio.wait({self._task(stored)}, timeout=_PATIENCE_SECONDS)

    def _task(self, stored: StoredList) -> asyncio.Task[None]:
        task = self._sending.get(stored.id)
        if task is None:
            task = self._sending[stored.id] = asyncio.create_task(self._send(stored))
            task.add_done_callback(lambda _: self._sending.pop(stored.id, None))
        return task

    async def run(self) -> None:
        """Send the lists that no process sends: after a restart, an outage or a limit."""
        while True:
            try:
                while await self.run_once():
                    pass
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.lists_wait", error=type(away).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def run_once(self) -> bool:
        """Take up one list that is due; False when there is none."""
        now = self._chassis.world.clock()
        stored = await store_lists.claim(self._chassis.pool, now, now + _LEASE)
        if stored is None:
            return False
        await self._task(stored)
        return True

    async def progress(self, principal: Principal, list_id: UUID) -> Progress | None:
        """How far the sender's list is; None when there is no such list."""
        stored = await store_lists.of(self._chassis.pool, principal.agency.id, principal.member.id, list_id)
        return None if stored is None else await self._progress(stored)

    async def unfinished(self, principal: Principal) -> UUID | None:
        """The newest list of this sender that is not sent in whole; None when there is none."""
        return await store_lists.unfinished(self._chassis.pool, principal.agency.id, principal.member.id)

    async def _progress(self, stored: StoredList) -> Progress:
        caller = str(member(stored.member_id))
        ids = [command_id(caller, f"{stored.key}/{place}") for place in range(len(stored.people))]
        people = zip(map(_read, stored.people), await self._operations.look_many(ids), strict=True)
        purchase = None if stored.purchase is None else await self._operations.look(stored.purchase)
        return Progress(stored.id, tuple(people), stored.created_at, stored.due_at, stored.pause, purchase)

    async def _send(self, stored: StoredList) -> None:
        try:
            pause, wait = await self._send_rest(stored)
        except Exception as fault:  # noqa: BLE001  a list with a fault stops no other list
            if not is_transient(fault):
                log.error("gateway.list_failed", where=where_raised(fault))  # noqa: TRY400  a trace would carry names
            pause, wait = Pause.OUTAGE, None
        now = self._chassis.world.clock()
        due_at = None if pause is None else now + pause_after(pause, now - stored.created_at, wait)
        try:
            await store_lists.put_off(self._chassis.pool, stored.id, due_at, pause)
        except Exception as away:
            if not is_transient(away):
                raise
            log.warning("gateway.lists_wait", error=type(away).__name__)  # the lease ends by itself

    async def _send_rest(self, stored: StoredList) -> tuple[Pause | None, timedelta | None]:
        """Send portion by portion; why the rest has to wait, and how long, or None when nothing is left."""
        progress = await self._progress(stored)
        if progress.waits_for_seats:
            return Pause.PURCHASE, None
        if progress.not_bought is not None:
            return None, None
        unsent = [(place, invitee) for place, (invitee, operation) in enumerate(progress.people) if operation is None]
        limited: list[RejectedError] = []
        for at in range(0, len(unsent), _TOGETHER):
            sender = await self._directory.person(stored.member_id)
            if sender is None or not has_rights(sender, Need.MEMBERS):
                return None, None  # the sender is no admin any more: the rest is not sent
            portion = unsent[at : at + _TOGETHER]
            results = await asyncio.gather(
                *(self._invite(sender, stored, place, invitee) for place, invitee in portion)
            )
            stops = [rejected for rejected in results if rejected is not None]
            if any(rejected.code == RejectionCode.BUS_UNAVAILABLE for rejected in stops):
                return Pause.OUTAGE, None
            limited += stops
            if any(rejected.figures.get("limit") == OF_AGENCY for rejected in stops):
                break
            await self._renew(stored.id)
        return (Pause.LIMIT, _shortest(limited)) if limited else (None, None)

    async def _renew(self, list_id: UUID) -> None:
        await store_lists.put_off(self._chassis.pool, list_id, self._chassis.world.clock() + _LEASE, None)

    async def _invite(
        self, sender: Principal, stored: StoredList, place: int, invitee: Invitee
    ) -> RejectedError | None:
        """Invite one person of the list. A rejection that stops the list is returned; the operation has any other."""
        try:
            await self._invitations.invite(sender, invitee, f"{stored.key}/{place}", checked=stored.key)
        except RejectedError as rejected:
            return rejected if rejected.code in _STOPPING else None
        return None


def _shortest(limited: Sequence[RejectedError]) -> timedelta:
    """The time until the first of these limits counts anew."""
    return timedelta(seconds=min(int(str(rejected.figures["retry_after"])) for rejected in limited))


def _written(invitee: Invitee) -> dict[str, str]:
    return {
        "email": invitee.email,
        "name": invitee.name,
        "seat_type": invitee.seat_type.value,
        "role": invitee.role.value,
    }


def _read(person: Mapping[str, str]) -> Invitee:
    return Invitee(person["email"], person["name"], SeatType(person["seat_type"]), Role(person["role"]))
