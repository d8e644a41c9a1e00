"""The stand-in bills the same cents as the exact oracle: for random changes, and over a random year."""

import os
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby
from random import Random

import pytest

from tests.clients.lives import BOUNDARY_COUNTS, SEATS, Life, life, random_counts
from tests.clients.published import Published
from tests.clients.standin import DAY
from tests.support.money_lines import Coupon, Tax
from tests.support.money_oracle import exact_cost, seats_billed

HOUR = 3600
# HEADCOUNT_MONEY=10 runs ten times as many steps.
MORE = int(os.environ.get("HEADCOUNT_MONEY", "1"))
LIVES = 40 * MORE
CHANGES = 1000 * MORE
STEPS = ("adjust", "adjust_later", "settle", "switch", "declined", "adjust_free", "backdated")
TERMS = ("renewal", "coupon", "tax", "unpaid")
YEARS = 3 * MORE


def random_start(rng: Random) -> int:
    """A random second of four years, often near the end of a month, where months differ in length."""
    day = datetime(2027 + rng.randrange(4), rng.randrange(1, 13), rng.choice((1, 14, 28)), tzinfo=UTC)
    return int(day.timestamp()) + rng.choice((0, 0, 1, 2, 3)) * DAY + rng.randrange(DAY)


def random_wait(rng: Random, account: Life) -> int:
    """A random wait: none, minutes, days, until shortly before the end of the period, or until exactly its end."""
    left = account.seconds_left()
    usual = (0, rng.randrange(1, 600), rng.randrange(DAY), rng.randrange(9 * DAY), rng.randrange(20 * DAY))
    return rng.choice((*usual, left - rng.randrange(1, 3 * HOUR), left))


async def change_terms(account: Life, rng: Random) -> None:
    """Sometimes change what is billed for the same seats: a coupon, a tax; or let a renewal's card fail."""
    fate = rng.random()
    if fate < 0.12:
        months = rng.choice((0, 0, 1, 3))
        coupon = Coupon(rng.choice((10, 25, 33, 100)), once=not months and rng.random() < 0.5)
        await account.give_coupon(rng.choice((coupon, coupon, None)), months)
    elif fate < 0.22:
        tax = Tax(rng.choice((Fraction("7.7"), Fraction(19))), inclusive=rng.random() < 0.5)
        await account.set_tax(rng.choice((tax, tax, None)))
    elif fate < 0.3:
        await account.renew_unpaid()


async def one_change(account: Life, rng: Random, wait: int, free: int = 0) -> None:
    """Wait, and then make a random change of the subscription.

    `free` weighs changes without proration and changes dated before others.
    """
    await account.advance(wait)
    if free:
        await change_terms(account, rng)
    await account.wait_for_invoice_limit()
    if rng.random() < 0.15:
        await account.give_balance(rng.choice((0, -rng.randrange(1, 30_000), rng.randrange(1, 300))))
    counts = random_counts(rng, account.oracle.counts)
    lasts = account.oracle.coupon is None or account.oracle.coupon.until is None
    weights = (28, 8, 10 if account.oracle.pending else 0, 4, 1, free, free if lasts else 0)
    match rng.choices(STEPS, weights)[0]:
        case "adjust":
            if rng.random() < 0.1:
                # Put the amount due just below or above the smallest charge.
                owed = account.oracle.quote(account.now, counts).total
                await account.give_balance(rng.choice((-1, 0, 1, 49, 50, 51)) - owed)
            # Make the change up to ten minutes after its preview, but within the same period.
            await account.adjust(counts, min(rng.choice((0, 1, rng.randrange(600))), account.seconds_left() - 1))
        case "adjust_later":
            await account.adjust_later(counts)
        case "adjust_free":
            await account.adjust_free(counts)
        case "backdated":
            since = max(account.oracle.start, account.now - rng.randrange(1, 10 * DAY))
            await account.adjust_backdated(counts, rng.randrange(since, account.now + 1))
        case "settle":
            await account.settle()
        case "switch":
            await account.switch(rng.choice((None, counts)))
        case _:
            await account.try_with_a_declined_card(counts)


async def test_a_thousand_random_changes_are_previewed_charged_and_balanced_to_the_cent(judge: Published) -> None:
    rng = Random(20270101)
    done: Counter[str] = Counter()
    for _ in range(LIVES):
        start, cycle = random_start(rng), rng.choice(("monthly", "annual"))
        counts = {seat: rng.choice(BOUNDARY_COUNTS) for seat in SEATS}
        async with life(judge, start, cycle, counts if any(counts.values()) else {"base": 2, "voice": 1}) as account:
            while sum(account.steps[step] for step in STEPS) < CHANGES // LIVES:
                await one_change(account, rng, random_wait(rng, account), free=4)
            done += account.steps
    # Each kind of step must have been taken often.
    assert sum(done[step] for step in STEPS) == CHANGES
    assert min(done[step] for step in (*STEPS, *TERMS)) >= CHANGES // 100


@pytest.mark.parametrize("seed", range(YEARS))
async def test_a_years_invoices_explain_each_second_of_each_seat(judge: Published, seed: int) -> None:
    """INVARIANT: at any second as many seats are billed as are held, and their price is billed to a cent a line."""
    rng = Random(seed)
    async with life(judge, random_start(rng), rng.choice(("monthly", "annual")), {"base": 2, "voice": 1}) as account:
        opened_at = account.now
        while account.now < opened_at + 365 * DAY:
            await one_change(account, rng, rng.choice((0, rng.randrange(DAY), rng.randrange(11 * DAY))))
        await account.settle()
        held, lines = account.oracle.held, account.lines
        # Compare at every second where a line begins or ends, for each seat type, up to the last billed second.
        moments = {since for since, _, _ in held} | {line.start for line in lines} | {line.end for line in lines}
        for at in sorted(moments):
            counts = [counts for since, _, counts in held if since <= at][-1]
            expected = counts if at < account.oracle.end else dict.fromkeys(SEATS, 0)
            assert {seat: seats_billed(lines, seat, at) for seat in SEATS} == expected
        # A prorated line is at most a cent below its exact amount; a line of a whole period is exact.
        periods = [span for span, _ in groupby((line.start, line.end) for line in lines if not line.proration)]
        lost = exact_cost(held, periods) - sum(line.cents for line in lines)
        assert 0 <= lost < sum(1 for line in lines if line.proration)
        # The lines must add up to the payments by card and the change of the balance.
        assert (
            account.paid_by_card == sum(line.cents for line in lines) - account.oracle.balance + account.balance_given
        )
