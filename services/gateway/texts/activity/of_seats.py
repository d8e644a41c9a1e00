"""Sentences for the events of seats: seats bought, changed, swapped and frozen, and why none was bought."""

from __future__ import annotations

from typing import assert_never

from contracts import auto_add_limits, scheduled_reductions, seat_policies, seats, seats_purchases
from contracts.amounts import money, money_per_cycle
from contracts.limit_wording import limit_used
from contracts.moments import time
from contracts.vocabulary import Actor, ActorKind, FrozenReason, Quantities, RejectionCode, SeatType
from contracts.wording import both_types, counted, seat_change, stripe_fault
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfSeats
from services.gateway.texts import payments, stripe_changes
from services.gateway.texts.activity import of_reductions
from services.gateway.texts.activity.people import listed, name_of, whom
from services.gateway.texts.auto_add_limits import limits_in_words
from services.gateway.texts.money import paid_today, set_already
from services.gateway.texts.seat_policies import policies_in_words
from services.gateway.texts.seats import seats_counted


def sentence(event: OfSeats, actor: Actor, people: People) -> str:  # noqa: C901, PLR0911, PLR0912  one sentence for each event
    """The sentence of the event's line. `people` holds the members that the actor and the event name."""
    name = name_of(actor, people)
    match event:
        case seats.SeatSwapped():
            before, after = event.before.label, event.seat_type.label
            return f"{name} moved {whom(event.member_id, people)} from a {before} seat to a {after} seat"
        case seats.SeatsExchanged():
            return f"{name} exchanged seats in one step: {_exchanged(event, people)}"
        case seats_purchases.SeatsAutoAdded():
            return _auto_added(event, people)
        case seats_purchases.SeatsAdjusted():
            by = seat_change(event.before.quantities(), event.after.quantities())
            cost = _cost(event)
            price = money_per_cycle(event.new_total, event.cycle, event.currency)
            let_in = ""
            if event.let_in_for is not None:
                let_in = f" · let in {listed(event.let_in, event.let_in_count, people)}"
            return f"{name} changed the seats: {by}{let_in} · {cost} · new total {price}"
        case seats_purchases.PurchaseDeclined():
            them = listed(event.waiting, event.waiting_count, people)
            what = f"Auto-Add could not buy seats for {them}: {_why_failed(event)}"
            return f"{what}; nothing was charged, and Auto-Add is paused"
        case seats_purchases.PurchaseDelayed():
            them = listed(event.waiting, event.waiting_count, people)
            since = time(event.since)
            return f"Stripe has not completed the purchase for {them} since {since}: we go on trying"
        case seats.AutoAddSet():
            return f"{name} switched Auto-Add Seats {'ON' if event.enabled else 'OFF'}"
        case seats.StepUpSet():
            size = f"{counted(event.seats, 'seat')} or {money(event.amount, event.currency)}"
            return f"{name} set that a change of more than {size} needs a fresh code"
        case auto_add_limits.AutoAddLimitsSet():
            return f"{name} set the limits of Auto-Add: {limits_in_words(event.base, event.voice, event.currency)}"
        case auto_add_limits.AutoAddLimitNear():
            used = limit_used(event.measure, event.used, event.limit, event.seat_type, event.currency)
            return f"Auto-Add {'reached its limit' if event.reached else 'is near its limit'}: {used}"
        case (
            scheduled_reductions.ReductionScheduled()
            | scheduled_reductions.ReductionTakenBack()
            | scheduled_reductions.ReductionNear()
            | scheduled_reductions.ReductionMade()
            | scheduled_reductions.ReductionMissed()
        ):
            return of_reductions.sentence(event, name)
        case seat_policies.SeatPoliciesSet():
            return f"{name} set who gets a seat: {policies_in_words(event.base, event.voice)}"
        case seats_purchases.AutoAddResumed():
            return f"{_resumed_by(actor, name)}{_waiting_again(event, people)}"
        case seats.Frozen():
            return f"The seats were frozen: {_why_frozen(event)}; nobody is suspended, and nothing is bought"
        case seats.Thawed():
            return f"The seats are no longer frozen: {both_types(event.purchased.quantities())} are purchased"
        case never:
            assert_never(never)


def _exchanged(event: seats.SeatsExchanged, people: People) -> str:
    """Who holds which seat type now, of those who changed."""
    parts = []
    for seat_type in SeatType:
        moved = [move for move in event.moves if move.seat_type is seat_type and move.before is not seat_type]
        if moved:
            hold = "holds" if len(moved) == 1 else "hold"
            parts.append(f"{listed(moved, len(moved), people)} {hold} {seat_type.label}")
    return ", ".join(parts)


def _why_failed(event: seats_purchases.PurchaseDeclined) -> str:
    if event.code is RejectionCode.BILLING_UNAVAILABLE and event.fault is not None:
        return stripe_fault(event.fault)
    return payments.clause(event.code, event.decline_code)


def _auto_added(event: seats_purchases.SeatsAutoAdded, people: People) -> str:
    added = Quantities(event.after.base - event.before.base, event.after.voice - event.before.voice)
    free = added.base + added.voice - event.served_count
    if event.served_count:
        them = f" for {listed(event.served, event.served_count, people)}"
        them += f", {free} of them free now" if free > 0 else ""
    else:
        them = ", free now: nobody waits for it anymore"
    today = paid_today(event.charged, event.currency, event.invoice)
    cost = "charged later, with one settling invoice" if event.unsettled else today
    return f"Auto-Add bought {seats_counted(added)}{them} · {cost}"


def _resumed_by(actor: Actor, name: str) -> str:
    if actor.kind is ActorKind.MEMBER:
        return f"{name} ended Auto-Add's pause"
    return "Auto-Add's pause is over: the payment is in order at Stripe"


def _waiting_again(event: seats_purchases.AutoAddResumed, people: People) -> str:
    if not event.joined_count:
        return ""
    waits = "waits for a seat" if event.joined_count == 1 else "wait for seats"
    return f"; {listed(event.joined, event.joined_count, people)} {waits}"


def _why_frozen(event: seats.Frozen) -> str:
    match event.reason:
        case FrozenReason.SEATS_REDUCED_ELSEWHERE:
            now, active = both_types(event.purchased.quantities()), both_types(event.active.quantities())
            return f"Stripe has {now}, and {active} are Active"
        case FrozenReason.SUBSCRIPTION_CANCELED | FrozenReason.CUSTOMER_DELETED:
            return stripe_changes.SUBSCRIPTION_ENDED
        case never:
            assert_never(never)


def _cost(event: seats_purchases.SeatsAdjusted) -> str:
    """What an admin's change cost today."""
    if event.on_next_invoice is not None:
        return set_already(event.on_next_invoice, event.currency)
    return paid_today(event.charged, event.currency, event.invoice)
