"""What seats does with money's news: admins' changes, how purchases end, and what happens to the subscription."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never
from uuid import UUID

from chassis.actor import Turn
from contracts import billing
from contracts import seats as said
from contracts.message import Figures, Seats
from contracts.vocabulary import Refusal
from services.seats.domain import (
    adjust_seats,
    card_fixed,
    changed_elsewhere,
    line,
    past_due,
    purchase_declined,
    purchase_settled,
    retry_payment,
    settled,
)
from services.seats.domain.ledger import Asked
from services.seats.domain.line import Waiter
from services.seats.serving import (
    buy_next,
    end_waits,
    move_line,
    named,
    resume,
    resumed,
    say_of,
    serve,
    tell_capacity,
    unpaid,
)
from services.seats.state import Seats as State


def on_adjust(state: State, order: said.Adjust, turn: Turn) -> None:
    """An admin sets the seat counts, at the price of a quote."""
    asked = Asked(turn.id, turn.actor)
    match adjust_seats.adjust_seats(state.ledger, order.after.quantities(), turn.new_id(), asked):
        case adjust_seats.Start(ledger, purchase):
            state.ledger = ledger
            change = billing.SetQuantities(
                before=Seats.of(purchase.before), after=Seats.of(purchase.after), quote_id=order.quote_id
            )
            turn.say(change, id=purchase.operation_id, correlation_id=turn.id)
        case adjust_seats.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def on_retry_payment(state: State, order: said.RetryPayment, turn: Turn) -> None:  # noqa: ARG001  that it is asked is all
    """An admin has put the card right, or hopes so."""
    match retry_payment.retry_payment(state.ledger, unpaid(state), turn.correlation_id):
        case retry_payment.PayFirst():
            turn.say(billing.PayOwed(), correlation_id=turn.id)
        case outcome:
            _end_retry(state, outcome, turn)


def _not_paid(state: State, code: Refusal, fact: billing.BillingOrderRefused, turn: Turn) -> None:
    """What an admin's other try was to pay first is not paid, or was paid already: the try ends with it."""
    if code is Refusal.NOTHING_TO_CHANGE:
        _end_retry(state, retry_payment.nothing_owed(state.ledger, unpaid(state), turn.correlation_id), turn)
    else:
        _end_retry(state, adjust_seats.Refuse(code, fact.figures), turn)


def _end_retry(
    state: State, outcome: card_fixed.Resumed | card_fixed.NotPaused | adjust_seats.Refuse, turn: Turn
) -> None:
    """End the try that this turn's message is correlated with."""
    match outcome:
        case card_fixed.Resumed(ledger, joined):
            resumed(state, turn, ledger, joined)
            turn.say(said.PaymentRetried(joined=named(joined)))
            serve(state, turn)
        case card_fixed.NotPaused():
            turn.say(said.PaymentRetried())
        case adjust_seats.Refuse(code, figures):
            turn.say(
                said.SeatsOrderRefused(
                    order_id=str(turn.correlation_id), order_type=said.RetryPayment.type, code=code, figures=figures
                )
            )
        case never:
            assert_never(never)


def on_quantities_set(state: State, fact: billing.QuantitiesSet, turn: Turn) -> None:
    """A purchase is paid."""
    terms = purchase_settled.Terms(fact.charged, unsettled=fact.unsettled)
    match purchase_settled.purchase_settled(state.ledger, fact.operation_id, fact.after.quantities(), terms, turn.now):
        case purchase_settled.Paid(ledger, purchase, card_is_good):
            state.ledger = ledger
            if card_is_good:
                resume(state, turn)
            if purchase.asked is None:
                served = move_line(state, turn, purchase)
                say_of(purchase, turn, _auto_added(fact, served))
            else:
                move_line(state, turn)
                tell_capacity(state, turn)
                turn.say(_adjusted(fact), correlation_id=purchase.asked.order_id, actor=purchase.asked.actor)
            buy_next(state, turn)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def _auto_added(fact: billing.QuantitiesSet, served: Iterable[Waiter]) -> said.SeatsAutoAdded:
    return said.SeatsAutoAdded(
        operation_id=fact.operation_id,
        served=named(served),
        before=fact.before,
        after=fact.after,
        charged=fact.charged,
        new_total=fact.total,
        cycle=fact.cycle,
        invoice=fact.invoice,
        unsettled=fact.unsettled,
    )


def _adjusted(fact: billing.QuantitiesSet) -> said.SeatsAdjusted:
    return said.SeatsAdjusted(
        operation_id=fact.operation_id,
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
    match purchase_declined.purchase_refused(state.ledger, fact.operation_id, fact.code, actual, turn.now):
        case purchase_declined.Declined(ledger, purchase, reason):
            # Said before the denials, so that whoever hears of a Blocked member knows already why.
            say_of(purchase, turn, _declined(fact, state.line))
            end_waits(state, line.dismiss(ledger, state.line, reason), turn, declined=purchase)
        case purchase_declined.Stale(ledger) | purchase_declined.HeldBack(ledger):
            state.ledger = ledger
            serve(state, turn)
        case purchase_declined.NotMade(ledger, asked, code):
            state.ledger = ledger
            move_line(state, turn)
            tell_capacity(state, turn)
            turn.say(_not_made(asked, code, fact), correlation_id=asked.order_id, actor=asked.actor)
            buy_next(state, turn)
        case purchase_settled.NotOurs():
            pass
        case never:
            assert_never(never)


def on_order_refused(state: State, fact: billing.BillingOrderRefused, turn: Turn) -> None:
    """Billing did not collect what is owed; or could not even decide a purchase: those who wait are not forgotten."""
    code = Refusal(fact.code) if fact.code in set(Refusal) else Refusal.INTERNAL_ERROR
    if fact.order_type == billing.PayOwed.type:
        _not_paid(state, code, fact, turn)
        return
    refused = billing.QuantitiesRefused(operation_id=UUID(fact.order_id), code=code, figures=fact.figures)
    on_quantities_refused(state, refused, turn)


def _declined(fact: billing.QuantitiesRefused, waiters: Iterable[Waiter]) -> said.PurchaseDeclined:
    return said.PurchaseDeclined(
        operation_id=fact.operation_id,
        code=fact.code,
        decline_code=fact.decline_code,
        waiting=named(waiters),
    )


def _not_made(asked: Asked, code: Refusal, fact: billing.QuantitiesRefused) -> said.SeatsOrderRefused:
    declined: Figures = {} if fact.decline_code is None else {"decline_code": fact.decline_code}
    return said.SeatsOrderRefused(
        order_id=str(asked.order_id), order_type=said.Adjust.type, code=code, figures=fact.figures | declined
    )


def on_subscription_changed(state: State, fact: billing.SubscriptionChanged, turn: Turn) -> None:
    """Somebody changed the quantities at Stripe: what it has counts."""
    state.ledger = changed_elsewhere.subscription_changed(state.ledger, fact.after.quantities())
    serve(state, turn)


def on_subscription_ended(state: State, fact: billing.SubscriptionEnded, turn: Turn) -> None:
    """There is no subscription any more."""
    state.ledger = changed_elsewhere.subscription_ended(state.ledger, fact.reason)
    serve(state, turn)


def on_card_changed(state: State, fact: billing.CardChanged, turn: Turn) -> None:  # noqa: ARG001  that it changed is all
    """The card may be good again."""
    if resume(state, turn):
        serve(state, turn)


def on_payment_recovered(state: State, fact: billing.PaymentRecovered, turn: Turn) -> None:
    """The card is good; and if it was an admin's other try that had it charged, that try is over."""
    if fact.retried:
        _end_retry(state, retry_payment.nothing_owed(state.ledger, unpaid(state), turn.correlation_id), turn)
    elif resume(state, turn):
        serve(state, turn)


def on_payment_failed(state: State, fact: billing.PaymentFailed, turn: Turn) -> None:  # noqa: ARG001  that it failed is all
    """An invoice is unpaid."""
    state.ledger = past_due.payment_failed(state.ledger)
    serve(state, turn)


def on_settled(state: State, fact: billing.Settled, turn: Turn) -> None:
    """Seats that were left unsettled are paid."""
    state.ledger = settled.settled(state.ledger, fact.seats.quantities())
    if resume(state, turn):
        serve(state, turn)
