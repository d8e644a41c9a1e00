"""A wait for a purchase has one clock, from the first login to its end, whatever purchases are tried meanwhile.

If Stripe has not completed a purchase, the admins are mailed once, ten minutes after the first login of the line.
After 24 hours the wait ends: the member is Blocked with `billing_unavailable`, and gets in by a re-invite. A wait for
a change or a switch of the cycle whose invoice is not paid is not reported: Stripe has answered, and the admins know
what is to be paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter, without

REPORT_AFTER = timedelta(minutes=10)
END_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LongWaits:
    """The long waits of a line: `ended` are over, `left` go on. `reported_since`: report the wait that began then."""

    ledger: Ledger
    ended: tuple[Waiter, ...] = ()
    left: tuple[Waiter, ...] = ()
    reported_since: datetime | None = None


def long_waits(ledger: Ledger, line: Sequence[Waiter], now: datetime, *, whole: bool = True) -> LongWaits:
    """End the waits that are too long, and report the longest of the others once.

    `line` is the head of the line, unless it is the `whole` line: the clock then looks again for the others.
    """
    if ledger.account is not Account.OPEN:
        return LongWaits(ledger, left=tuple(line))
    ended = tuple(waiter for waiter in line if waiter.since is not None and now - waiter.since >= END_AFTER)
    left = tuple(waiter for waiter in line if waiter not in ended)
    after = without(ledger, ended, left, whole=whole)
    since = after.waiting_since
    if since is None or _is_known(after) or now - since < REPORT_AFTER:
        return LongWaits(after, ended, left)
    return LongWaits(replace(after, reported_at=now), ended, left, since)


def next_look(ledger: Ledger) -> datetime | None:
    """When the longest wait is to be reported, or ended if it was reported; None while nobody waits."""
    if ledger.waiting_since is None or ledger.account is not Account.OPEN:
        return None
    return ledger.waiting_since + (END_AFTER if _is_known(ledger) else REPORT_AFTER)


def _is_known(ledger: Ledger) -> bool:
    return ledger.reported_at is not None or ledger.awaits_payment
