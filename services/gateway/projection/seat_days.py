"""From events to the seats by day: how many were purchased, and by how many the Active members moved.

The day is the UTC day on which the event was published, so that a replay makes the same days.
"""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.billing import AccountOpened
from contracts.members import Activated, PlanTypeChanged, Removed
from contracts.seats import CapacityChanged
from services.gateway.model.changes import AgencyChanges


def seat_taken(changes: AgencyChanges, event: Activated, ctx: ActorContext) -> None:
    """Count one more Active member of that type."""
    changes.day(ctx.published_at).move(event.seat_type, 1)


def seat_swapped(changes: AgencyChanges, event: PlanTypeChanged, ctx: ActorContext) -> None:
    """Count one fewer Active member of one type and one more of the other."""
    day = changes.day(ctx.published_at)
    day.move(event.before, -1)
    day.move(event.plan_type, 1)


def seat_left(changes: AgencyChanges, event: Removed, ctx: ActorContext) -> None:
    """Count one fewer Active member, if the removed member held a seat."""
    if event.plan_type is not None:
        changes.day(ctx.published_at).move(event.plan_type, -1)


def seats_purchased(changes: AgencyChanges, event: AccountOpened | CapacityChanged, ctx: ActorContext) -> None:
    """Keep the day's last purchased counts."""
    changes.day(ctx.published_at).purchased = event.purchased
