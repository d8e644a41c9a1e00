"""From events to the reduction that waits for the renewal: scheduled, moved, taken back, made or missed."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.scheduled_reductions import (
    ReductionMade,
    ReductionMissed,
    ReductionScheduled,
    ReductionTakenBack,
)
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.reduction import ReductionChange, ScheduledReduction


def reduction_scheduled(changes: AgencyChanges, event: ReductionScheduled, ctx: ActorContext) -> None:
    """Show what is reduced at the renewal, and end the admin's operation."""
    _keep(changes, ScheduledReduction(event.at, event.to.base, event.to.voice), ctx)
    changes.operation_done_with(ctx.correlation_id, event)


def reduction_taken_back(changes: AgencyChanges, event: ReductionTakenBack, ctx: ActorContext) -> None:
    """Show that nothing is reduced at the renewal, and end the admin's operation."""
    _keep(changes, None, ctx)
    changes.operation_done_with(ctx.correlation_id, event)


def reduction_over(changes: AgencyChanges, event: ReductionMade | ReductionMissed, ctx: ActorContext) -> None:  # noqa: ARG001  only its arrival counts
    """Show that nothing is scheduled any more."""
    _keep(changes, None, ctx)


def _keep(changes: AgencyChanges, reduction: ScheduledReduction | None, ctx: ActorContext) -> None:
    changes.reduction = ReductionChange(reduction)
    changes.parts.add("seats")
    changes.at = ctx.now
