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
- A credit is for what was debited: one line for each debit of the time, at that debit's price, discount and tax. Seats
  that were changed without proration are not debited until the next period, so they are not credited (flexible billing
  mode).
- A coupon takes its percent off each line of a whole period, rounded to the cent, halves up. A proration has the amount
  before the discounts and, beside it, what is left to the exact amount after them (`proration_discounts=itemized`). A
  coupon for one invoice is for the first charge of a whole period, and for no proration: an item of no
  seats keeps its own. From its end on, a coupon counts in nothing that is billed.
- An amount off one item is for that item. An item's own coupon counts first. An amount off the subscription or the
  customer is shared by the items in proportion to what is left of their prices then.
- The customer's coupon counts only where the subscription has none, or one that has ended.
- An exclusive tax adds its percent of each line, after the discount, rounded to the cent, halves up. An inclusive tax
  is part of the line.
- Periods are calendar months or years, counted from the anchor: from 31 March, a month ends on 30 April.

Money is whole cents, a debit above zero and a credit below; moments are Unix seconds.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from tests.support.money_lines import (
    MONTHS,
    Bill,
    Counts,
    Coupon,
    Debit,
    Line,
    Tax,
    cents,
    itemized,
    months_after,
    unit_cents,
)


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
    coupon: Coupon | None = None
    # The coupons of the customer and of the items, by their holders.
    others: dict[str, Coupon] = field(default_factory=dict)
    tax: Tax | None = None
    # What was billed for the time to come, of each seat type.
    debits: dict[str, list[Debit]] = field(default_factory=dict)

    @classmethod
    def opened(cls, at: int, cycle: str, counts: Counts, balance: int = 0) -> "Subscription":
        """A new subscription with its first bill."""
        new = cls(at, cycle, dict(counts), balance)
        new.held.append((at, cycle, dict(counts)))
        new._bill_period(at)
        return new

    @property
    def start(self) -> int:
        """When the current period began."""
        return months_after(self.anchor, self.periods * MONTHS[self.cycle])

    @property
    def end(self) -> int:
        """When the current period ends and the next one is billed."""
        return months_after(self.anchor, (self.periods + 1) * MONTHS[self.cycle])

    def recurring(self, counts: Counts | None = None, cycle: str | None = None, *, at: int | None = None) -> int:
        """The price of a whole period with discount and tax as they are at `at`, for other counts or another cycle."""
        moment = self.start if at is None else at
        later = replace(self, anchor=moment, cycle=cycle or self.cycle, periods=0, counts=dict(counts or self.counts))
        return sum(line.total for line in later._whole_period(moment))

    def quote(self, at: int, counts: Counts) -> Bill:
        """The bill of a change that is billed at once: its own lines and all pending lines."""
        return Bill(at, (*self.pending, *self._prorations(at, counts)), self.balance)

    def adjust(self, at: int, counts: Counts) -> Bill:
        """Change the counts and bill at once (`always_invoice`)."""
        lines = self._prorations(at, counts)
        self._debit(at, counts)
        self._hold(at, counts)
        return self._bill(at, lines)

    def adjust_later(self, at: int, counts: Counts) -> None:
        """Change the counts and leave the lines pending (`create_prorations`)."""
        self.pending += self._prorations(at, counts)
        self._debit(at, counts)
        self._hold(at, counts)

    def adjust_free(self, at: int, counts: Counts) -> None:
        """Change the counts without proration (`none`)."""
        self._hold(at, counts)

    def settle(self, at: int) -> Bill:
        """Bill the pending lines."""
        return self._bill(at, [])

    def quote_switch(self, at: int, cycle: str, counts: Counts | None = None) -> Bill:
        """The bill of a change to the other cycle."""
        unused = [line for seat in self.counts for line in self._credits(seat, at)]
        later = replace(self, anchor=at, cycle=cycle, periods=0, counts=dict(counts or self.counts))
        return Bill(at, (*self.pending, *unused, *later._whole_period(at)), self.balance)

    def switch(self, at: int, cycle: str, counts: Counts | None = None) -> Bill:
        """Change to the other cycle: credit the unused time, and begin and bill a whole period now."""
        bill = self.quote_switch(at, cycle, counts)
        self.anchor, self.cycle, self.periods, self.pending = at, cycle, 0, []
        self._hold(at, counts or self.counts)
        self._debit_period(at)
        return self._keep(bill)

    def advance(self, until: int) -> list[Bill]:
        """Bill each period that begins up to `until`."""
        renewals = []
        while self.end <= until:
            self.periods += 1
            renewals.append(self._bill_period(self.start))
        return renewals

    def _bill_period(self, at: int) -> Bill:
        bill = self._bill(at, self._whole_period(at))
        self._debit_period(at)
        return bill

    def _coupons(self, seat: str, at: int, *, is_period: bool) -> tuple[Coupon | None, Coupon | None]:
        """The coupons of an item: its own, and that of all items. One for one invoice counts in a period only."""
        own, of_all = (
            coupon if coupon is not None and coupon.counts(at) and (is_period or not coupon.once) else None
            for coupon in (self.others.get(seat), self._of_all(at))
        )
        return own, of_all

    def _of_all(self, at: int) -> Coupon | None:
        """The coupon of all items: the subscription's until it ends, and then the customer's."""
        has_own = self.coupon is not None and self.coupon.counts(at)
        return self.coupon if has_own else self.others.get("customer")

    def _gross(self, seat: str, counts: Counts) -> int:
        """The price of a whole period before the discounts."""
        return counts[seat] * unit_cents(seat, counts[seat], self.cycle)

    def _whole_price(self, seat: str, counts: Counts, at: int, *, is_period: bool) -> Fraction:
        """The exact price of a whole period after the discounts."""
        left = {}
        for one in counts:
            price = Fraction(self._gross(one, counts))
            own, of_all = self._coupons(one, at, is_period=is_period)
            left[one] = price if own is None else price - own.off(price, price)
        return left[seat] if of_all is None else left[seat] - of_all.off(left[seat], Fraction(sum(left.values())))

    def _credits(self, seat: str, at: int) -> list[Line]:
        return [debit.credit(seat, at) for debit in self.debits.get(seat, ()) if debit.until > at]

    def _prorations(self, at: int, counts: Counts) -> list[Line]:
        """The lines of a change within the period: credits and a debit for each type that changes."""
        lines = []
        for seat in (seat for seat in self.counts if counts[seat] != self.counts[seat]):
            lines += self._credits(seat, at)
            if counts[seat]:
                net = self._whole_price(seat, counts, at, is_period=False)
                share = Fraction(self.end - at, self.end - self.start)
                line = Line(seat, self.cycle, at, self.end, counts[seat], 0, proration=True)
                line = itemized(line, self._gross(seat, counts) * share, net * share)
                lines.append(self.tax.on(line) if self.tax is not None else line)
        return lines

    def _debit(self, at: int, counts: Counts) -> None:
        """Remember what a change debits; what it credits is debited up to `at` only."""
        for seat in (seat for seat in self.counts if counts[seat] != self.counts[seat]):
            net = self._whole_price(seat, counts, at, is_period=False)
            kept = [replace(debit, until=min(debit.until, at)) for debit in self.debits[seat] if debit.start < at]
            gross = self._gross(seat, counts)
            new = Debit(counts[seat], self.cycle, at, self.end, (self.start, self.end), gross, net, self.tax)
            self.debits[seat] = [*kept, *([new] if counts[seat] else [])]

    def _debit_period(self, at: int) -> None:
        """Remember what a whole period debits. A coupon for one invoice is used up."""
        for seat, count in self.counts.items():
            net = self._whole_price(seat, self.counts, at, is_period=True)
            gross = self._gross(seat, self.counts)
            whole = Debit(count, self.cycle, self.start, self.end, (self.start, self.end), gross, net, self.tax)
            self.debits[seat] = [whole] if count else []
        used = {
            coupon for seat in self.counts if self.counts[seat] for coupon in self._coupons(seat, at, is_period=True)
        }
        self.others = {holder: coupon for holder, coupon in self.others.items() if not (coupon.once and coupon in used)}
        if self.coupon is not None and self.coupon.once:
            self.coupon = None

    def _whole_period(self, at: int) -> list[Line]:
        billed = [seat for seat, count in self.counts.items() if count]
        prices = {seat: self.counts[seat] * unit_cents(seat, self.counts[seat], self.cycle) for seat in billed}
        left = {seat: prices[seat] - self._off_item(seat, prices[seat], at) for seat in billed}
        of_all = self._of_all(at)
        if of_all is not None and of_all.counts(at):
            left = _less(left, of_all)
        lines = []
        for seat in billed:
            off, price = prices[seat] - left[seat], prices[seat]
            line = Line(seat, self.cycle, self.start, self.end, self.counts[seat], price, proration=False, off=off)
            lines.append(self.tax.on(line) if self.tax is not None else line)
        return lines

    def _off_item(self, seat: str, price: int, at: int) -> int:
        """The cents that an item's own coupon takes off its line."""
        coupon = self.others.get(seat)
        return 0 if coupon is None or not coupon.counts(at) else cents(coupon.off(Fraction(price), Fraction(price)))

    def _hold(self, at: int, counts: Counts) -> None:
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


def _less(left: dict[str, int], coupon: Coupon) -> dict[str, int]:
    """What a coupon of all items leaves of each line. An amount off is shared to the cent: the shares add up to it."""
    if not coupon.amount:
        return {seat: rest - cents(Fraction(rest * coupon.percent, 100)) for seat, rest in left.items()}
    total, after, so_far, shared = sum(left.values()), {}, 0, 0
    for seat, rest in left.items():
        so_far += rest
        upto = cents(Fraction(min(coupon.amount, total) * so_far, total)) if total else 0
        after[seat] = rest - (upto - shared)
        shared = upto
    return after


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
