"""The panel of the Blocked: who they are, the seats that let them in, and the free seats that some could have now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import assert_never
from uuid import UUID

from contracts.members import LetIn
from contracts.vocabulary import BlockedReason, Quantities, RejectionCode
from services.gateway.api.presenters.letting_in import let_in_result
from services.gateway.api.schemas.billing import PaidInvoice
from services.gateway.application.auto_add_limits import raised
from services.gateway.application.directory import of_each_type
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.seats_for_blocked import free_for_blocked, seats_for_blocked
from services.gateway.model.agency import Member, Principal, SeatsView
from services.gateway.model.bulk import MOST_CHANGED
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.billing_view import Price
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.pricing import price_of_counts
from services.gateway.texts import auto_add_limits as limit_texts
from services.gateway.texts import letting_in as texts
from services.gateway.texts.messages import Message

_BASIS_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of the seats that let these people in, or why there is none.

    `raised`: what the limits of Auto-Add become if the admin raises them too; None where no limit holds anybody back.
    """

    who: str
    after: Quantities
    label: str
    price: Price | None
    no_price: Message | None
    raised: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """The Blocked members. `people` are as many as one command lets in, and `total` counts all.

    `basis` names the people and the seats for which a price holds: another one makes the page ask for another price.
    `adding`: seats are being bought now, so nothing else is offered.
    """

    people: tuple[Member, ...]
    by_type: Quantities
    after: Quantities
    added: Quantities
    free: Quantities
    basis: str
    adding: bool
    priced: Priced | None = None

    @property
    def total(self) -> int:
        """How many members are Blocked."""
        return self.by_type.base + self.by_type.voice

    @property
    def title(self) -> str:
        """The sentence of the people who are Blocked, and of the seats that they lack."""
        return texts.blocked(self.total, self.by_type, [member.name for member in self.people])

    @property
    def buys(self) -> bool:
        """Whether a seat is missing."""
        return self.added != Quantities()

    @property
    def label(self) -> str:
        """The label of the button."""
        return texts.add(self.added, len(self.people))

    @property
    def approves(self) -> bool:
        """Whether those who find a free seat only wait for an approval, so that no email is needed."""
        ids = {*self.into_free_seats}
        reasons = {member.blocked_reason for member in self.people if member.id in ids}
        return reasons == {BlockedReason.AWAITING_APPROVAL}

    @property
    def into_free_seats(self) -> list[UUID]:
        """Those who find a free seat of their type, in the panel's order, as many as one request takes."""
        left = self.free
        admitted = []
        for member in self.people:
            if left.of(member.seat_type) > 0:
                left = left.plus(member.seat_type, -1)
                admitted.append(member.id)
        return admitted[:MOST_CHANGED]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of the command that let people in, or how it stands. `running` until it is over."""

    kind: str
    sentence: str
    title: str | None = None
    invoice: PaidInvoice | None = None
    running: bool = False
    confirm: bool = False


async def outcome_of(request: PageRequest) -> Outcome | None:
    """The outcome of the operation that the address names; None when it is not this admin's."""
    try:
        operation = await request.app.operation(UUID(request.query("let_in") or ""), request.caller, operator=False)
    except (ValueError, RejectedError):
        return None
    if operation.kind != LetIn.type:
        return None
    match operation.state:
        case OperationState.RUNNING if operation.awaits_payment:
            return Outcome("warn", texts.CONFIRM, running=True, confirm=True)
        case OperationState.RUNNING:
            return Outcome("info", texts.ADDING, running=True)
        case OperationState.REJECTED:
            alert = Alert.of(RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures))
            return Outcome("bad", alert.sentence, texts.NOT_LET_IN)
        case OperationState.DONE:
            result = let_in_result(operation)
            sentence = texts.done(result.let_in, result.left_out, result.charged.amount, result.charged.currency)
            return Outcome("warn" if result.left_out else "good", sentence, invoice=result.invoice)
        case never:
            assert_never(never)


def purchased_and_held(seats: SeatsView) -> tuple[Quantities, Quantities]:
    """The counts that the agency pays for, and those that members hold or wait for."""
    purchased = Quantities(seats.base.purchased, seats.voice.purchased)
    held = Quantities(seats.base.active + seats.base.waiting, seats.voice.active + seats.voice.waiting)
    return purchased, held


def counts_for(seats: SeatsView, people: Sequence[Member]) -> Quantities:
    """The counts that give each of these people a seat."""
    return seats_for_blocked(*purchased_and_held(seats), of_each_type(people))


async def panel_of(request: PageRequest, admin: Principal, seats: SeatsView) -> Panel | None:
    """The panel without a price; None while nobody is Blocked."""
    people, by_type = await request.app.directory.blocked(admin)
    if not people:
        return None
    purchased, held = purchased_and_held(seats)
    after = counts_for(seats, people)
    facts = [*(member.id.hex for member in people), purchased, held, seats.owed]
    return Panel(
        people=people,
        by_type=by_type,
        after=after,
        added=Quantities(after.base - purchased.base, after.voice - purchased.voice),
        free=free_for_blocked(purchased, held, by_type),
        basis=sha256(repr(facts).encode()).hexdigest()[:_BASIS_LENGTH],
        adding=seats.base.incoming + seats.voice.incoming > 0,
    )


async def priced(request: PageRequest, admin: Principal, seats: SeatsView, people: Sequence[Member]) -> Priced:
    """The price of letting these people in, held for ten minutes."""
    after = counts_for(seats, people)
    purchased, _ = purchased_and_held(seats)
    price, no_price = await price_of_counts(request, admin, after)
    added = Quantities(after.base - purchased.base, after.voice - purchased.voice)
    who = ".".join(member.id.hex for member in people)
    raised = await raised_for(request, admin, seats, people)
    return Priced(who, after, texts.add(added, len(people)), price, no_price, raised)


async def raised_for(request: PageRequest, admin: Principal, seats: SeatsView, people: Sequence[Member]) -> str | None:
    """What the limits become if they are raised for those of these people whom a limit of Auto-Add holds back."""
    held_back = at_limit(people)
    if not held_back or not seats.auto_add:
        return None
    in_use = await request.app.auto_add_limits.in_use(admin)
    limits = raised(in_use, counts_for(seats, people), of_each_type(held_back))
    if limits == in_use.limits:
        return None
    return limit_texts.raise_to(limits.base, limits.voice, admin.agency.currency)


def at_limit(people: Sequence[Member]) -> list[Member]:
    """Those who are Blocked because Auto-Add was at its limit."""
    return [member for member in people if member.blocked_reason is BlockedReason.AUTO_ADD_LIMIT]
