"""Stripe makes at most 20 invoices for a subscription in 24 hours, and 10 in a minute; every kind counts.

Source: Stripe's documentation, "Rate limits", subscriptions. Five of the twenty are kept for admins: when 15 are used,
Auto-Add leaves its prorations pending until the budget renews.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

A_DAY: Final = 20
A_MINUTE: Final = 10
FOR_AUTO_ADD: Final = 15
"""Auto-Add's share of the day's invoices; the other five are for admins."""
READ_FROM: Final = 10
"""From this many known invoices on, ask Stripe for all of them: others make invoices, too."""
DAY: Final = timedelta(hours=24)
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many invoices were made in the last 24 hours, and when the first of them stops counting."""

    used: int
    renews_at: datetime | None


def budget(created: Iterable[int], now: datetime) -> Budget:
    """The budget used, from the seconds in which the invoices were made."""
    day = _within(created, now, DAY)
    return Budget(len(day), day[0] + DAY if day else None)


def auto_add_may_invoice_at(created: Iterable[int], now: datetime) -> datetime | None:
    """When Auto-Add may make an invoice because fewer than 15 count; None when it may already."""
    return _fewer_than(FOR_AUTO_ADD, _within(created, now, DAY), DAY)


def may_be_used_up(created: Iterable[int], now: datetime) -> bool:
    """True when the known invoices are so many that Auto-Add's budget may be used up."""
    return len(_within(created, now, DAY)) >= READ_FROM


def admin_may_invoice_at(created: Iterable[int], now: datetime) -> datetime:
    """When Stripe makes an invoice again, after it has reported that a limit is reached.

    If our count reaches neither limit, in a minute: by then the shorter limit has passed.
    """
    seconds = list(created)
    day = _fewer_than(A_DAY, _within(seconds, now, DAY), DAY)
    minute = _fewer_than(A_MINUTE, _within(seconds, now, MINUTE), MINUTE)
    return max((at for at in (day, minute) if at is not None), default=now + MINUTE)


def _within(created: Iterable[int], now: datetime, span: timedelta) -> list[datetime]:
    """The moments within the span, oldest first. A Stripe invoice ahead of our clock ends the span."""
    moments = sorted(datetime.fromtimestamp(second, UTC) for second in created)
    until = max([now, *moments])
    return [moment for moment in moments if moment > until - span]


def _fewer_than(most: int, counted: list[datetime], span: timedelta) -> datetime | None:
    return counted[len(counted) - most] + span if len(counted) >= most else None
