"""The handlers of seats for payments: retries after a decline, what is owed, the card, disputes, and settled seats."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts import billing, billing_payments, seats_purchases
from contracts import seats as messages
from contracts.message import Owed
from contracts.payment_vocabulary import Reversal
from contracts.rejections import Rejection
from contracts.vocabulary import RejectionCode
from services.seats.domain import (
    adjust_seats,
    card_fixed,
    past_due,
    pay_then_adjust,
    payment_disputed,
    retry_payment,
    settled,
)
from services.seats.purchases import on_quantities_rejected, send_change
from services.seats.state import Seats as State
from services.seats.waiting_line import named, publish_capacity, resume, resume_by_card, resumed, serve, unpaid


def on_retry_payment(state: State, command: seats_purchases.RetryPayment, ctx: ActorContext) -> None:  # noqa: ARG001  the command has no fields
    """End the pause after a decline. If an invoice is unpaid, have billing charge it first."""
    match retry_payment.retry_payment(state.ledger, unpaid(state), ctx.correlation_id, ctx.now):
        case retry_payment.PayFirst():
            ctx.send(billing.PayOwed(), correlation_id=ctx.id)
        case outcome:
            _end_retry(state, outcome, ctx)


def _not_paid(state: State, rejection: Rejection, ctx: ActorContext) -> None:
    """End an admin's retry or change: billing could not charge the unpaid invoice, or found none."""
    change = pay_then_adjust.waiting_change(state.ledger, ctx.correlation_id)
    if change is not None and rejection.code is RejectionCode.NOTHING_TO_CHANGE:
        state.ledger = replace(state.ledger, owed=None)
        _begin_waiting_change(state, ctx)
    elif change is not None:
        rejected = billing.QuantitiesRejected(operation_id=change.operation_id, code=rejection.code, figures=rejection)
        on_quantities_rejected(state, rejected, ctx)
    elif rejection.code is RejectionCode.NOTHING_TO_CHANGE:
        _end_retry(state, retry_payment.nothing_owed(state.ledger, unpaid(state), ctx.correlation_id, ctx.now), ctx)
    else:
        _end_retry(state, adjust_seats.Reject(rejection), ctx)


def _end_retry(
    state: State,
    outcome: card_fixed.Resumed | past_due.OwesNothing | adjust_seats.Reject,
    ctx: ActorContext,
    paid: Owed | None = None,
) -> None:
    """End the retry that this message is correlated with. `paid` is what was owed and has been charged for it."""
    match outcome:
        case card_fixed.Resumed(_, joined) as resume_outcome:
            resumed(state, ctx, resume_outcome)
            ctx.publish(
                seats_purchases.PaymentRetried(joined=named(joined), joined_count=resume_outcome.count, paid=paid)
            )
            serve(state, ctx)
        case past_due.OwesNothing(ledger):
            state.ledger = ledger
            publish_capacity(state, ctx)
            ctx.publish(seats_purchases.PaymentRetried(paid=paid))
        case adjust_seats.Reject(rejection):
            ctx.publish(
                messages.SeatsCommandRejected(
                    command_id=str(ctx.correlation_id),
                    command_type=seats_purchases.RetryPayment.type,
                    code=rejection.code,
                    figures=rejection,
                )
            )
        case never:
            assert_never(never)


def on_command_rejected(state: State, event: billing.BillingCommandRejected, ctx: ActorContext) -> None:
    """End the retry whose charge billing rejected, or the purchase that billing rejected before it began."""
    rejection = event.rejection
    if event.command_type == billing.PayOwed.type:
        _not_paid(state, rejection, ctx)
        return
    rejected = billing.QuantitiesRejected(operation_id=UUID(event.command_id), code=rejection.code, figures=rejection)
    on_quantities_rejected(state, rejected, ctx)


def on_card_changed(state: State, event: billing_payments.CardChanged, ctx: ActorContext) -> None:  # noqa: ARG001  only its arrival counts
    """End a pause: a new card may be good."""
    if resume_by_card(state, ctx):
        serve(state, ctx)


def on_payment_recovered(state: State, event: billing_payments.PaymentRecovered, ctx: ActorContext) -> None:
    """End the debt, a pause with it, and an admin's retry if the payment was made for it.

    A change of an admin that had what is owed paid first begins now.
    """
    is_change = pay_then_adjust.waiting_change(state.ledger, ctx.correlation_id) is not None
    if event.retried and not is_change:
        outcome = retry_payment.nothing_owed(state.ledger, unpaid(state), ctx.correlation_id, ctx.now)
        state.ledger = replace(state.ledger, owed=None)
        _end_retry(state, outcome, ctx, event.paid)
        return
    match past_due.nothing_owed(state.ledger, unpaid(state), ctx.correlation_id, ctx.now, retried=False):
        case card_fixed.Resumed() as outcome:
            resumed(state, ctx, outcome)
            serve(state, ctx)
        case past_due.OwesNothing(ledger):
            state.ledger = ledger
        case never:
            assert_never(never)
    _begin_waiting_change(state, ctx)


def _begin_waiting_change(state: State, ctx: ActorContext) -> None:
    """Begin the change of this message's command, if it waited for a payment."""
    begin = pay_then_adjust.debt_paid(state.ledger, ctx.correlation_id)
    if begin is not None:
        state.ledger = begin.ledger
        send_change(begin.purchase, ctx)


def on_payment_reversed(state: State, event: billing_payments.PaymentReversed, ctx: ActorContext) -> None:
    """Pause Auto-Add when a dispute is lost, and end that pause when no dispute is lost any more."""
    if event.kind is Reversal.DISPUTE_LOST:
        state.ledger = payment_disputed.dispute_lost(state.ledger)
        serve(state, ctx)
    elif event.regained and payment_disputed.is_paused_for_dispute(state.ledger) and resume(state, ctx):
        serve(state, ctx)


def on_debt_changed(state: State, event: billing_payments.DebtChanged, ctx: ActorContext) -> None:
    """Buy nothing while the agency owes an invoice."""
    state.ledger = past_due.debt_changed(state.ledger, event.owed.debt())
    serve(state, ctx)


def on_settled(state: State, event: billing_payments.Settled, ctx: ActorContext) -> None:
    """Take paid seats off the unsettled ones, and end a pause."""
    state.ledger = settled.settled(state.ledger, event.seats.quantities())
    if resume_by_card(state, ctx):
        serve(state, ctx)


def on_prorations_lost(state: State, event: billing_payments.ProrationsLost, ctx: ActorContext) -> None:  # noqa: ARG001  nothing is published
    """Take the seats off the unsettled ones: no invoice will ever charge them."""
    state.ledger = settled.settled(state.ledger, event.seats.quantities())
