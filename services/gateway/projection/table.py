"""Events into what is only read: the activity log, the seats by day, the plan and its invoices.

Each concern has its own table of what it hears; `HANDLERS` of handlers.py runs them beside its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.actor import ActorContext, Handler
from contracts.billing import (
    AccountOpened,
    CycleSwitched,
    InvoiceChanged,
    PlanChanged,
    QuantitiesSet,
    SubscriptionChanged,
)
from contracts.members import Activated, PlanTypeChanged, Removed
from contracts.message import Message
from contracts.seats import CapacityChanged
from services.gateway.model.changes import AgencyChanges, PlanChanges
from services.gateway.model.logged_events import LoggedEvent
from services.gateway.projection.activity.log_policy import LOGGED, line_of


def told(changes: AgencyChanges, event: LoggedEvent, ctx: ActorContext) -> None:
    """A line of the activity log, unless the event says that nothing has changed.

    It names the command that began it; where money moved, the one under whose id Stripe was asked.
    """
    operation_id = getattr(event, "operation_id", None) or ctx.correlation_id
    line = line_of(event, ctx.published_at, ctx.actor, operation_id)
    if line is not None:
        changes.lines.append(line)
        changes.parts.add("activity")
        changes.at = ctx.now


def seated(changes: AgencyChanges, event: Activated, ctx: ActorContext) -> None:
    """One more Active member of that type, on that day."""
    changes.day(ctx.published_at).move(event.seat_type, 1)


def reseated(changes: AgencyChanges, event: PlanTypeChanged, ctx: ActorContext) -> None:
    """One fewer of one type, one more of the other."""
    day = changes.day(ctx.published_at)
    day.move(event.before, -1)
    day.move(event.plan_type, 1)


def unseated(changes: AgencyChanges, event: Removed, ctx: ActorContext) -> None:
    """One fewer, if they held a seat."""
    if event.plan_type is not None:
        changes.day(ctx.published_at).move(event.plan_type, -1)


def purchased(changes: AgencyChanges, event: AccountOpened | CapacityChanged, ctx: ActorContext) -> None:
    """What was purchased, on that day so far."""
    changes.day(ctx.published_at).purchased = event.purchased


def total_changed(
    changes: AgencyChanges, event: AccountOpened | QuantitiesSet | SubscriptionChanged, ctx: ActorContext
) -> None:
    """A new total; what else belongs to the plan is told by plan_changed."""
    _plan(changes, PlanChanges(event.cycle, event.total), ctx)


def cycle_switched(changes: AgencyChanges, event: CycleSwitched, ctx: ActorContext) -> None:
    """A new cycle, with its total and its renewal."""
    _plan(changes, PlanChanges(event.cycle, event.total, event.renews_at), ctx)


def plan_changed(changes: AgencyChanges, event: PlanChanged, ctx: ActorContext) -> None:
    """All that the agency pays, as Stripe has it now."""
    _plan(changes, PlanChanges(event.cycle, event.total, event.renews_at, event), ctx)


def _plan(changes: AgencyChanges, plan: PlanChanges, ctx: ActorContext) -> None:
    changes.plan = plan if changes.plan is None else plan.after(changes.plan)
    changes.parts.add("billing")
    changes.at = ctx.now


def invoice_changed(changes: AgencyChanges, event: InvoiceChanged, ctx: ActorContext) -> None:
    """An invoice is new, or stands otherwise."""
    changes.invoices.append(event)
    changes.parts.add("billing")
    changes.at = ctx.now


_DAYS: Mapping[type[Message], Handler] = {
    Activated: seated,
    PlanTypeChanged: reseated,
    Removed: unseated,
    AccountOpened: purchased,
    CapacityChanged: purchased,
}
_PLAN: Mapping[type[Message], Handler] = {
    AccountOpened: total_changed,
    QuantitiesSet: total_changed,
    SubscriptionChanged: total_changed,
    CycleSwitched: cycle_switched,
    PlanChanged: plan_changed,
    InvoiceChanged: invoice_changed,
}
_LOG: Mapping[type[Message], Handler] = dict.fromkeys(LOGGED, told)


def with_projections(handlers: Mapping[type[Message], Handler]) -> Mapping[type[Message], Handler]:
    """What is heard, and beside it what the log, the days and the plan are made of."""
    tables = (handlers, _DAYS, _PLAN, _LOG)
    kinds = {kind: [table[kind] for table in tables if kind in table] for table in tables for kind in table}
    return {kind: handlers[0] if len(handlers) == 1 else _all_of(handlers) for kind, handlers in kinds.items()}


def _all_of(handlers: list[Handler]) -> Handler:
    def each(changes: AgencyChanges, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  whatever the handlers take
        for handler in handlers:
            handler(changes, message, ctx)

    return each
