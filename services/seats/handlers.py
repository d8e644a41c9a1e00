"""What seats does with each message that it hears, and with its timer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, assert_never
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts import billing, members
from contracts import seats as said
from contracts.message import Message, Seats
from contracts.vocabulary import AUTO_ADD, Quantities, Refusal, SeatType
from services.seats.domain import account, auto_add, card_fixed, first_login, line, purchase_declined, purchase_settled
from services.seats.domain import release as leaving
from services.seats.domain import set_auto_add as switch
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import Purchase
from services.seats.domain.line import FOUNDER, Moved, Waiter
from services.seats.store import Seats as State
from services.seats.tasks import PURCHASE_DUE, PurchaseDue


def on_agency_founded(state: State, fact: members.AgencyFounded, turn: Turn) -> None:
    """The first admin stands first in line until the account is open."""
    _join(state, FOUNDER, fact.admin_id, fact.admin_seat_type, turn)


def on_account_opened(state: State, fact: billing.AccountOpened, turn: Turn) -> None:
    """Those who waited for the account are served, the first admin first."""
    state.ledger = account.opened(state.ledger, fact.purchased.quantities())
    _move_line(state, turn)
    _buy_next(state, turn)


def on_no_account(state: State, fact: billing.AccountRefused | members.AgencyRefused, turn: Turn) -> None:  # noqa: ARG001  whichever is heard first
    """There will be no seats."""
    _apply(state, account.refused(state.ledger, state.line), turn)


def on_baa_signed(state: State, fact: members.BaaSigned, turn: Turn) -> None:  # noqa: ARG001  that it is signed is all
    """Auto-Add may be switched on."""
    state.ledger = replace(state.ledger, baa_signed=True)


def on_first_login(state: State, fact: members.FirstLogin, turn: Turn) -> None:
    """The capacity check."""
    match first_login.first_login(state.ledger, fact.seat_type):
        case first_login.Admit(ledger):
            state.ledger = ledger
            state.seated.append((fact.member_id, fact.seat_type))
            turn.say(said.SeatAssigned(member_id=fact.member_id, seat_type=fact.seat_type))
        case first_login.Wait():
            nobody_waited = not state.ledger.someone_waits
            _join(state, state.ledger.last_position + 1, fact.member_id, fact.seat_type, turn)
            # Whoever joins a line finds its next purchase under way, or its timer set.
            if nobody_waited:
                _buy_next(state, turn)
        case first_login.Block(reason):
            if reason in UNPAID:
                state.blocked[fact.member_id] = Waiter(
                    0, fact.member_id, fact.seat_type, turn.correlation_id, turn.actor
                )
            turn.say(said.SeatDenied(member_id=fact.member_id, seat_type=fact.seat_type, reason=reason))
        case never:
            assert_never(never)


def on_removed(state: State, fact: members.Removed, turn: Turn) -> None:
    """Somebody is removed: whoever waits for a seat of that type may have it."""
    who = fact.member_id
    state.unblocked.add(who)
    state.blocked.pop(who, None)
    match leaving.release(state.ledger, state.line, who, state.seat_of(who)):
        case leaving.Freed(ledger, seat_type):
            state.ledger = ledger
            state.let_go(who)
            turn.say(said.SeatReleased(member_id=who, seat_type=seat_type, held=True))
        case leaving.LeftTheLine(ledger, waiter, left):
            state.ledger, state.line = ledger, list(left)
            gone = said.SeatReleased(member_id=who, seat_type=waiter.seat_type, held=False)
            turn.say(gone, correlation_id=waiter.correlation_id)
        case leaving.NothingToRelease():
            return
        case never:
            assert_never(never)
    _move_line(state, turn)
    _buy_next(state, turn)


def on_set_auto_add(state: State, order: said.SetAutoAdd, turn: Turn) -> None:
    """An admin switches Auto-Add."""
    match switch.set_auto_add(state.ledger, enabled=order.enabled):
        case switch.Switched(ledger):
            state.ledger = ledger
            turn.say(said.AutoAddSet(enabled=order.enabled))
            _move_line(state, turn)
            _buy_next(state, turn)
        case switch.BaaUnsigned():
            turn.refuse(Refusal.BAA_UNSIGNED)
        case never:
            assert_never(never)


def on_quantities_set(state: State, fact: billing.QuantitiesSet, turn: Turn) -> None:
    """A purchase is paid."""
    match purchase_settled.purchase_settled(state.ledger, fact.operation_id, fact.after.quantities(), turn.now):
        case purchase_settled.Paid(ledger, purchase):
            state.ledger = ledger
            served = _move_line(state, turn, purchase)
            _say_of(purchase, turn, _auto_added(fact, served))
            _buy_next(state, turn)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def _auto_added(fact: billing.QuantitiesSet, served: Iterable[Waiter]) -> said.SeatsAutoAdded:
    return said.SeatsAutoAdded(
        operation_id=fact.operation_id,
        served=_told(served),
        before=fact.before,
        after=fact.after,
        charged=fact.charged,
        new_total=fact.total,
        cycle=fact.cycle,
        invoice=fact.invoice,
    )


def on_quantities_refused(state: State, fact: billing.QuantitiesRefused, turn: Turn) -> None:
    """A purchase came to nothing."""
    actual = fact.actual.quantities() if fact.actual is not None else None
    _refused(state, turn, fact, actual)


def on_order_refused(state: State, fact: billing.BillingOrderRefused, turn: Turn) -> None:
    """Billing could not even decide our order: nothing was sent to Stripe, and those who wait are not forgotten."""
    fault = billing.QuantitiesRefused(operation_id=UUID(fact.order_id), code=Refusal.INTERNAL_ERROR)
    _refused(state, turn, fault, None)


def _refused(state: State, turn: Turn, fact: billing.QuantitiesRefused, actual: Quantities | None) -> None:
    match purchase_declined.purchase_refused(state.ledger, fact.operation_id, fact.code, actual, turn.now):
        case purchase_declined.Declined(ledger, purchase, reason):
            # Said before the denials, so that whoever hears of a Blocked member knows already why.
            _say_of(purchase, turn, _declined(fact, state.line))
            _apply(state, line.dismiss(ledger, state.line, reason), turn, declined=purchase)
        case purchase_declined.Stale(ledger) | purchase_declined.HeldBack(ledger):
            state.ledger = ledger
            _move_line(state, turn)
            _buy_next(state, turn)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def _declined(fact: billing.QuantitiesRefused, waiters: Iterable[Waiter]) -> said.PurchaseDeclined:
    return said.PurchaseDeclined(
        operation_id=fact.operation_id,
        code=fact.code,
        decline_code=fact.decline_code,
        waiting=_told(waiters),
    )


def on_card_changed(state: State, fact: billing.CardChanged, turn: Turn) -> None:  # noqa: ARG001  that it changed is all
    """The card may be good again."""
    unpaid = [one for one in state.unpaid if one.member_id not in state.unblocked]
    unpaid += [one for one in state.blocked.values() if one.member_id not in {other.member_id for other in unpaid}]
    match card_fixed.card_fixed(state.ledger, unpaid, turn.correlation_id):
        case card_fixed.Resumed(ledger, joined):
            state.ledger = ledger
            state.line += joined
            state.unblocked |= {waiter.member_id for waiter in joined}
            state.blocked = {} if joined else state.blocked
            _move_line(state, turn)
            _buy_next(state, turn)
        case card_fixed.NotPaused():
            pass
        case never:
            assert_never(never)


def on_purchase_due(state: State, due: PurchaseDue, turn: Turn) -> None:  # noqa: ARG001  that it fired is all
    """The timer fired."""
    _buy_next(state, turn)


def _join(state: State, position: int, member_id: UUID, seat_type: SeatType, turn: Turn) -> None:
    waiter = Waiter(position, member_id, seat_type, turn.correlation_id, turn.actor)
    state.ledger = line.join(state.ledger, waiter)
    state.line.append(waiter)


def _move_line(state: State, turn: Turn, paid: Purchase | None = None) -> tuple[Waiter, ...]:
    """Serve and deny by the ledger as it is now; answers those whom the purchase `paid` was made for and served."""
    moved = line.move(state.ledger, state.line)
    _apply(state, moved, turn, paid=paid)
    return tuple(waiter for waiter in moved.admitted if paid is not None and waiter.position <= paid.last)


def _apply(
    state: State, moved: Moved, turn: Turn, *, paid: Purchase | None = None, declined: Purchase | None = None
) -> None:
    """Tell everyone whose wait is over, in order, under the order that they wait for and in their own name."""
    state.ledger = moved.ledger
    state.line = list(moved.left)
    for waiter in moved.admitted:
        state.seated.append((waiter.member_id, waiter.seat_type))
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


def _buy_next(state: State, turn: Turn) -> None:
    """Start the next purchase, or set its timer."""
    match auto_add.next_purchase(state.ledger, turn.now, turn.new_id()):
        case auto_add.Buy(ledger, purchase):
            state.ledger = ledger
            before, after = Seats.of(purchase.before), Seats.of(purchase.after)
            started = said.PurchaseStarted(
                operation_id=purchase.operation_id, before=before, after=after, waiting=_told(state.line)
            )
            _say_of(purchase, turn, started)
            turn.say(billing.SetQuantities(before=before, after=after), id=purchase.operation_id, actor=AUTO_ADD)
        case auto_add.BuyLater(at):
            turn.task(PURCHASE_DUE, PurchaseDue(), lane=PURCHASE_DUE, run_at=at, key=PURCHASE_DUE)
        case auto_add.Rest():
            turn.cancel(PURCHASE_DUE)
        case never:
            assert_never(never)


def _say_of(purchase: Purchase, turn: Turn, fact: Message) -> None:
    turn.say(fact, correlation_id=purchase.operation_id, actor=AUTO_ADD)


def _told(waiters: Iterable[Waiter]) -> tuple[said.Waiter, ...]:
    return tuple(said.Waiter(member_id=waiter.member_id, seat_type=waiter.seat_type) for waiter in waiters)


def _telling_capacity(handler: Handler) -> Handler:
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


_HANDLERS: Mapping[type[Message], Handler] = {
    said.SetAutoAdd: on_set_auto_add,
    members.AgencyFounded: on_agency_founded,
    members.AgencyRefused: on_no_account,
    members.FirstLogin: on_first_login,
    members.Removed: on_removed,
    members.BaaSigned: on_baa_signed,
    billing.AccountOpened: on_account_opened,
    billing.AccountRefused: on_no_account,
    billing.CardChanged: on_card_changed,
    billing.QuantitiesSet: on_quantities_set,
    billing.QuantitiesRefused: on_quantities_refused,
    billing.BillingOrderRefused: on_order_refused,
}
HEARD: Mapping[type[Message], Handler] = {kind: _telling_capacity(handler) for kind, handler in _HANDLERS.items()}
on_timer = _telling_capacity(on_purchase_due)
