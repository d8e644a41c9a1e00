"""Serving the line and buying for it, and what everyone is told of that: what handlers of several messages do alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import wraps
from typing import Any, assert_never
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts import billing
from contracts import seats as said
from contracts.message import Message, Seats
from contracts.vocabulary import AUTO_ADD, SeatType
from services.seats.domain import auto_add, card_fixed, line
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import Ledger, Purchase
from services.seats.domain.line import Moved, Waiter
from services.seats.state import Seats as State
from services.seats.tasks import PURCHASE_DUE, PurchaseDue


def join(state: State, position: int, member_id: UUID, seat_type: SeatType, turn: Turn) -> None:
    """One more at the end of the line, under this order and in the name of who gave it."""
    waiter = Waiter(position, member_id, seat_type, turn.correlation_id, turn.actor)
    state.ledger = line.join(state.ledger, waiter)
    state.line.append(waiter)


def move_line(state: State, turn: Turn, paid: Purchase | None = None) -> tuple[Waiter, ...]:
    """Serve and deny by the ledger as it is now; answers those whom the purchase `paid` was made for and served."""
    moved = line.move(state.ledger, state.line)
    end_waits(state, moved, turn, paid=paid)
    return tuple(waiter for waiter in moved.admitted if paid is not None and waiter.position <= paid.last)


def end_waits(
    state: State, moved: Moved, turn: Turn, *, paid: Purchase | None = None, declined: Purchase | None = None
) -> None:
    """Tell everyone whose wait is over, in order, under the order that they wait for and in their own name."""
    state.ledger = moved.ledger
    state.line = list(moved.left)
    for waiter in moved.admitted:
        state.seat(waiter.member_id, waiter.seat_type)
        mine = paid.operation_id if paid is not None and waiter.position <= paid.last else None
        assigned = said.SeatAssigned(member_id=waiter.member_id, seat_type=waiter.seat_type, operation_id=mine)
        turn.say(assigned, correlation_id=waiter.correlation_id, actor=waiter.actor)
    if moved.reason is None:
        return
    operation = declined.operation_id if declined is not None else None
    if moved.reason in UNPAID:
        state.blocked |= {waiter.member_id: waiter for waiter in moved.denied}
    for waiter in moved.denied:
        denied = said.SeatDenied(
            member_id=waiter.member_id, seat_type=waiter.seat_type, reason=moved.reason, operation_id=operation
        )
        turn.say(denied, correlation_id=waiter.correlation_id, actor=waiter.actor)


def resume(state: State, turn: Turn) -> bool:
    """The card is good: end the pause, if there is one, with everyone in line again whom it Blocked."""
    match card_fixed.card_fixed(state.ledger, unpaid(state), turn.correlation_id):
        case card_fixed.Resumed(ledger, joined):
            resumed(state, turn, ledger, joined)
            return True
        case card_fixed.NotPaused():
            return False
        case never:
            assert_never(never)


def unpaid(state: State) -> tuple[Waiter, ...]:
    """Who is Blocked for payment, in the order of being Blocked."""
    stored = [one for one in state.unpaid if one.member_id not in state.unblocked]
    known = {one.member_id for one in stored}
    return (*stored, *(one for one in state.blocked.values() if one.member_id not in known))


def resumed(state: State, turn: Turn, ledger: Ledger, joined: Sequence[Waiter]) -> None:
    """The pause is over; whoever joined the line is Blocked for payment no more."""
    state.ledger = ledger
    state.line += joined
    state.unblocked |= {waiter.member_id for waiter in joined}
    state.blocked = {} if joined else state.blocked
    turn.say(said.AutoAddResumed(joined=named(joined)))


def serve(state: State, turn: Turn) -> None:
    """Serve and deny by the ledger as it is now, and buy for those who go on waiting."""
    move_line(state, turn)
    buy_next(state, turn)


def buy_next(state: State, turn: Turn) -> None:
    """Start the next purchase, or set its timer."""
    match auto_add.next_purchase(state.ledger, turn.now, turn.new_id()):
        case auto_add.Buy(ledger, purchase):
            state.ledger = ledger
            before, after = Seats.of(purchase.before), Seats.of(purchase.after)
            started = said.PurchaseStarted(
                operation_id=purchase.operation_id, before=before, after=after, waiting=named(state.line)
            )
            say_of(purchase, turn, started)
            turn.say(billing.SetQuantities(before=before, after=after), id=purchase.operation_id, actor=AUTO_ADD)
        case auto_add.BuyLater(at):
            turn.task(PURCHASE_DUE, PurchaseDue(), lane=PURCHASE_DUE, run_at=at, key=PURCHASE_DUE)
        case auto_add.Rest():
            turn.cancel(PURCHASE_DUE)
        case never:
            assert_never(never)


def say_of(purchase: Purchase, turn: Turn, fact: Message) -> None:
    """Say a fact about a purchase of Auto-Add's."""
    turn.say(fact, correlation_id=purchase.operation_id, actor=AUTO_ADD)


def named(waiters: Iterable[Waiter]) -> tuple[said.Waiter, ...]:
    """Those who wait, as they are named on the bus."""
    return tuple(said.Waiter(member_id=waiter.member_id, seat_type=waiter.seat_type) for waiter in waiters)


def telling_capacity(handler: Handler) -> Handler:
    """Say the new capacity after a decision that changed it, once."""

    @wraps(handler)
    def tell(state: State, message: Any, turn: Turn) -> None:  # noqa: ANN401  whatever the handler takes
        if state.told is None:
            state.told = capacity_of(state.ledger)
        handler(state, message, turn)
        tell_capacity(state, turn)

    return tell


def tell_capacity(state: State, turn: Turn) -> None:
    """Say the capacity if it is another than was told last; before an outcome, so that who waits for that sees it."""
    before, now = state.told, capacity_of(state.ledger)
    state.told = now
    if before is None or now == before:
        return
    if now.frozen is not None and now.frozen is not before.frozen:
        active = Seats.of(state.ledger.active)
        turn.say(said.Frozen(reason=now.frozen, purchased=Seats.of(now.purchased), active=active))
    elif now.frozen is not before.frozen:
        turn.say(said.Thawed(purchased=Seats.of(now.purchased)))
    turn.say(
        said.CapacityChanged(
            purchased=Seats.of(now.purchased),
            incoming=Seats.of(now.incoming),
            waiting=Seats.of(now.waiting),
            paused=now.paused,
            unsettled=Seats.of(now.unsettled),
            frozen=now.frozen,
        )
    )
