"""The policies of the seat types in words: on the Settings tab and in the activity log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts.policy_vocabulary import SeatPolicy, policy_of_the_switch
from contracts.vocabulary import SeatType
from services.gateway.domain.first_logins import FirstLogins, PolicyInUse, would_have_asked

TITLE = "Who gets a seat"
INTRO = (
    "For a first login, each seat type has a rule. The Auto-Add switch sets it too: ON is “buy when full”, OFF is “use"
    " free seats, else ask”. Whoever has to ask is blocked until an admin decides, and every admin gets an email."
)
SET = "The rules for first logins are set."
SUBMIT = "Set the rules"
LINE_TITLE = "When a seat becomes free"
LINE_MEANS = (
    "Let in the blocked person who has waited longest for a seat of that type. Nothing is bought for it, and whoever"
    " waits for your approval still does."
)
LINE_SET = "What happens when a seat becomes free is set."
LINE_SUBMIT = "Set what happens"


def label(policy: SeatPolicy) -> str:
    """The name of a policy."""
    match policy:
        case SeatPolicy.APPROVE_EACH:
            return "Approve each"
        case SeatPolicy.ASK:
            return "Use free seats, else ask"
        case SeatPolicy.BUY:
            return "Buy when full"
        case never:
            assert_never(never)


def meaning(policy: SeatPolicy) -> str:
    """What a policy does, in one sentence."""
    match policy:
        case SeatPolicy.APPROVE_EACH:
            return "Everybody waits for an admin, also while seats are free."
        case SeatPolicy.ASK:
            return "A free seat is taken; without one, the person waits for an admin."
        case SeatPolicy.BUY:
            return "A free seat is taken; without one, Auto-Add buys one within its limits."
        case never:
            assert_never(never)


def last_month(logins: FirstLogins, seat_type: SeatType) -> str:
    """What became of last month's first logins, and what each policy would have done."""
    if not logins.total:
        return f"Last month nobody logged in for the first time to a {seat_type.label} seat."
    people = f"{logins.total:,} {'person' if logins.total == 1 else 'people'} logged in for the first time"
    by_approval, by_asking = (would_have_asked(logins, it) for it in (SeatPolicy.APPROVE_EACH, SeatPolicy.ASK))
    return (
        f"Last month {people} to a {seat_type.label} seat: {logins.free:,} took a free seat, {logins.bought:,} got one"
        f" that was bought, and {logins.blocked:,} {'was' if logins.blocked == 1 else 'were'} blocked."
        f" “{label(SeatPolicy.APPROVE_EACH)}” would have made {by_approval:,} wait for an admin,"
        f" “{label(SeatPolicy.ASK).lower()}” {by_asking:,}."
    )


def own_rules(policies: Sequence[PolicyInUse], *, auto_add: bool) -> str:
    """The types that do not follow the switch, and what the switch would change; empty if all follow it."""
    plain = policy_of_the_switch(enabled=auto_add)
    own = [f"{it.seat_type.label}: {label(it.policy).lower()}" for it in policies if it.policy is not plain]
    if not own:
        return ""
    return f"Another rule is set for {', '.join(own)}. Switching Auto-Add ON replaces it."


def policies_in_words(base: SeatPolicy, voice: SeatPolicy) -> str:
    """Base: approve each, Voice: buy when full."""
    return f"{SeatType.BASE.label} {label(base).lower()}, {SeatType.VOICE.label} {label(voice).lower()}"


def line_last_month(policies: Sequence[PolicyInUse]) -> str:
    """Whom the moving line would have let in last month."""
    blocked = sum(it.last_month.blocked for it in policies)
    if not blocked:
        return "Last month nobody was blocked at their first login."
    people = "1 person was" if blocked == 1 else f"{blocked:,} people were"
    return f"Last month {people} blocked at their first login. Each would have been let in once a seat became free."
