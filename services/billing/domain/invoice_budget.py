"""Stripe makes at most 20 invoices for a subscription in 24 hours, and 10 in a minute; every kind counts.

Source: Stripe's documentation, "Rate limits", subscriptions. Five of the twenty are kept for admins: when 15 are used,
Auto-Add leaves the prorations of what it adds pending until the budget renews.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

A_DAY: Final = 20
A_MINUTE: Final = 10
FOR_AUTO_ADD: Final = 15
"""Of the day's; the other five are an admin's."""
LOOK_FROM: Final = 10
"""From so many that we know of on, Stripe is asked: others than we make invoices, too."""
DAY: Final = timedelta(hours=24)
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many invoices were made in the last 24 hours, and when the first of them counts no more."""

    used: int
    renews_at: datetime | None


def budget(created: Iterable[int], now: datetime) -> Budget:
    """From the seconds in which the invoices were made."""
    day = _within(created, now, DAY)
    return Budget(len(day), day[0] + DAY if day else None)


def auto_add_may_invoice_at(created: Iterable[int], now: datetime) -> datetime | None:
    """When fewer than 15 invoices count, so that Auto-Add may make one; None when that is so already."""
    return _fewer_than(FOR_AUTO_ADD, _within(created, now, DAY), DAY)


def is_worth_a_look(created: Iterable[int], now: datetime) -> bool:
    """Whether the budget may be used up, by the invoices that we know of."""
    return len(_within(created, now, DAY)) >= LOOK_FROM


def admin_may_invoice_at(created: Iterable[int], now: datetime) -> datetime:
    """When Stripe will make an invoice again, after it has said that a limit is reached.

    By our count, or in a minute where that names no limit: the shorter one passes by then.
    """
    seconds = list(created)
    day = _fewer_than(A_DAY, _within(seconds, now, DAY), DAY)
    minute = _fewer_than(A_MINUTE, _within(seconds, now, MINUTE), MINUTE)
    return max((one for one in (day, minute) if one is not None), default=now + MINUTE)


def _within(created: Iterable[int], now: datetime, span: timedelta) -> list[datetime]:
    """Oldest first. Stripe's clock counts: where its newest invoice is ahead of our clock, that is the time."""
    moments = sorted(datetime.fromtimestamp(second, UTC) for second in created)
    until = max([now, *moments])
    return [one for one in moments if one > until - span]


def _fewer_than(most: int, counted: list[datetime], span: timedelta) -> datetime | None:
    return counted[len(counted) - most] + span if len(counted) >= most else None
