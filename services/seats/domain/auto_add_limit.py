"""Auto-Add buys within limits, for each seat type: seats in all, seats in a month, and their price a month.

At a limit the next first login is Blocked. A purchase for many is cut to what the limits leave, in order of arrival.
The seats of a purchase under way are used already. A limit below what is used takes nothing away. What an admin buys is
not limited, and counts only for the limit of seats in all. A month is a calendar month in UTC; a purchase counts in the
month in which it is paid. The price is the plan's, before tax and discounts; while it is not known, that limit leaves
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import AutoAddMeasure, Quantities, SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.limits import Limit, Limits, Nearness
from services.seats.domain.seat_policy import policy_of


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of one limit is used, and the seats that it leaves."""

    measure: AutoAddMeasure
    used: int
    limit: int
    left: int

    @property
    def nearness(self) -> Nearness:
        """Whether the limit is near: four fifths of it are used, or it leaves no seat."""
        if self.left <= 0:
            return Nearness.REACHED
        return Nearness.NEAR if self.used * 5 >= self.limit * 4 else Nearness.FAR


@dataclass(frozen=True, slots=True)
class LimitNotice:
    """The admins are notified that Auto-Add is near this limit, or has reached it."""

    seat_type: SeatType
    usage: Usage


def usages(ledger: Ledger, seat_type: SeatType) -> tuple[Usage, ...]:
    """Each limit of this seat type, without the purchase of Auto-Add that is under way."""
    of_type = ledger.limits.of(seat_type)
    limit, found = of_type.limit, []
    if limit.seats is not None:
        purchased = _purchased(ledger, seat_type)
        found.append(Usage(AutoAddMeasure.SEATS, purchased, limit.seats, limit.seats - purchased))
    if limit.month_seats is not None:
        left = limit.month_seats - of_type.added
        found.append(Usage(AutoAddMeasure.MONTH_SEATS, of_type.added, limit.month_seats, left))
    price = of_type.price
    if limit.month_amount is not None and price != 0:
        affordable = limit.month_amount // price if price is not None else 0
        spent = of_type.added * (price or 0)
        found.append(Usage(AutoAddMeasure.MONTH_AMOUNT, spent, limit.month_amount, affordable - of_type.added))
    return tuple(found)


def left(ledger: Ledger, seat_type: SeatType) -> int | None:
    """How many seats of this type Auto-Add may buy more; None without a limit."""
    seats = [max(0, usage.left) for usage in usages(ledger, seat_type)]
    return min(seats) if seats else None


def most_waiting(ledger: Ledger, seat_type: SeatType) -> int | None:
    """How many members may wait for a seat of this type; None without a limit."""
    seats = left(ledger, seat_type)
    if seats is None:
        return None
    return max(0, seats + _purchased(ledger, seat_type) - ledger.active.of(seat_type))


def within(ledger: Ledger, seat_type: SeatType, missing: int) -> int:
    """As many of the missing seats as Auto-Add may buy."""
    seats = left(ledger, seat_type)
    return missing if seats is None else min(missing, seats)


def _purchased(ledger: Ledger, seat_type: SeatType) -> int:
    """The seats that need not be bought: a reduction under way takes its own, a change that lets people in adds."""
    seats, purchase = ledger.purchased.of(seat_type), ledger.purchase
    if purchase is None:
        return seats
    after = purchase.after.of(seat_type)
    return after if ledger.lets_in else min(seats, after)


def this_month(limits: Limits, now: datetime) -> Limits:
    """The limits at that time: a new month begins with nothing added."""
    month = now.astimezone(UTC).date().replace(day=1)
    if limits.month is None or limits.month == month:
        return limits
    return replace(limits, month=month, base=replace(limits.base, added=0), voice=replace(limits.voice, added=0))


def counted(limits: Limits, bought: Quantities, now: datetime) -> Limits:
    """The limits after Auto-Add has paid for these seats."""
    counting = this_month(limits, now).with_added(bought)
    return replace(counting, month=now.astimezone(UTC).date().replace(day=1))


def limited(ledger: Ledger, base: Limit, voice: Limit) -> Ledger:
    """The ledger with these limits. The admins who set them see how near they are: nobody is notified."""
    limits = replace(
        ledger.limits, base=replace(ledger.limits.base, limit=base), voice=replace(ledger.limits.voice, limit=voice)
    )
    return with_notices(replace(ledger, limits=limits))[0]


def with_notices(ledger: Ledger) -> tuple[Ledger, tuple[LimitNotice, ...]]:
    """What the admins are notified of: once at 80 % of a limit and once at the limit, while Auto-Add is ON."""
    news = []
    limits = ledger.limits
    for seat_type in SeatType:
        of_type = limits.of(seat_type)
        priced = of_type.price is not None
        buys = policy_of(ledger, seat_type) is SeatPolicy.BUY
        known = [it for it in usages(ledger, seat_type) if priced or it.measure is not AutoAddMeasure.MONTH_AMOUNT]
        nearest = max(known, key=lambda usage: (usage.nearness, -usage.left), default=None)
        nearness = nearest.nearness if nearest is not None and buys else Nearness.FAR
        if nearest is not None and nearness > of_type.notified:
            news.append(LimitNotice(seat_type, nearest))
        if nearness is not of_type.notified:
            limits = limits.put(seat_type, replace(of_type, notified=nearness))
    return (ledger if limits is ledger.limits else replace(ledger, limits=limits)), tuple(news)
