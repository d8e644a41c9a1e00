"""A reduction at the renewal as a JSON body."""

from __future__ import annotations

from services.gateway.api.schemas.reductions import ReductionOut
from services.gateway.model.reduction import ScheduledReduction


def reduction_out(reduction: ScheduledReduction | None) -> ReductionOut:
    """What is scheduled."""
    if reduction is None:
        return ReductionOut()
    return ReductionOut(at=reduction.at, base=reduction.base, voice=reduction.voice)
