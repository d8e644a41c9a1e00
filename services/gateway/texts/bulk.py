"""Sentences about an action on several members: the question before it, and the results after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.vocabulary import MemberStatus, SeatType
from contracts.wording import isolated
from services.gateway.domain.remind_again import DAYS_APART
from services.gateway.model.bulk import MOST_CHANGED, Action
from services.gateway.texts import members

CAN_BE_UNDONE = "For 20 days you can undo it, if a seat of their type is free."
YOU = "You are one of them. If you give up the admin role or remove yourself, these pages close for you at once."
_NAMED = 10
"""So many names a sentence has; a longer list says how many more there are."""


@dataclass(frozen=True, slots=True)
class _Words:
    verb: str
    done: str
    button: str
    busy: str
    means: str
    statuses: frozenset[MemberStatus]
    only: str


_ACTIVE = frozenset({MemberStatus.ACTIVE})
_BLOCKED = frozenset({MemberStatus.BLOCKED})
_ONLY_BLOCKED = "Only Blocked people ask for a seat."
NOTE = "A short note for them (optional)"
_WORDS = {
    Action.REINVITE: _Words(
        "Re-invite",
        "re-invited",
        "Re-invite",
        "Sending …",
        "A fresh email goes to each of them, in this order, while seats last. Older links stop working.",
        frozenset({MemberStatus.BLOCKED, MemberStatus.INVITED}),
        "Only Blocked and Invited people can be re-invited.",
    ),
    Action.APPROVE: _Words(
        "Approve",
        "approved",
        "Approve",
        "Saving …",
        "Each gets a free seat of the type that they picked, without another email to confirm. Nothing is bought.",
        _BLOCKED,
        _ONLY_BLOCKED,
    ),
    Action.DECLINE: _Words(
        "Decline the requests of",
        "declined",
        "Decline",
        "Saving …",
        "They stay Blocked and get an email with your note. You can still let them in later.",
        _BLOCKED,
        _ONLY_BLOCKED,
    ),
    Action.REMOVE: _Words(
        "Remove",
        "removed",
        "Remove",
        "Removing …",
        f"They are signed out everywhere and cannot sign in anymore. Their seats are free then and stay on your plan."
        f" {CAN_BE_UNDONE}",
        frozenset(MemberStatus) - {MemberStatus.REMOVED},
        "The others are removed already.",
    ),
    Action.UNDO_REMOVAL: _Words(
        "Undo the removal of",
        "let back in",
        "Undo the removal of",
        "Saving …",
        "Each is Active again, in a seat of the type that they held, if one is free. Nothing is bought for it.",
        frozenset({MemberStatus.REMOVED}),
        "The others are not removed.",
    ),
    Action.CANCEL_INVITATION: _Words(
        "Cancel the invitations of",
        "canceled",
        "Cancel the invitations",
        "Saving …",
        "Their links stop working, and each of them gets an email.",
        frozenset({MemberStatus.INVITED}),
        "Only an invitation that is not accepted yet can be canceled.",
    ),
    Action.REMIND: _Words(
        "Remind",
        "reminded",
        "Remind",
        "Sending …",
        "Each gets an email that asks whether they still need their seat. Nothing else changes.",
        _ACTIVE,
        f"Only people with a seat are reminded, and nobody twice in {DAYS_APART} days.",
    ),
    Action.CHANGE_SEAT: _Words(
        "Change the seats of",
        "changed",
        "Change the seats",
        "Saving …",
        f"Each needs a free seat of the other type. {members.SAME_PRICE}",
        _ACTIVE,
        "Only Active people hold a seat.",
    ),
    Action.CHANGE_ROLE: _Words(
        "Change the roles of",
        "changed",
        "Change the roles",
        "Saving …",
        members.ADMINS_CAN,
        _ACTIVE,
        "Only the role of Active people can change.",
    ),
}
EXCHANGE = "Exchange their seats"
EXCHANGE_MEANS = (
    "Or give each of them the other type in one step, also while both types are full: all of them change, or nobody."
)
SELECTED = f"{{count}} selected, of at most {MOST_CHANGED}"
INVITED_APART = "{count} selected, but not the Invited: select them one by one."
"""A script writes the count."""
WORKING = "Working …"
NOT_SELECTED = "Select the people, then an action."


def people(count: int) -> str:
    """How many people."""
    return "1 person" if count == 1 else f"{count} people"


def statuses(action: Action) -> frozenset[MemberStatus]:
    """The statuses in which the action can be done."""
    return _WORDS[action].statuses


def question(action: Action, count: int) -> str:
    """The question before it."""
    return f"{_WORDS[action].verb} {people(count)}?"


def means(action: Action) -> str:
    """What it means for them."""
    return _WORDS[action].means


def after_removal(*, held: SeatType | None) -> str:
    """How somebody comes back who held a seat of this type, or none."""
    return "Only an invitation brings somebody back." if held is None else CAN_BE_UNDONE


def left_out(action: Action, names: Sequence[str]) -> str:
    """Who is left out, and why."""
    return f"{_WORDS[action].only} Left out: {_names(names)}."


def button(action: Action, count: int) -> str:
    """The label of the button."""
    if action in {Action.REINVITE, Action.APPROVE, Action.REMOVE, Action.UNDO_REMOVAL, Action.REMIND}:
        return f"{_WORDS[action].button} {people(count)}"
    return _WORDS[action].button


def busy(action: Action) -> str:
    """The label of the button while it is done."""
    return _WORDS[action].busy


def title(action: Action, done: int, total: int) -> str:
    """For how many it was done."""
    return f"{done} of {total} {_WORDS[action].done}" if done else f"Nobody was {_WORDS[action].done}"


def sentence(action: Action, done: Sequence[str], running: int) -> str | None:
    """For whom it was done, and how many it is still under way for."""
    sentences = []
    if done and action is Action.REINVITE:
        sentences.append(f"A fresh email is on its way to {_names(done)}.")
    elif done:
        sentences.append(f"{_names(done)}.")
    if running:
        sentences.append(still_to_come(running))
    return " ".join(sentences) or None


def still_to_come(running: int) -> str:
    """How many have no result yet."""
    return f"{people(running)} still to come: the page changes by itself."


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(isolated(name) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
