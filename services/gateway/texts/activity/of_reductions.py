"""Sentences for the events of a reduction that waits for the renewal."""

from __future__ import annotations

from typing import assert_never

from contracts import scheduled_reductions as events
from contracts.amounts import money_per_cycle
from contracts.moments import day
from contracts.reduction_wording import is_short, reduced_to, why_missed
from contracts.wording import both_types, seat_change

OfReductions = (
    events.ReductionScheduled
    | events.ReductionTakenBack
    | events.ReductionNear
    | events.ReductionMade
    | events.ReductionMissed
)


def sentence(event: OfReductions, name: str) -> str:  # noqa: PLR0911  one sentence for each event
    """The sentence of the event's line; `name` is the actor's."""
    to, at = reduced_to(event.to.base, event.to.voice), day(event.at)
    match event:
        case events.ReductionScheduled(moved=True):
            return f"The renewal moved to {at}, and the scheduled reduction with it: {to}"
        case events.ReductionScheduled():
            return f"{name} scheduled a reduction for the renewal on {at}: {to}"
        case events.ReductionTakenBack(ended=True):
            return f"The reduction for the renewal on {at} is off: the subscription has ended"
        case events.ReductionTakenBack():
            return f"{name} took back the reduction for the renewal on {at}: {to}"
        case events.ReductionNear():
            after, active = both_types(event.after.quantities()), both_types(event.active.quantities())
            return f"The renewal on {at} can only reduce the seats to {after}, because {active} are Active"
        case events.ReductionMade():
            return f"{_made(event)}{_short(event, to)}"
        case events.ReductionMissed():
            return f"{_nothing(event)} ({to}): {why_missed(event.code)}"
        case never:
            assert_never(never)


def _made(event: events.ReductionMade) -> str:
    by = seat_change(event.before.quantities(), event.after.quantities())
    if event.new_total is None or event.cycle is None or not by:
        return _nothing(event)
    price = money_per_cycle(event.new_total, event.cycle, event.currency)
    return f"The seats were reduced for the renewal on {day(event.at)}: {by} · new total {price}"


def _nothing(event: events.ReductionMade | events.ReductionMissed) -> str:
    return f"Nothing was reduced for the renewal on {day(event.at)}"


def _short(event: events.ReductionMade, to: str) -> str:
    if not is_short(event.after.quantities(), event.to.base, event.to.voice):
        return ""
    return f" · less than scheduled ({to}), because {both_types(event.active.quantities())} are Active"
