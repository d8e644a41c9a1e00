"""Blocked members, and the seats that let them in, in words."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import Quantities
from contracts.wording import isolated, seats_by_type
from services.gateway.model.agency import Member
from services.gateway.model.plan import Plan
from services.gateway.texts.members import blocked_in_short

_NAMED = 3
MEANWHILE = "Until then they cannot work. Each of them gets an email as soon as they are in."
ADDING = "Seats are being added. The people are let in by themselves as soon as the seats are paid."
CONFIRM = "The payment has to be confirmed first. The people are let in by themselves as soon as it is paid."
MORE = "Only the first are shown here. Let them in, and the next ones are shown."
CHOOSE = "Choose who …"
CHOOSE_TITLE = "Who is let in?"
NOT_LET_IN = "Nobody was let in"
WITH_AUTO_ADD = "Auto-Add buys for people who log in from now on, and lets in nobody who is blocked already."
COSTS = (
    "A first login that finds no free seat then buys one seat of its type at once, for the rest of this billing cycle."
    " Nothing is charged before that."
)
SWITCH = "Switch Auto-Add ON"
ONLY_SWITCH = "Switch ON only"


def blocked(count: int, by_type: Quantities, names: Sequence[str]) -> str:
    """Who is blocked for want of which seat: 4 people are blocked for want of a Voice seat: Ann, Bo, Cy and Di."""
    kinds = [(seat_type, number) for seat_type, number in by_type if number]
    are = "person is" if count == 1 else "people are"
    if len(kinds) == 1:
        why = f"for want of a {kinds[0][0].label} seat"
    else:
        why = "for want of a seat, " + " and ".join(f"{number:,} {seat_type.label}" for seat_type, number in kinds)
    return f"{count:,} {are} blocked {why}: {listed(count, names)}."


def listed(count: int, names: Sequence[str]) -> str:
    """The names: all of a few, or the first of many and how many others there are."""
    shown = [isolated(name) for name in names]
    if count > _NAMED + 1:
        shown = [*shown[:_NAMED], f"{count - _NAMED:,} others"]
    *first, last = shown or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def add(added: Quantities, count: int) -> str:
    """The label of the button that buys seats and lets people in."""
    return f"Add {seats_by_type(added)} and let {'them' if count > 1 else 'this person'} in"


def asks_for(member: Member, plan: Plan) -> str:
    """The seat that a Blocked member asks for, what one costs, and why they wait: Voice, $69.00/mo, awaits approval."""
    costs = [
        money_per_cycle(it.unit_amount, plan.cycle, plan.currency)
        for it in plan.prices
        if it.seat_type is member.seat_type
    ]
    why = blocked_in_short(member.blocked_reason)
    return ", ".join([member.seat_type.label, *costs, f"{why[0].lower()}{why[1:]}"])


def approve(total: int) -> str:
    """The label of the button that approves so many for free seats."""
    return f"Approve {total:,} for {'the free seat' if total == 1 else 'free seats'}"


def approve_hint(free: Quantities) -> str:
    """What an approval for free seats does."""
    return f"{_free(free)}. Each of them is in at once."


def switch_and_add(label: str) -> str:
    """The label of the button that switches Auto-Add ON as well."""
    return f"Switch ON, and {label[0].lower()}{label[1:]}"


def reinvite(total: int) -> str:
    """The label of the button that re-invites so many into free seats."""
    return f"Re-invite {total:,} into {'the free seat' if total == 1 else 'free seats'}"


def reinvite_hint(free: Quantities) -> str:
    """What a re-invitation into free seats does."""
    return f"{_free(free)}. A re-invited person follows a link in a fresh email."


def _free(free: Quantities) -> str:
    """The free seats, which are paid for: 1 Voice seat is free, and costs nothing more."""
    are, cost = ("is", "costs") if free.base + free.voice == 1 else ("are", "cost")
    return f"{seats_by_type(free)} {are} free, and {cost} nothing more"


def done(count: int, left_out: int, charged: int, currency: str) -> str:
    """How many are in, and what it cost."""
    people = f"{count:,} {'person is' if count == 1 else 'people are'} in."
    cost = f"{money(charged, currency)} was charged today." if charged else "Nothing was charged today."
    if not left_out:
        return f"{people} {cost}"
    left = "person is" if left_out == 1 else "people are"
    return f"{people} {left_out:,} {left} still blocked: a seat was taken meanwhile. {cost}"
