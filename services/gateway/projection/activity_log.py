"""From events to lines of the activity log; `activity/table.py` says what a line of each event contains."""

from __future__ import annotations

from chassis.actor import ActorContext
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.logged_events import LoggedEvent
from services.gateway.projection.activity.lines import line_of


def log_line(changes: AgencyChanges, event: LoggedEvent, ctx: ActorContext) -> None:
    """Add the event's line to the activity log; an event that changed nothing makes none.

    The line names the command that began the change. Where money moved, it names the operation whose id is Stripe's
    idempotency key.
    """
    operation_id = getattr(event, "operation_id", None) or ctx.correlation_id
    line = line_of(event, ctx.published_at, ctx.actor, operation_id)
    if line is not None:
        changes.lines.append(line)
        changes.parts.add("activity")
        changes.at = ctx.now
