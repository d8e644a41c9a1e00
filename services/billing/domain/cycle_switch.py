"""A switch of the cycle that waits for its payment: what it moves, and what an undoing moves back.

On account Stripe makes the switch at once and begins a new period. To undo it, the items move back to their prices, and
the time until the end of the period that was paid before costs nothing: a trial until then, without prorations, which
is how Stripe moves a billing date. If that period has ended meanwhile, the next one begins within the hour.
Source: Stripe's documentation, "Set the subscription billing renewal date": "Change the billing date using a trial".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.vocabulary import Actor, BillingCycle, SeatType
from services.billing.domain.quote import Terms

SOONEST = timedelta(hours=1)
"""Stripe accepts only an end in the future, and the call takes its time."""


@dataclass(frozen=True, slots=True)
class CycleSwitch:
    """The cycles and the totals before and after, in cents a cycle, and the ids of the prices.

    `paid_until` is the end of the period that was paid before the switch, and `actor` the one who switches.
    """

    cycle_before: BillingCycle
    cycle: BillingCycle
    total_before: int
    total: int
    prices_before: Mapping[SeatType, str]
    prices: Mapping[SeatType, str]
    paid_until: datetime
    actor: Actor


def cycle_switch_of(terms: Terms, items: Mapping[SeatType, str], actor: Actor) -> CycleSwitch:
    """The switch that this actor makes on these terms; `items` are the ids of the subscription's items."""
    before = {item.id: item for item in terms.basis.items}
    return CycleSwitch(
        cycle_before=terms.cycle_before,
        cycle=terms.cycle,
        total_before=terms.total_before,
        total=terms.total,
        prices_before={seat_type: before[item].price for seat_type, item in items.items() if item in before},
        prices=terms.prices or {},
        paid_until=datetime.fromtimestamp(min(item.period_end for item in terms.basis.items), UTC),
        actor=actor,
    )


def bills_again_at(switch: CycleSwitch, now: datetime) -> datetime:
    """When the subscription is billed again after its switch is undone."""
    return max(switch.paid_until, now + SOONEST)
