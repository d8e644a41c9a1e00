"""What seats says, as sentences: seats bought, changed, swapped and frozen, and why none was bought."""

from __future__ import annotations

from typing import assert_never

from contracts import seats
from contracts.vocabulary import Actor, ActorKind, FrozenReason, Quantities, Refusal
from services.gateway.activity.paid import paid
from services.gateway.activity.people import People, listed, name_of, whom
from services.gateway.activity.told import OfSeats
from services.gateway.domain.money_words import per_cycle
from services.gateway.domain.seat_words import both_types, seat_change, seats_counted


def sentence(fact: OfSeats, actor: Actor, people: People) -> str:  # noqa: PLR0911  one sentence a fact
    """The line's sentence. `people` are the members that the actor and the fact name."""
    who = name_of(actor, people)
    match fact:
        case seats.SeatSwapped():
            before, after = fact.before.label, fact.seat_type.label
            return f"{who} moved {whom(fact.member_id, people)} from a {before} seat to a {after} seat"
        case seats.SeatsAutoAdded():
            return _auto_added(fact, people)
        case seats.SeatsAdjusted():
            by = seat_change(fact.before.quantities(), fact.after.quantities())
            cost, price = paid(fact.charged, fact.invoice), per_cycle(fact.new_total, fact.cycle)
            return f"{who} changed the seats: {by} · {cost} · new total {price}"
        case seats.PurchaseDeclined():
            them, why = listed((waiter.member_id for waiter in fact.waiting), people), _why_declined(fact.code)
            return f"Auto-Add could not buy seats for {them}: {why}; nothing was charged, and Auto-Add is paused"
        case seats.AutoAddSet():
            return f"{who} switched Auto-Add Seats {'ON' if fact.enabled else 'OFF'}"
        case seats.AutoAddResumed():
            return f"{_resumed_by(actor, who)}{_waiting_again(fact, people)}"
        case seats.Frozen():
            return f"The seats were frozen: {_why_frozen(fact)}; nobody is suspended, and nothing is bought"
        case seats.Thawed():
            return f"The seats are no longer frozen: {both_types(fact.purchased.quantities())} are purchased"
        case never:
            assert_never(never)


def _auto_added(fact: seats.SeatsAutoAdded, people: People) -> str:
    added = Quantities(fact.after.base - fact.before.base, fact.after.voice - fact.before.voice)
    free = added.base + added.voice - len(fact.served)
    if fact.served:
        them = f" for {listed((waiter.member_id for waiter in fact.served), people)}"
        them += f", {free} of them free now" if free > 0 else ""
    else:
        them = ", free now: nobody waits for it any more"
    cost = "charged later, with one settling invoice" if fact.unsettled else paid(fact.charged, fact.invoice)
    return f"Auto-Add bought {seats_counted(added)}{them} · {cost}"


def _why_declined(code: Refusal) -> str:
    if code is Refusal.PAYMENT_ACTION_REQUIRED:
        return "the bank wants the payment confirmed"
    if code is Refusal.PAST_DUE:
        return "an invoice is unpaid"
    return "the card was declined"


def _resumed_by(actor: Actor, who: str) -> str:
    if actor.kind is ActorKind.MEMBER:
        return f"{who} ended Auto-Add's pause"
    return "Auto-Add's pause is over: the payment is in order at Stripe"


def _waiting_again(fact: seats.AutoAddResumed, people: People) -> str:
    if not fact.joined:
        return ""
    waits = "waits for a seat" if len(fact.joined) == 1 else "wait for seats"
    return f"; {listed((waiter.member_id for waiter in fact.joined), people)} {waits}"


def _why_frozen(fact: seats.Frozen) -> str:
    match fact.reason:
        case FrozenReason.SEATS_REDUCED_ELSEWHERE:
            now, active = both_types(fact.purchased.quantities()), both_types(fact.active.quantities())
            return f"Stripe has {now}, and {active} are Active"
        case FrozenReason.SUBSCRIPTION_CANCELED | FrozenReason.CUSTOMER_DELETED:
            return "the subscription has ended"
        case never:
            assert_never(never)
