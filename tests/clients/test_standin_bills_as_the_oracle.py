"""The stand-in bills what the exact oracle says, to the cent: random changes, and a year of random life."""

import os
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from random import Random

import pytest

from tests.clients.lives import SEATS, TELLING_COUNTS, Life, life, random_counts
from tests.clients.published import Published
from tests.clients.standin import DAY
from tests.support.money_oracle import exact_cost, seats_billed

HOUR = 3600
# HEADCOUNT_MONEY=10 lives ten times as much.
MORE = int(os.environ.get("HEADCOUNT_MONEY", "1"))
LIVES = 40 * MORE
CHANGES = 1000 * MORE
STEPS = ("adjust", "adjust_later", "settle", "switch", "declined")
YEARS = 3 * MORE


def random_start(rng: Random) -> int:
    """A second of some years, with the ends of months well represented, where calendar months differ in length."""
    day = datetime(2027 + rng.randrange(4), rng.randrange(1, 13), rng.choice((1, 14, 28)), tzinfo=UTC)
    return int(day.timestamp()) + rng.choice((0, 0, 1, 2, 3)) * DAY + rng.randrange(DAY)


def random_wait(rng: Random, lived: Life) -> int:
    """No time at all, a moment, days; or until the last seconds of the period, or its end to the second."""
    left = lived.seconds_left()
    usual = (0, rng.randrange(1, 600), rng.randrange(DAY), rng.randrange(9 * DAY), rng.randrange(20 * DAY))
    return rng.choice((*usual, left - rng.randrange(1, 3 * HOUR), left))


async def one_change(lived: Life, rng: Random, wait: int) -> None:
    """Wait, and then do one of all that can be done to a subscription."""
    await lived.advance(wait)
    await lived.breathe()
    if rng.random() < 0.15:
        await lived.give_balance(rng.choice((0, -rng.randrange(1, 30_000), rng.randrange(1, 300))))
    counts = random_counts(rng, lived.oracle.counts)
    match rng.choices(STEPS, (28, 8, 10 if lived.oracle.pending else 0, 4, 1))[0]:
        case "adjust":
            if rng.random() < 0.1:
                # So that what is owed lies on either side of what is charged.
                owed = lived.oracle.quote(lived.now, counts).total
                await lived.give_balance(rng.choice((-1, 0, 1, 49, 50, 51)) - owed)
            # Saved up to ten minutes after it was previewed, but within the same period.
            await lived.adjust(counts, min(rng.choice((0, 1, rng.randrange(600))), lived.seconds_left() - 1))
        case "adjust_later":
            await lived.adjust_later(counts)
        case "settle":
            await lived.settle()
        case "switch":
            await lived.switch(rng.choice((None, counts)))
        case _:
            await lived.try_with_a_declined_card(counts)


async def test_a_thousand_random_changes_are_previewed_charged_and_balanced_to_the_cent(judge: Published) -> None:
    rng = Random(20270101)
    done: Counter[str] = Counter()
    for _ in range(LIVES):
        start, cycle = random_start(rng), rng.choice(("monthly", "annual"))
        counts = {seat: rng.choice(TELLING_COUNTS) for seat in SEATS}
        async with life(judge, start, cycle, counts if any(counts.values()) else {"base": 2, "voice": 1}) as lived:
            while sum(lived.steps[step] for step in STEPS) < CHANGES // LIVES:
                await one_change(lived, rng, random_wait(rng, lived))
            done += lived.steps
    # Nothing is left out by chance: each kind of step was taken often.
    assert sum(done[step] for step in STEPS) == CHANGES
    assert min(done[step] for step in (*STEPS, "renewal")) >= CHANGES // 100


@pytest.mark.parametrize("seed", range(YEARS))
async def test_a_years_invoices_explain_each_second_of_each_seat(judge: Published, seed: int) -> None:
    """INVARIANT: at any second as many seats are billed as are held, and their price is billed to a cent a line."""
    rng = Random(seed)
    async with life(judge, random_start(rng), rng.choice(("monthly", "annual")), {"base": 2, "voice": 1}) as lived:
        born = lived.now
        while lived.now < born + 365 * DAY:
            await one_change(lived, rng, rng.choice((0, rng.randrange(DAY), rng.randrange(11 * DAY))))
        await lived.settle()
        held, lines = lived.oracle.held, lived.lines
        # At every second where something begins or ends, for each type of seat; and nothing beyond what is billed yet.
        moments = {since for since, _, _ in held} | {line.start for line in lines} | {line.end for line in lines}
        for at in sorted(moments):
            counts = [counts for since, _, counts in held if since <= at][-1]
            expected = counts if at < lived.oracle.end else dict.fromkeys(SEATS, 0)
            assert {seat: seats_billed(lines, seat, at) for seat in SEATS} == expected
        # Each rounded line is at most a cent below its exact amount, and a whole period's is exact.
        periods = [span for span, _ in groupby((line.start, line.end) for line in lines if not line.proration)]
        lost = exact_cost(held, periods) - sum(line.cents for line in lines)
        assert 0 <= lost < sum(1 for line in lines if line.proration)
        # And what the lines say was paid by card, or with the customer's balance.
        assert lived.paid_by_card == sum(line.cents for line in lines) - lived.oracle.balance + lived.balance_given
