"""The handlers of seats for the limits of Auto-Add: an admin sets them, and the plan's prices count in them."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from chassis.actor import ActorContext
from contracts import auto_add_limits, billing, request_rejections
from contracts.month_price import month_price
from services.seats.domain import set_auto_add_limits as limiting
from services.seats.domain.limits import Limit
from services.seats.reductions import follow_reduction
from services.seats.state import Seats as State
from services.seats.waiting_line import serve


def on_set_auto_add_limits(state: State, command: auto_add_limits.SetAutoAddLimits, ctx: ActorContext) -> None:
    """Keep the limits, and decide the line by them."""
    before = state.ledger.limits
    match limiting.set_auto_add_limits(state.ledger, _limit(command.base), _limit(command.voice)):
        case limiting.LimitsSet(ledger):
            state.ledger = ledger
            ctx.publish(
                auto_add_limits.AutoAddLimitsSet(
                    base=command.base,
                    voice=command.voice,
                    base_before=_as_published(before.base.limit),
                    voice_before=_as_published(before.voice.limit),
                    currency=command.currency,
                )
            )
            serve(state, ctx)
        case limiting.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case never:
            assert_never(never)


def on_plan_changed(state: State, event: billing.PlanChanged, ctx: ActorContext) -> None:
    """Keep what a seat of each type costs a month. The line is decided by it when the next purchase is due.

    A renewal that has moved moves a reduction that waits for it.
    """
    limits = replace(state.ledger.limits, currency=event.currency)
    for tier in event.prices:
        price = month_price(tier.unit_amount, tier.next_unit_amount, event.cycle)
        limits = limits.put(tier.seat_type, replace(limits.of(tier.seat_type), price=price))
    if limits != state.ledger.limits:
        state.ledger = replace(state.ledger, limits=limits)
    if event.renews_at != state.ledger.renews_at:
        state.ledger = replace(state.ledger, renews_at=event.renews_at)
        follow_reduction(state, ctx)


def _limit(limit: auto_add_limits.AutoAddLimit) -> Limit:
    return Limit(limit.seats, limit.month_seats, limit.month_amount)


def _as_published(limit: Limit) -> auto_add_limits.AutoAddLimit:
    return auto_add_limits.AutoAddLimit(
        seats=limit.seats, month_seats=limit.month_seats, month_amount=limit.month_amount
    )
