"""Facts into what is only read: the activity log, the seats by day, the plan and its invoices.

Each concern has its own table of what it hears; `HEARD` of handlers.py runs them beside its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.actor import Handler, Turn
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
from services.gateway.activity.told import TOLD, Told, line_of
from services.gateway.state import AgencyNews, PlanNews


def told(news: AgencyNews, fact: Told, turn: Turn) -> None:
    """A line of the activity log, unless the fact says that nothing has changed.

    It names the order that began it; where money moved, the one under whose id Stripe was asked.
    """
    operation_id = getattr(fact, "operation_id", None) or turn.correlation_id
    line = line_of(fact, turn.said_at, turn.actor, operation_id)
    if line is not None:
        news.lines.append(line)
        news.parts.add("activity")
        news.at = turn.now


def seated(news: AgencyNews, fact: Activated, turn: Turn) -> None:
    """One more Active member of that type, on that day."""
    news.day(turn.said_at).move(fact.seat_type, 1)


def reseated(news: AgencyNews, fact: PlanTypeChanged, turn: Turn) -> None:
    """One fewer of one type, one more of the other."""
    day = news.day(turn.said_at)
    day.move(fact.before, -1)
    day.move(fact.plan_type, 1)


def unseated(news: AgencyNews, fact: Removed, turn: Turn) -> None:
    """One fewer, if they held a seat."""
    if fact.plan_type is not None:
        news.day(turn.said_at).move(fact.plan_type, -1)


def purchased(news: AgencyNews, fact: AccountOpened | CapacityChanged, turn: Turn) -> None:
    """What was purchased, on that day so far."""
    news.day(turn.said_at).purchased = fact.purchased


def total_changed(news: AgencyNews, fact: AccountOpened | QuantitiesSet | SubscriptionChanged, turn: Turn) -> None:
    """A new total; what else belongs to the plan is told by plan_changed."""
    _plan(news, PlanNews(fact.cycle, fact.total), turn)


def cycle_switched(news: AgencyNews, fact: CycleSwitched, turn: Turn) -> None:
    """A new cycle, with its total and its renewal."""
    _plan(news, PlanNews(fact.cycle, fact.total, fact.renews_at), turn)


def plan_changed(news: AgencyNews, fact: PlanChanged, turn: Turn) -> None:
    """All that the agency pays, as Stripe has it now."""
    _plan(news, PlanNews(fact.cycle, fact.total, fact.renews_at, fact), turn)


def _plan(news: AgencyNews, plan: PlanNews, turn: Turn) -> None:
    news.plan = plan if news.plan is None else plan.after(news.plan)
    news.parts.add("billing")
    news.at = turn.now


def invoice_changed(news: AgencyNews, fact: InvoiceChanged, turn: Turn) -> None:
    """An invoice is new, or stands otherwise."""
    news.invoices.append(fact)
    news.parts.add("billing")
    news.at = turn.now


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
_LOG: Mapping[type[Message], Handler] = dict.fromkeys(TOLD, told)


def with_projections(heard: Mapping[type[Message], Handler]) -> Mapping[type[Message], Handler]:
    """What is heard, and beside it what the log, the days and the plan are made of."""
    tables = (heard, _DAYS, _PLAN, _LOG)
    kinds = {kind: [table[kind] for table in tables if kind in table] for table in tables for kind in table}
    return {kind: handlers[0] if len(handlers) == 1 else _all_of(handlers) for kind, handlers in kinds.items()}


def _all_of(handlers: list[Handler]) -> Handler:
    def each(news: AgencyNews, message: Any, turn: Turn) -> None:  # noqa: ANN401  whatever the handlers take
        for handler in handlers:
            handler(news, message, turn)

    return each
