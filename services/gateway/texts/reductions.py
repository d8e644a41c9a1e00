"""What pages and problems say about a reduction that waits for the renewal."""

from __future__ import annotations

from contracts.moments import day
from contracts.reduction_wording import reduced_to
from contracts.rejection_base import FiguresJson
from services.gateway.model.reduction import ScheduledReduction
from services.gateway.texts.figures import count_of, seat_of

TITLE = "Scheduled for the renewal"
INSTEAD = "Reduce at the renewal instead"
TAKE_BACK = "Take it back"
TAKEN_BACK = "Nothing is reduced at the renewal."
NO_CREDIT = "No credit: you keep the seats until then, and the renewal bills fewer."
NEVER_BELOW = "If more members are Active then, fewer seats are removed, and admins get an email."
ADD_NOW = "Added seats cannot wait for the renewal. Save them now, then schedule the reduction."


def scheduled(reduction: ScheduledReduction) -> str:
    """What happens at the renewal, and what does not."""
    counts = reduced_to(reduction.base, reduction.voice)
    return f"The renewal on {day(reduction.at)} reduces {counts}. {NEVER_BELOW}"


def not_a_reduction(figures: FiguresJson) -> str | None:
    """Which count is too high. None without the figures."""
    seat, purchased = seat_of(figures), count_of(figures, "purchased")
    if seat is None or purchased is None:
        return None
    return f"You have {purchased} {seat} seats, and {figures.get('requested')} are more. {ADD_NOW}"
