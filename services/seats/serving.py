"""Serving the line and buying for it, and what everyone is told of that: what handlers of several messages do alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any, assert_never
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts import billing
from contracts import seats as said
from contracts.message import Message, Seats
from contracts.vocabulary import AUTO_ADD, SeatType
from services.seats.domain import auto_add, line
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import Purchase
from services.seats.domain.line import Moved, Waiter
from services.seats.store import Seats as State
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
        before = capacity_of(state.ledger)
        handler(state, message, turn)
        after = capacity_of(state.ledger)
        if after != before:
            turn.say(
                said.CapacityChanged(
                    purchased=Seats.of(after.purchased),
                    incoming=Seats.of(after.incoming),
                    waiting=Seats.of(after.waiting),
                    paused=after.paused,
                )
            )

    return tell
