"""The oracle's prices, lines and bills, in exact fractions; `money_oracle.py` says from which rules."""

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import TypeAlias

SMALLEST_CHARGE_CENTS = 50
ANNUAL_FACTOR = Fraction(12) * Fraction(9, 10)
MONTHS = {"monthly": 1, "annual": 12}

# The month's price of a seat in cents, from this many seats on.
MONTH_CENTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "base": ((1, 3100), (2, 2999), (10, 2799), (25, 2699)),
    "voice": ((1, 5999), (3, 5299), (10, 4999), (25, 4699)),
}

Counts: TypeAlias = Mapping[str, int]


def unit_cents(seat: str, count: int, cycle: str) -> int:
    """The price of each of `count` seats for a whole period."""
    month = [cents for at_least, cents in MONTH_CENTS[seat] if max(count, 1) >= at_least][-1]
    return month if cycle == "monthly" else math.floor(ANNUAL_FACTOR * month)


def cents(exact: Fraction) -> int:
    """An exact amount rounded to the cent, halves up."""
    return math.floor(exact + Fraction(1, 2))


def months_after(anchor: int, months: int) -> int:
    """The same day and time so many calendar months later, or the last of a month that has no such day."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


@dataclass(frozen=True, order=True)
class Line:
    """One line: `seats` of a type from `start` to `end`. Credited seats are below zero, and so are their cents."""

    seat: str
    cycle: str
    start: int
    end: int
    seats: int
    cents: int
    proration: bool
    # The discount on the line, and the tax on the rest: added to it, or included in it.
    off: int = 0
    added: int = 0
    included: int = 0

    @property
    def total(self) -> int:
        """The cents that the line adds to its bill."""
        return self.cents - self.off + self.added


@dataclass(frozen=True)
class Coupon:
    """A percentage or an amount off: once, or until a second, or for good."""

    percent: int
    until: int | None = None
    once: bool = False
    # Cents off each period; then the percentage is 0.
    amount: int = 0
    # Who has it: the subscription, the customer, or the item of a seat type.
    holder: str = "subscription"

    def counts(self, at: int) -> bool:
        """Whether it counts in what is billed at this second."""
        return self.until is None or at < self.until

    def off(self, left: Fraction, of_all: Fraction) -> Fraction:
        """The exact amount off an item's price, of which `left` is left; `of_all` is the price of all items."""
        if not self.amount:
            return left * self.percent / 100
        return min(left, Fraction(self.amount) * (left / of_all if of_all else 0))


@dataclass(frozen=True)
class Tax:
    """A tax of so many percent, included in the prices or added to them."""

    percent: Fraction
    inclusive: bool

    def on(self, line: Line) -> Line:
        """The line with its tax."""
        left = line.cents - line.off
        if self.inclusive:
            return replace(line, included=cents(left * self.percent / (100 + self.percent)))
        return replace(line, added=cents(left * self.percent / 100))


def itemized(line: Line, gross: Fraction, net: Fraction) -> Line:
    """The line of a proration with its amount before the discounts, and the discounts beside it."""
    return replace(line, cents=math.floor(gross), off=math.floor(gross) - math.floor(net))


@dataclass(frozen=True)
class Debit:
    """Seats that were billed from `start` to `until`.

    `net` is the exact price of their whole period after discounts, and `gross` before them.
    """

    seats: int
    cycle: str
    start: int
    until: int
    period: tuple[int, int]
    gross: int
    net: Fraction
    tax: Tax | None

    def credit(self, seat: str, at: int) -> Line:
        """The credit for the time from `at` on."""
        start = max(at, self.start)
        share = Fraction(self.until - start, self.period[1] - self.period[0])
        line = itemized(
            Line(seat, self.cycle, start, self.until, -self.seats, 0, proration=True),
            -self.gross * share,
            -self.net * share,
        )
        return self.tax.on(line) if self.tax is not None else line


@dataclass(frozen=True)
class Bill:
    """One invoice: its lines, and the customer's balance before and after. A balance below zero is the customer's."""

    at: int
    lines: tuple[Line, ...]
    balance_before: int

    @property
    def total(self) -> int:
        """The sum of all lines with discounts and taxes, without the balance."""
        return sum(line.total for line in self.lines)

    @property
    def charged(self) -> int:
        """The amount that the card pays."""
        owed = self.balance_before + self.total
        return owed if owed >= SMALLEST_CHARGE_CENTS else 0

    @property
    def balance_after(self) -> int:
        """The balance that counts in the next invoice."""
        return self.balance_before + self.total - self.charged
