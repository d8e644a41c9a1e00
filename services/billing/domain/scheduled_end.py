"""An end of the subscription that somebody has scheduled at Stripe: set, moved, or taken back.

Stripe has it in `cancel_at`, or in `cancel_at_period_end` for the end of the period. In flexible billing mode it may
set only `cancel_at`, so both are read. An end with the period moves with it, so a switch of the cycle moves it.
Source: Stripe's documentation, "Cancel subscriptions"; its changelog 2025-07-30.basil, "Adds helpers to cancel
subscriptions for billing periods with mixed intervals"; get-engram/engram#335.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.billing.domain.snapshots import StripeLineSnapshot, StripeSubscriptionSnapshot

_REMINDED_BEFORE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EndSame:
    """The end is as we know it, or the subscription has ended."""


@dataclass(frozen=True, slots=True)
class EndSet:
    """The subscription ends at this moment. `before`: the end that was set until now, which was moved."""

    at: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class EndDropped:
    """The end at this moment was taken back."""

    at: datetime


def end_of(snapshot: StripeSubscriptionSnapshot) -> datetime | None:
    """When the subscription ends; None without a scheduled end, and after the end."""
    if snapshot.ends_at is None or snapshot.is_over:
        return None
    return datetime.fromtimestamp(snapshot.ends_at, UTC)


def end_after_switch(snapshot: StripeSubscriptionSnapshot, lines: Iterable[StripeLineSnapshot]) -> datetime | None:
    """When the subscription ends after a switch of its cycle; `lines` are those of the switch's preview.

    An end with the period moves to the first end of the new periods, which the lines bill.
    """
    end = end_of(snapshot)
    billed = [line.period_end for line in lines if line.item is not None and not line.is_proration]
    if end is None or not snapshot.ends_with_period or not billed:
        return end
    return datetime.fromtimestamp(min(billed), UTC)


def scheduled_end(known: datetime | None, snapshot: StripeSubscriptionSnapshot) -> EndSame | EndSet | EndDropped:
    """Compare the end with the one that we know."""
    at = end_of(snapshot)
    if at == known or snapshot.is_over:
        return EndSame()
    if at is not None:
        return EndSet(at, known)
    return EndSame() if known is None else EndDropped(known)


def reminder_at(end: datetime, now: datetime) -> datetime | None:
    """When admins are reminded of the end: seven days before. None when it was set later than that."""
    at = end - _REMINDED_BEFORE
    return at if at > now else None
