"""A list of people is read, priced, and invited: each by a command of their own, and a rejection stops nobody else.

The list is stored before the first command; `list_sending.py` sends it behind the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.address import parse_address
from contracts.message import Seats
from contracts.vocabulary import MemberStatus, Quantities, RejectionCode, Role, SeatType, member
from services.gateway.application.invitations import Invitee
from services.gateway.application.list_sending import ListSending
from services.gateway.application.money import Money
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.step_up import StepUp
from services.gateway.domain.invitation_list import Line, missing_seats, read_list
from services.gateway.domain.typed_words import WORDS_MAX, typed_words
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import invitation_lists as store_lists
from services.gateway.store import reading as store_reading

KIND = "gateway.invite_many"


@dataclass(frozen=True, slots=True)
class Checked:
    """A line with the invitee, or with why the person cannot be invited.

    `known` is the status of a member, `wrong` the field that the API would reject: `email` or `name`.
    """

    line: Line
    invitee: Invitee | None
    known: MemberStatus | None = None
    wrong: str | None = None


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


class InvitingMany:
    """Reads lists and invites their people."""

    def __init__(
        self, chassis: Chassis, operations: Operations, step_up: StepUp, money: Money, sending: ListSending
    ) -> None:
        self._chassis = chassis
        self._operations = operations
        self._step_up = step_up
        self._money = money
        self.sending = sending

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
        emails = [invitee.email for _, invitee in parsed if isinstance(invitee, Invitee)]
        known = await store_lists.statuses(self._chassis.pool, principal.agency.id, emails)
        return tuple(_checked(line, invitee, known) for line, invitee in parsed)

    async def send(
        self, principal: Principal, people: Sequence[Invitee], key: str, purchase: UUID | None = None
    ) -> UUID:
        """Invite these people; the id of their list. RejectedError `idempotency_key_reused`.

        `purchase`: the operation that still buys their seats; the list waits for it.
        """
        admins = any(invitee.role is Role.ADMIN for invitee in people)
        await self._step_up.role(principal, None, Role.ADMIN if admins else Role.CLINICIAN, key)
        body = "\n\n".join(invitee.text for invitee in people)
        await self._operations.keep_key(principal.agency.id, member(principal.member.id), key, KIND, body)
        return await self.sending.begin(principal, people, key, purchase)


def _invitee(line: Line) -> Invitee | str:
    """The invitee, or the name of the field that is wrong: the rules are those of one invitation."""
    try:
        email = parse_address(line.email)
    except ValueError:
        return "email"
    name = typed_words(line.name)
    if name is None or len(name) > WORDS_MAX:
        return "name"
    return Invitee(email, name, line.seat_type, line.role)


def _checked(line: Line, invitee: Invitee | str, known: dict[str, str]) -> Checked:
    if isinstance(invitee, str):
        return Checked(line, None, wrong=invitee)
    status = known.get(invitee.email)
    if line.duplicate_of is not None:
        return Checked(line, None)
    if status is not None and status != MemberStatus.REMOVED:
        return Checked(line, None, MemberStatus(status))
    return Checked(line, invitee)
