"""An oracle for the tests: it calculates Stripe's bills to the cent, in exact fractions, independently of the stand-in.

It is written from Stripe's documentation of volume tiers, prorations, customer balances and billing cycles alone, and
imports none of our code: programs that share code share its mistakes.

- The total quantity of an item selects one unit price for all its units (volume tiers).
- A changed quantity bills two lines to the second: a credit for the old quantity's unused time, a debit for the new
  quantity's remaining time. Each line is the floor, toward minus infinity, of its exact amount.
- All lines of an invoice are netted. The sum with the customer's balance is charged from 50 cents on; a smaller sum, or
  a credit, becomes the balance and counts in the next invoice.
- A new interval credits the unused time of every item, bills a whole period of the new interval and begins it now.
- Pending lines are billed with the next invoice of any kind.
- Seats that were changed without proration are not debited until the next period, and what was not debited is not
  credited (flexible billing mode).
- Periods are calendar months or years, counted from the anchor: from 31 March, a month ends on 30 April.

Money is whole cents, a debit above zero and a credit below; moments are Unix seconds.
"""

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Bill:
    """One invoice: its lines, and the customer's balance before and after. A balance below zero is the customer's."""

    at: int
    lines: tuple[Line, ...]
    balance_before: int

    @property
    def total(self) -> int:
        """The sum of all lines, without the balance."""
        return sum(line.cents for line in self.lines)

    @property
    def charged(self) -> int:
        """The amount that the card pays."""
        owed = self.balance_before + self.total
        return owed if owed >= SMALLEST_CHARGE_CENTS else 0

    @property
    def balance_after(self) -> int:
        """The balance that counts in the next invoice."""
        return self.balance_before + self.total - self.charged


@dataclass
class Subscription:
    """One customer's subscription of both items, opened and paid for its first period at `anchor`."""

    anchor: int
    cycle: str
    counts: dict[str, int]
    balance: int = 0
    pending: list[Line] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    # The history of counts and cycles, each with its start: the lines of all bills must add up to it.
    held: list[tuple[int, str, dict[str, int]]] = field(default_factory=list)
    periods: int = 0
    # The seats that were debited last for the rest of the period; other than `counts` after a change without proration.
    debited: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with all seats debited."""
        self.debited = self.debited or dict(self.counts)

    @classmethod
    def opened(cls, at: int, cycle: str, counts: Counts, balance: int = 0) -> "Subscription":
        """A new subscription with its first bill."""
        new = cls(at, cycle, dict(counts), balance)
        new.held.append((at, cycle, dict(counts)))
        new._bill(at, new._whole_period())
        return new

    @property
    def start(self) -> int:
        """When the current period began."""
        return months_after(self.anchor, self.periods * MONTHS[self.cycle])

    @property
    def end(self) -> int:
        """When the current period ends and the next one is billed."""
        return months_after(self.anchor, (self.periods + 1) * MONTHS[self.cycle])

    def recurring(self, counts: Counts | None = None, cycle: str | None = None) -> int:
        """The price of a whole period, optionally for other counts or another cycle."""
        return sum(
            count * unit_cents(seat, count, cycle or self.cycle) for seat, count in (counts or self.counts).items()
        )

    def quote(self, at: int, counts: Counts) -> Bill:
        """The bill of a change that is billed at once: its own lines and all pending lines."""
        return Bill(at, (*self.pending, *self._prorations(at, counts)), self.balance)

    def adjust(self, at: int, counts: Counts) -> Bill:
        """Change the counts and bill at once (`always_invoice`)."""
        lines = self._prorations(at, counts)
        self._hold(at, counts)
        return self._bill(at, lines)

    def adjust_later(self, at: int, counts: Counts) -> None:
        """Change the counts and leave the lines pending (`create_prorations`)."""
        self.pending += self._prorations(at, counts)
        self._hold(at, counts)

    def adjust_free(self, at: int, counts: Counts) -> None:
        """Change the counts without proration (`none`)."""
        debited = self.debited
        self._hold(at, counts)
        self.debited = debited

    def settle(self, at: int) -> Bill:
        """Bill the pending lines."""
        return self._bill(at, [])

    def quote_switch(self, at: int, cycle: str, counts: Counts | None = None) -> Bill:
        """The bill of a change to the other cycle."""
        unused = [self._line(seat, at, -count) for seat, count in self.debited.items() if count]
        later = Subscription(at, cycle, dict(counts or self.counts))
        return Bill(at, (*self.pending, *unused, *later._whole_period()), self.balance)

    def switch(self, at: int, cycle: str, counts: Counts | None = None) -> Bill:
        """Change to the other cycle: credit the unused time, and begin and bill a whole period now."""
        bill = self.quote_switch(at, cycle, counts)
        self.anchor, self.cycle, self.periods, self.pending = at, cycle, 0, []
        self._hold(at, counts or self.counts)
        self.debited = dict(self.counts)
        return self._keep(bill)

    def advance(self, until: int) -> list[Bill]:
        """Bill each period that begins up to `until`."""
        renewals = []
        while self.end <= until:
            self.periods += 1
            self.debited = dict(self.counts)
            renewals.append(self._bill(self.start, self._whole_period()))
        return renewals

    def _line(self, seat: str, at: int, seats: int) -> Line:
        """Seats (credited: below zero) from `at` to the end of the period; their number selects the price."""
        unused = Fraction(self.end - at, self.end - self.start)
        cents = math.floor(seats * unit_cents(seat, abs(seats), self.cycle) * unused)
        return Line(seat, self.cycle, at, self.end, seats, cents, proration=True)

    def _prorations(self, at: int, counts: Counts) -> list[Line]:
        """The lines of a change within the period: two for each type that changes, but none for no seats."""
        changed = [seat for seat in self.counts if counts[seat] != self.counts[seat]]
        pairs = [(seat, seats) for seat in changed for seats in (-self.debited[seat], counts[seat])]
        return [self._line(seat, at, seats) for seat, seats in pairs if seats]

    def _whole_period(self) -> list[Line]:
        return [
            Line(
                seat,
                self.cycle,
                self.start,
                self.end,
                count,
                count * unit_cents(seat, count, self.cycle),
                proration=False,
            )
            for seat, count in self.counts.items()
            if count
        ]

    def _hold(self, at: int, counts: Counts) -> None:
        changed = [seat for seat in counts if counts[seat] != self.counts[seat]]
        self.debited = {**self.debited, **{seat: counts[seat] for seat in changed}}
        self.counts = dict(counts)
        self.held.append((at, self.cycle, dict(counts)))

    def _bill(self, at: int, lines: list[Line]) -> Bill:
        bill = Bill(at, (*self.pending, *lines), self.balance)
        self.pending = []
        return self._keep(bill)

    def _keep(self, bill: Bill) -> Bill:
        self.balance = bill.balance_after
        self.bills.append(bill)
        return bill


def seats_billed(lines: list[Line], seat: str, at: int) -> int:
    """The seats of a type that the lines bill in one second: debited seats minus credited seats."""
    return sum(line.seats for line in lines if line.seat == seat and line.start <= at < line.end)


def exact_cost(held: list[tuple[int, str, dict[str, int]]], periods: list[tuple[int, int]]) -> Fraction:
    """The price of every second of the seats held, without rounding, over consecutive periods.

    It is calculated from seconds and not from invoices: each stretch of time costs its share of its period.
    """
    cost = Fraction(0)
    ends = [since for since, _, _ in held[1:]] + [periods[-1][1]]
    for (since, cycle, counts), until in zip(held, ends, strict=True):
        price = sum(count * unit_cents(seat, count, cycle) for seat, count in counts.items())
        for start, end, whole in _whole_periods(periods):
            seconds = max(0, min(until, end) - max(since, start))
            cost += price * Fraction(seconds, whole)
    return cost


def _whole_periods(periods: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Each period up to its actual end (a switch ends it early), with its full length."""
    cuts = [start for start, _ in periods[1:]] + [periods[-1][1]]
    return [(start, min(end, cut), end - start) for (start, end), cut in zip(periods, cuts, strict=True)]
