"""Blocked members, and the seats that let them in, in words."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.amounts import money
from contracts.vocabulary import Quantities
from contracts.wording import isolated, seats_by_type

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


def switch_and_add(label: str) -> str:
    """The label of the button that switches Auto-Add ON as well."""
    return f"Switch ON, and {label[0].lower()}{label[1:]}"


def reinvite(total: int) -> str:
    """The label of the button that re-invites so many into free seats."""
    return f"Re-invite {total:,} into {'the free seat' if total == 1 else 'free seats'}"


def reinvite_hint(free: Quantities) -> str:
    """What a re-invitation into free seats does."""
    are = "is" if free.base + free.voice == 1 else "are"
    return (
        f"{seats_by_type(free)} {are} free, and cost nothing more. A re-invited person follows a link in a fresh email."
    )


def done(count: int, left_out: int, charged: int, currency: str) -> str:
    """How many are in, and what it cost."""
    people = f"{count:,} {'person is' if count == 1 else 'people are'} in."
    cost = f"{money(charged, currency)} was charged today." if charged else "Nothing was charged today."
    if not left_out:
        return f"{people} {cost}"
    left = "person is" if left_out == 1 else "people are"
    return f"{people} {left_out:,} {left} still blocked: a seat was taken meanwhile. {cost}"
