"""Steps that several handlers share: serve the waiting line, buy for it, and publish the capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, assert_never
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts import auto_add_limits, billing, seats_purchases
from contracts import seats as messages
from contracts.message import Event, Owed, Seats
from contracts.vocabulary import AUTO_ADD, BlockedReason, Quantities, SeatType
from services.seats.domain import auto_add, auto_add_limit, card_fixed, let_in_blocked, line, wait_ends
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.blocked_detail import blocked_detail
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import NO_SEATS, Ledger, Purchase
from services.seats.domain.line import Moved, Waiter
from services.seats.state import Rejoin
from services.seats.state import Seats as State
from services.seats.tasks import LINE_DUE, PURCHASE_DUE, WAIT_DUE, LineDue, PurchaseDue, WaitDue


def join(state: State, position: int, member_id: UUID, seat_type: SeatType, ctx: ActorContext) -> None:
    """Add a member to the end of the line. Their wait ends under this command and in the name of its actor."""
    waiter = Waiter(position, member_id, seat_type, ctx.correlation_id, ctx.actor, ctx.now)
    state.ledger = line.join(state.ledger, waiter)
    state.add_to_line([waiter])


def move_line(state: State, ctx: ActorContext) -> tuple[Waiter, ...]:
    """Serve and deny by the current ledger. Returns the served members for whom a purchase was made."""
    serving = state.ledger.serving
    moved = line.move(state.ledger, state.line, state.beyond, whole=state.is_whole)
    end_waits(state, moved, ctx)
    return tuple(waiter for waiter in moved.admitted if serving is not None and waiter.position <= serving.last)


def end_waits(state: State, moved: Moved, ctx: ActorContext) -> None:
    """Publish the end of each wait, in order, under the command that the member waited for and in their own name.

    The end of a pause lets in the members who are denied because of it. The rest of a long line is taken up in another
    transaction.
    """
    serving = state.ledger.serving
    state.ledger = moved.ledger
    state.leave_line({waiter.member_id for waiter in (*moved.admitted, *moved.denied)})
    for waiter in moved.admitted:
        state.seat(waiter.member_id, waiter.seat_type)
        mine = serving.operation_id if serving is not None and waiter.position <= serving.last else None
        assigned = messages.SeatAssigned(
            member_id=waiter.member_id,
            seat_type=waiter.seat_type,
            operation_id=mine,
            waited_since=None if mine is None else waiter.since,
        )
        ctx.publish(assigned, correlation_id=waiter.correlation_id, actor=waiter.actor)
    if moved.unfinished:
        ctx.task(LINE_DUE, LineDue(), lane=LINE_DUE, key=LINE_DUE)
    is_paused = moved.ledger.paused is not None or moved.ledger.owed is not None
    for waiter in moved.denied:
        reason = moved.reasons[waiter.seat_type]
        if is_paused and reason in UNPAID:
            state.blocked[waiter.member_id] = waiter
        event = denied(moved.ledger, waiter.member_id, waiter.seat_type, reason, moved.operation_id)
        ctx.publish(event, correlation_id=waiter.correlation_id, actor=waiter.actor)


def denied(
    ledger: Ledger, member_id: UUID, seat_type: SeatType, reason: BlockedReason, operation_id: UUID | None = None
) -> messages.SeatDenied:
    """The event of a member who gets no seat, with the detail of its reason."""
    return messages.SeatDenied(
        member_id=member_id,
        seat_type=seat_type,
        reason=reason,
        operation_id=operation_id,
        detail=blocked_detail(ledger, seat_type, reason),
    )


def resume(state: State, ctx: ActorContext) -> bool:
    """End the pause, if there is one, and put the members Blocked for it in line. Returns False if none ended."""
    match card_fixed.card_fixed(state.ledger, unpaid(state), ctx.correlation_id, ctx.now):
        case card_fixed.Resumed() as outcome:
            resumed(state, ctx, outcome)
            return True
        case card_fixed.NotPaused():
            return False
        case never:
            assert_never(never)


def unpaid(state: State) -> card_fixed.Unpaid:
    """The members Blocked for payment, in the order in which they were Blocked."""
    stored = [waiter for waiter in state.unpaid if waiter.member_id not in state.unblocked]
    known = {waiter.member_id for waiter in stored}
    blocked = [waiter for waiter in state.blocked.values() if waiter.member_id not in known]
    rest = state.unpaid_rest
    if rest == NO_SEATS:
        return card_fixed.Unpaid((*stored, *blocked))
    for waiter in blocked:
        rest = rest.plus(waiter.seat_type)
    return card_fixed.Unpaid(stored, rest)


def resumed(state: State, ctx: ActorContext, outcome: card_fixed.Resumed) -> None:
    """Record the end of a pause. The members who joined the line are no longer Blocked for payment."""
    state.ledger = outcome.ledger
    state.add_to_line(outcome.joined)
    state.unblocked |= {waiter.member_id for waiter in outcome.joined}
    if outcome.rest:
        after = outcome.ledger.last_position - outcome.rest
        state.rejoin = Rejoin(after, ctx.correlation_id, ctx.now, tuple(state.blocked.values()), outcome.types)
        state.is_whole, state.unpaid, state.unpaid_rest, state.blocked = False, [], NO_SEATS, {}
    for waiter in outcome.joined:
        state.blocked.pop(waiter.member_id, None)
    ctx.publish(seats_purchases.AutoAddResumed(joined=named(outcome.joined), joined_count=outcome.count))


def resume_by_card(state: State, ctx: ActorContext) -> bool:
    """As `resume`, for a good card or a payment. Returns False if no card ends the pause."""
    return card_fixed.may_end_by_card(state.ledger) and resume(state, ctx)


def withdraw(state: State) -> None:
    """Take the Blocked members out of the line whom an admin's change, which is over, did not let in."""
    over = let_in_blocked.withdraw(state.ledger, state.in_line, whole=state.is_whole)
    state.ledger = over.ledger
    state.leave_line({waiter.member_id for waiter in over.gone})
    state.blocked |= {waiter.member_id: waiter for waiter in over.unpaid}
    for waiter in over.kept:
        state.change_in_line(waiter)


def serve(state: State, ctx: ActorContext) -> None:
    """Serve and deny by the current ledger, then buy for the members who still wait."""
    move_line(state, ctx)
    buy_next(state, ctx)


def buy_next(state: State, ctx: ActorContext) -> None:
    """Start the next purchase now, set the timer for it, or cancel the timer if nothing is to be bought."""
    match auto_add.next_purchase(state.ledger, ctx.now, ctx.new_id(), state.gather):
        case auto_add.Buy(ledger, purchase):
            state.ledger = ledger
            before, after = Seats.of(purchase.before), Seats.of(purchase.after)
            started = seats_purchases.PurchaseStarted(
                operation_id=purchase.operation_id,
                before=before,
                after=after,
                waiting=named(state.line),
                waiting_count=total(state.ledger.waiting),
            )
            publish_for(purchase, ctx, started)
            ctx.send(billing.SetQuantities(before=before, after=after), id=purchase.operation_id, actor=AUTO_ADD)
        case auto_add.BuyLater(at):
            ctx.task(PURCHASE_DUE, PurchaseDue(), lane=PURCHASE_DUE, run_at=at, key=PURCHASE_DUE)
        case auto_add.Rest():
            ctx.cancel(PURCHASE_DUE)
        case never:
            assert_never(never)


def publish_for(purchase: Purchase, ctx: ActorContext, event: Event) -> None:
    """Publish an event about a purchase of Auto-Add, under the purchase's operation."""
    ctx.publish(event, correlation_id=purchase.operation_id, actor=AUTO_ADD)


def to_be_served(ledger: Ledger) -> int:
    """How many members in line have a free seat that is not assigned yet, while a long line is served."""
    if ledger.serving is None:
        return 0
    return sum(min(waiting, max(0, ledger.room(seat_type))) for seat_type, waiting in ledger.waiting)


def total(seats: Quantities) -> int:
    """The sum over the seat types."""
    return sum(count for _, count in seats)


def named(waiters: Sequence[Waiter]) -> tuple[seats_purchases.Waiter, ...]:
    """The first of the waiters as values of a message."""
    first = waiters[: seats_purchases.MOST_NAMED]
    return tuple(
        seats_purchases.Waiter(member_id=waiter.member_id, seat_type=waiter.seat_type, since=waiter.since)
        for waiter in first
    )


def publishing_capacity(handler: Handler) -> Handler:
    """Wrap a handler so that it publishes the capacity once, if its decision changed the capacity."""

    @wraps(handler)
    def handle(state: State, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  whatever the handler takes
        if state.published_capacity is None:
            state.published_capacity = capacity_of(state.ledger)
        looked_for = wait_ends.next_look(state.ledger)
        begin_month(state, ctx)
        handler(state, message, ctx)
        tell_limits(state, ctx)
        publish_capacity(state, ctx)
        set_clock(state, looked_for, ctx)

    return handle


def begin_month(state: State, ctx: ActorContext) -> None:
    """Count Auto-Add's seats of a new month from none."""
    limits = auto_add_limit.this_month(state.ledger.limits, ctx.now)
    if limits is not state.ledger.limits:
        state.ledger = replace(state.ledger, limits=limits)


def tell_limits(state: State, ctx: ActorContext) -> None:
    """Publish that Auto-Add is near a limit, or has reached it, once each time."""
    state.ledger, news = auto_add_limit.with_notices(state.ledger)
    for notice in news:
        near = auto_add_limits.AutoAddLimitNear(
            seat_type=notice.seat_type,
            measure=notice.usage.measure,
            used=notice.usage.used,
            limit=notice.usage.limit,
            reached=notice.usage.left <= 0,
            currency=state.ledger.limits.currency,
        )
        ctx.publish(near, actor=AUTO_ADD)


def set_clock(state: State, before: datetime | None, ctx: ActorContext) -> None:
    """Set the timer for the longest wait if it has changed. `before`: when the timer fires so far."""
    at = wait_ends.next_look(state.ledger)
    if at is None and before is not None:
        ctx.cancel(WAIT_DUE)
    elif at is not None and at != before:
        keep_clock(state, ctx)


def keep_clock(state: State, ctx: ActorContext) -> None:
    """Set the timer for the longest wait, if anybody waits."""
    if (at := wait_ends.next_look(state.ledger)) is not None:
        ctx.task(WAIT_DUE, WaitDue(), lane=WAIT_DUE, run_at=at, key=WAIT_DUE)


def publish_capacity(state: State, ctx: ActorContext) -> None:
    """Publish the capacity if it has changed. Call this before an outcome whose caller will read the capacity."""
    before, now = state.published_capacity, capacity_of(state.ledger)
    state.published_capacity = now
    if before is None or now == before:
        return
    if now.frozen is not None and now.frozen is not before.frozen:
        active = Seats.of(state.ledger.active)
        ctx.publish(messages.Frozen(reason=now.frozen, purchased=Seats.of(now.purchased), active=active))
    elif now.frozen is not before.frozen:
        ctx.publish(messages.Thawed(purchased=Seats.of(now.purchased)))
    ctx.publish(
        messages.CapacityChanged(
            purchased=Seats.of(now.purchased),
            incoming=Seats.of(now.incoming),
            waiting=Seats.of(now.waiting),
            paused=now.paused,
            unsettled=Seats.of(now.unsettled),
            frozen=now.frozen,
            fault=now.fault,
            declined=now.declined,
            decline_code=now.decline_code,
            owed=Owed.of(now.owed) if now.owed is not None else None,
        )
    )
