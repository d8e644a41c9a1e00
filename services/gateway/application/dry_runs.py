"""What would happen if these people logged in now: seats decides by its own rules, and billing prices the purchase.

Nothing changes: the answers are a reply of seats and a quote of billing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.message import Seats
from contracts.seats_simulations import MOST_SIMULATED, Entrant, LoginsSimulated, SimulatedLogin, SimulateLogins
from contracts.vocabulary import MemberStatus, Quantities, RejectionCode, SeatType, domain_of
from services.gateway.application.money import Money
from services.gateway.application.operations import Operations, by_admin
from services.gateway.application.ports import Caller, Chassis
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.who_logs_in import NEEDS_SEAT, Entrance, entrance_of
from services.gateway.model.agency import Member, Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import dry_runs as store_dry_runs


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a dry run: an address, and the seat type of somebody whom the agency does not know yet."""

    email: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a person. `login` is seats' decision; None where a login needs no seat."""

    email: str
    name: str | None
    seat_type: SeatType
    entrance: Entrance
    login: SimulatedLogin | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would become of all of them, the seats before and after, and the price of what would be bought.

    `quote` is None where nothing would be bought, or nothing can be priced now (`no_price`). `waiting` stand in line.
    """

    people: tuple[Foreseen, ...]
    before: Quantities
    after: Quantities
    waiting: Quantities
    quote: Operation | None = None
    no_price: RejectedError | None = None


class DryRuns:
    """Foresees first logins."""

    def __init__(self, chassis: Chassis, operations: Operations, money: Money) -> None:
        self._chassis = chassis
        self._operations = operations
        self._money = money

    async def of_people(self, principal: Principal, caller: Caller, people: Sequence[Person]) -> DryRun:
        """Foresee the logins of these people, in this order. RejectedError `bus_unavailable` without an answer."""
        pool, agency = self._chassis.pool, principal.agency
        known = await store_dry_runs.by_address(pool, agency.id, [person.email for person in people])
        return await self._foresee(
            principal, caller, [_person(person, known.get(person.email), agency.domain) for person in people]
        )

    async def of_pending(self, principal: Principal, caller: Caller) -> DryRun:
        """Foresee the first logins of the Pending logins, as many as one dry run takes."""
        members = await store_dry_runs.pending(self._chassis.pool, principal.agency.id, MOST_SIMULATED)
        return await self._foresee(principal, caller, [_member(member) for member in members])

    async def _foresee(self, principal: Principal, caller: Caller, people: Sequence[Foreseen]) -> DryRun:
        entering = [person for person in people if person.entrance in NEEDS_SEAT]
        if not entering:
            return DryRun(tuple(people), Quantities(), Quantities(), Quantities())
        entrants = tuple(
            Entrant(seat_type=person.seat_type, invited=person.entrance is Entrance.INVITATION) for person in entering
        )
        operation = await self._operations.submit(by_admin(principal, SimulateLogins(people=entrants), None))
        if operation.state is not OperationState.DONE:
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)
        reply = LoginsSimulated.model_validate(operation.result)
        logins = iter(reply.people)
        foreseen = tuple(
            Foreseen(person.email, person.name, person.seat_type, person.entrance, next(logins))
            if person.entrance in NEEDS_SEAT
            else person
            for person in people
        )
        quote, no_price = await self._price(principal, caller, reply)
        before, after = reply.before.quantities(), reply.after.quantities()
        return DryRun(foreseen, before, after, reply.waiting.quantities(), quote, no_price)

    async def _price(
        self, principal: Principal, caller: Caller, reply: LoginsSimulated
    ) -> tuple[Operation | None, RejectedError | None]:
        """Billing's quote of what Auto-Add would buy, or why there is none."""
        if reply.after == reply.before:
            return None, None
        try:
            after = Seats(base=reply.after.base, voice=reply.after.voice)
            quote = await self._money.quote_seats(principal, caller, after, None)
        except RejectedError as rejected:
            return None, rejected
        return (quote, None) if quote.state is OperationState.DONE else (None, RejectedError(_NO_PRICE))


_NO_PRICE = RejectionCode.BUS_UNAVAILABLE


def _person(person: Person, member: Member | None, domain: str) -> Foreseen:
    if member is not None:
        return _member(member)
    on_domain = domain_of(person.email) == domain
    entrance = entrance_of(None, waits_for_seat=False, on_domain=on_domain)
    return Foreseen(person.email, None, person.seat_type, entrance)


def _member(member: Member) -> Foreseen:
    entrance = entrance_of(MemberStatus(member.status), waits_for_seat=member.waits_for_seat, on_domain=True)
    return Foreseen(member.email, member.name, member.plan_type or member.seat_type, entrance)
