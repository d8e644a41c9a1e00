"""Find changes at Stripe whose webhook never arrived: list Stripe's events, and compare all subscriptions each night.

A difference is only a hint, like an event: it causes the subscription to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.account import Account
from services.billing.domain.payment_state import payment_state
from services.billing.domain.snapshots import OVER


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription in Stripe's list; `renews_at` (None without items) and `ends_at`, a scheduled end, in seconds."""

    id: str
    status: str
    cycle: BillingCycle
    quantities: Quantities
    items: Mapping[SeatType, str]
    renews_at: int | None
    latest_invoice: str | None
    customer: str = ""
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The last of Stripe's events that was listed, and how far the nightly sweep has come."""

    last_event: str | None = None
    sweep_began: datetime | None = None
    sweep_ended: datetime | None = None
    swept_to: str | None = None
    swept: int = 0

    @property
    def is_sweeping(self) -> bool:
        """True while a sweep is under way."""
        return self.sweep_began is not None and self.sweep_ended is None

    def is_due(self, now: datetime, hour: int) -> bool:
        """True when no sweep has begun since this hour (UTC) was last reached."""
        return self.sweep_began is None or self.sweep_began < _last(hour, now)

    def begun(self, now: datetime) -> Progress:
        """The progress at the start of a sweep, which begins with the newest subscription."""
        return replace(self, sweep_began=now, sweep_ended=None, swept_to=None, swept=0)

    def moved(self, to: str | None, count: int, now: datetime, *, is_last: bool) -> Progress:
        """The progress after `count` more subscriptions, up to this one."""
        ended = now if is_last else None
        return replace(self, swept_to=to, swept=self.swept + count, sweep_ended=ended)


def _last(hour: int, now: datetime) -> datetime:
    today = datetime(now.year, now.month, now.day, hour, tzinfo=UTC)
    return today if today <= now else today - timedelta(days=1)


def differs(known: Account, listed: ListedSubscription, *, is_invoice_known: bool) -> bool:
    """True when Stripe lists the customer's subscription otherwise than we know it, so that it has to be read.

    Another subscription of the customer counts only if it may replace one that has ended.
    """
    if listed.id != known.subscription_id:
        return known.ended is not None and listed.status not in OVER
    if listed.status in OVER or known.ended is not None:
        return (listed.status in OVER) is not (known.ended is not None)
    if not is_invoice_known or known.plan is None or listed.renews_at is None:
        return True
    if known.ends_at != _moment(listed.ends_at):
        return True
    held = (known.purchased, known.cycle, dict(known.items or {}), known.plan.renews_at, known.plan.payment_state)
    state = payment_state(listed.status, owes=False)
    return held != (listed.quantities, listed.cycle, dict(listed.items), _moment(listed.renews_at), state)


def _moment(second: int | None) -> datetime | None:
    return datetime.fromtimestamp(second, UTC) if second is not None else None
