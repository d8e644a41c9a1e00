"""A change whose event never came is found: by listing Stripe's events, and by looking at all subscriptions each night.

What is found is not believed either: it has the subscription read, as an event has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.account import Account
from services.billing.domain.payment_state import payment_state

_OVER: Final = frozenset({"canceled", "incomplete_expired"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as Stripe lists it; `renews_at` in Stripe's seconds, None without items."""

    id: str
    status: str
    cycle: BillingCycle
    quantities: Quantities
    items: Mapping[SeatType, str]
    renews_at: int | None
    latest_invoice: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far Stripe's events were listed (the last one), and how far the nightly look has come."""

    last_event: str | None = None
    sweep_began: datetime | None = None
    sweep_ended: datetime | None = None
    swept_to: str | None = None
    swept: int = 0

    @property
    def is_sweeping(self) -> bool:
        """True while a look at all subscriptions is under way."""
        return self.sweep_began is not None and self.sweep_ended is None

    def is_due(self, now: datetime, hour: int) -> bool:
        """Whether all subscriptions are to be looked at: none was since that hour (UTC) last struck."""
        return self.sweep_began is None or self.sweep_began < _last(hour, now)

    def begun(self, now: datetime) -> Progress:
        """A look begins, from the newest subscription on."""
        return replace(self, sweep_began=now, sweep_ended=None, swept_to=None, swept=0)

    def moved(self, to: str | None, count: int, now: datetime, *, is_last: bool) -> Progress:
        """So many more were looked at, up to this one."""
        ended = now if is_last else None
        return replace(self, swept_to=to, swept=self.swept + count, sweep_ended=ended)


def _last(hour: int, now: datetime) -> datetime:
    today = datetime(now.year, now.month, now.day, hour, tzinfo=UTC)
    return today if today <= now else today - timedelta(days=1)


def differs(known: Account, listed: Listed, *, is_invoice_known: bool) -> bool:
    """Whether a subscription is to be read: it is listed otherwise than we know it."""
    if listed.status in _OVER or known.ended is not None:
        return (listed.status in _OVER) is not (known.ended is not None)
    if not is_invoice_known or known.plan is None or listed.renews_at is None:
        return True
    held = (known.purchased, known.cycle, dict(known.items or {}), known.plan.renews_at, known.plan.payment_state)
    renews_at = datetime.fromtimestamp(listed.renews_at, UTC)
    state = payment_state(listed.status, owes=False)
    return held != (listed.quantities, listed.cycle, dict(listed.items), renews_at, state)
