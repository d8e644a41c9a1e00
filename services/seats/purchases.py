"""The handlers of seats for purchases: admins' adjustments, ends of purchases, changes of the subscription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from chassis.actor import ActorContext
from contracts import billing, billing_payments, seats_purchases
from contracts import seats as messages
from contracts.message import Seats
from contracts.rejections import decline_code_of, fault_of, of_code
from contracts.vocabulary import RejectionCode
from services.seats.domain import (
    adjust_seats,
    changed_externally,
    let_in_blocked,
    line,
    pay_then_adjust,
    payment_awaited,
    purchase_declined,
    purchase_settled,
    scheduled_reduction,
)
from services.seats.domain.ledger import AdjustRequest, Purchase, Serving
from services.seats.domain.line import Waiter
from services.seats.reductions import follow_reduction, reduction_made
from services.seats.state import Seats as State
from services.seats.waiting_line import (
    buy_next,
    end_waits,
    move_line,
    named,
    publish_capacity,
    publish_for,
    resume,
    serve,
    to_be_served,
    total,
    withdraw,
)


def on_adjust(state: State, command: seats_purchases.Adjust, ctx: ActorContext) -> None:
    """Start an admin's change of the seat counts, at the price of a quote, or reject it."""
    lets_in_for = ctx.correlation_id if command.let_in else None
    request = AdjustRequest(ctx.id, ctx.actor, command.quote_id, lets_in_for=lets_in_for)
    after = command.after.quantities()
    match adjust_seats.adjust_seats(state.ledger, after, ctx.new_id(), request, pay_owed=command.pay_owed):
        case adjust_seats.Start() as start if command.let_in:
            _let_in(state, start, command, ctx)
        case adjust_seats.Start() as start:
            _begin(state, start, ctx)
        case adjust_seats.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def _let_in(state: State, start: adjust_seats.Start, command: seats_purchases.Adjust, ctx: ActorContext) -> None:
    """Begin a change that lets Blocked members in, or reject it."""
    people = [(blocked.member_id, blocked.seat_type, blocked.reason) for blocked in command.let_in]
    known = {waiter.member_id for waiter in state.in_line} | set(state.holders) | set(state.seated)
    match let_in_blocked.let_in(start, people, known, ctx.now):
        case let_in_blocked.Begun(begun, joined):
            state.add_to_line(joined)
            for waiter in joined:
                state.unblocked.add(waiter.member_id)
                state.blocked.pop(waiter.member_id, None)
            _begin(state, begun, ctx)
        case adjust_seats.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def _begin(state: State, start: adjust_seats.Start, ctx: ActorContext) -> None:
    """Have billing make an admin's change, or have it charge what is owed first."""
    state.ledger = start.ledger
    if pay_then_adjust.waiting_change(start.ledger, ctx.id) is None:
        send_change(start.purchase, ctx)
    else:
        ctx.send(billing.PayOwed(), correlation_id=ctx.id)


def send_change(purchase: Purchase, ctx: ActorContext) -> None:
    """Have billing make an admin's change, under the admin's command."""
    before, after, request = Seats.of(purchase.before), Seats.of(purchase.after), purchase.request
    change = billing.SetQuantities(before=before, after=after, quote_id=request.quote_id if request else None)
    admins = ctx.correlation_id if request is None else request.correlation_id
    ctx.send(change, id=purchase.operation_id, correlation_id=admins)


def on_payment_awaited(state: State, event: billing_payments.PaymentAwaited, ctx: ActorContext) -> None:  # noqa: ARG001  nothing is published
    """Keep that the purchase under way waits for the payment of its invoice."""
    state.ledger = payment_awaited.payment_awaited(state.ledger, event.operation_id)


def on_quantities_set(state: State, event: billing.QuantitiesSet, ctx: ActorContext) -> None:
    """Count the paid seats, and assign them: to the members that Auto-Add bought for, or to the line."""
    terms = purchase_settled.Terms(event.charged, unsettled=event.unsettled)
    match purchase_settled.purchase_settled(state.ledger, event.operation_id, event.after.quantities(), terms, ctx.now):
        case purchase_settled.Paid(ledger, purchase, card_is_good):
            state.ledger = ledger
            if card_is_good:
                resume(state, ctx)
            if purchase.request is None:
                state.ledger = replace(state.ledger, serving=Serving(purchase.operation_id, purchase.last))
                served = move_line(state, ctx)
                publish_for(purchase, ctx, _auto_added(event, served, len(served) + to_be_served(state.ledger)))
            else:
                adjusted = _serve_change(state, event, purchase, ctx)
                publish_capacity(state, ctx)
                if purchase.request.renewal is not None:
                    reduction_made(state, event, ctx)
                else:
                    ctx.publish(adjusted, correlation_id=purchase.request.correlation_id, actor=purchase.request.actor)
            buy_next(state, ctx)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def _auto_added(event: billing.QuantitiesSet, served: Sequence[Waiter], count: int) -> seats_purchases.SeatsAutoAdded:
    return seats_purchases.SeatsAutoAdded(
        operation_id=event.operation_id,
        served=named(served),
        served_count=count,
        before=event.before,
        after=event.after,
        charged=event.charged,
        new_total=event.total,
        cycle=event.cycle,
        invoice=event.invoice,
        unsettled=event.unsettled,
        other_total=event.other_total,
        currency=event.currency,
    )


def _serve_change(
    state: State, event: billing.QuantitiesSet, purchase: Purchase, ctx: ActorContext
) -> seats_purchases.SeatsAdjusted:
    """Assign an admin's new seats, also to the Blocked members that they were bought for."""
    lets_in_for = None if purchase.request is None else purchase.request.lets_in_for
    adjusted = _adjusted(event, awaited=purchase.awaits_payment)
    if lets_in_for is None:
        move_line(state, ctx)
        return adjusted
    from_blocked = [waiter for waiter in state.in_line if waiter.blocked is not None]
    move_line(state, ctx)
    let_in = [waiter for waiter in from_blocked if waiter.member_id in state.seated]
    withdraw(state)
    move_line(state, ctx)
    people = {"let_in": named(let_in), "let_in_count": len(let_in), "left_out": len(from_blocked) - len(let_in)}
    return adjusted.model_copy(update={"let_in_for": lets_in_for, **people})


def _adjusted(event: billing.QuantitiesSet, *, awaited: bool) -> seats_purchases.SeatsAdjusted:
    return seats_purchases.SeatsAdjusted(
        operation_id=event.operation_id,
        before=event.before,
        after=event.after,
        charged=event.charged,
        new_total=event.total,
        cycle=event.cycle,
        invoice=event.invoice,
        awaited=awaited,
        currency=event.currency,
        on_next_invoice=event.on_next_invoice,
    )


def on_quantities_rejected(state: State, event: billing.QuantitiesRejected, ctx: ActorContext) -> None:
    """End a purchase that changed nothing: deny the line, decide again, or reject the admin's change."""
    actual = event.actual.quantities() if event.actual is not None else None
    reason = purchase_declined.Reason(event.code, actual, fault_of(event.rejection), decline_code_of(event.rejection))
    match purchase_declined.purchase_rejected(state.ledger, event.operation_id, reason, ctx.now):
        case purchase_declined.Declined(ledger, purchase, blocked_for):
            # Publish before the denials, so that a subscriber knows the reason before it handles a Blocked member.
            publish_for(purchase, ctx, _declined(event, state.line, total(ledger.waiting)))
            moved = line.dismiss(ledger, state.line, blocked_for, purchase.operation_id, whole=state.is_whole)
            end_waits(state, moved, ctx)
        case purchase_declined.Stale(ledger) | purchase_declined.HeldBack(ledger):
            state.ledger = ledger
            serve(state, ctx)
        case purchase_declined.NotMade(ledger, request, code) if request.renewal is not None:
            state.ledger = scheduled_reduction.not_made(ledger, code)
            follow_reduction(state, ctx)
            serve(state, ctx)
        case purchase_declined.NotMade(ledger, request, code):
            state.ledger = ledger
            if request.lets_in_for is not None:
                withdraw(state)
            move_line(state, ctx)
            publish_capacity(state, ctx)
            ctx.publish(_not_made(request, code, event), correlation_id=request.correlation_id, actor=request.actor)
            buy_next(state, ctx)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def _declined(
    event: billing.QuantitiesRejected, waiters: Sequence[Waiter], count: int
) -> seats_purchases.PurchaseDeclined:
    return seats_purchases.PurchaseDeclined(
        operation_id=event.operation_id,
        code=event.code,
        decline_code=decline_code_of(event.rejection),
        waiting=named(waiters),
        waiting_count=count,
        fault=fault_of(event.rejection),
    )


def _not_made(
    request: AdjustRequest, code: RejectionCode, event: billing.QuantitiesRejected
) -> messages.SeatsCommandRejected:
    rejection = event.rejection if event.code is code else of_code(code)
    return messages.SeatsCommandRejected(
        command_id=str(request.command_id),
        command_type=seats_purchases.Adjust.type,
        code=rejection.code,
        figures=rejection,
    )


def on_subscription_changed(state: State, event: billing.SubscriptionChanged, ctx: ActorContext) -> None:
    """Take over quantities that were changed at Stripe, and decide the line by them."""
    state.ledger = changed_externally.subscription_changed(state.ledger, event.after.quantities())
    serve(state, ctx)


def on_subscription_ended(state: State, event: billing.SubscriptionEnded, ctx: ActorContext) -> None:
    """Freeze the agency: its subscription is gone."""
    state.ledger = changed_externally.subscription_ended(state.ledger, event.reason)
    follow_reduction(state, ctx)
    serve(state, ctx)
