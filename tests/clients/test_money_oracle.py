"""Bills calculated by hand, which the oracle of `tests/support/money_oracle.py` must equal.

The figures below are typed, with the arithmetic beside them. April has 30 days, 2,592,000 seconds.
"""

import ast
import calendar
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import money_lines, money_oracle
from tests.support.money_lines import Bill, Coupon, Tax, months_after, unit_cents
from tests.support.money_oracle import Subscription, exact_cost


def at(month: int, day: int, hour: int = 0, *, year: int = 2027, second: int = 0) -> int:
    """A moment of 2027 in Unix seconds."""
    return calendar.timegm((year, month, day, hour, 0, second))


def cents(bill: Bill) -> list[int]:
    return [line.cents for line in bill.lines]


def totals(bill: Bill) -> list[int]:
    """What each line adds to its bill: its amount after its discount."""
    return [line.total for line in bill.lines]


def april(base: int, voice: int, *, cycle: str = "monthly", balance: int = 0) -> Subscription:
    """A subscription that began on 1 April 2027, 00:00 UTC, with its first period billed; then the balance is set."""
    subscription = Subscription.opened(at(4, 1), cycle, {"base": base, "voice": voice})
    subscription.balance = balance
    return subscription


def test_the_example_of_the_help_page_costs_what_it_says() -> None:
    # 2 x 29.99 + 1 x 59.99 = 119.97; 1 x 31.00 + 3 x 52.99 = 31.00 + 158.97 = 189.97; 189.97 - 119.97 = 70.00.
    subscription = april(2, 1)
    now = subscription.recurring()
    then = subscription.recurring({"base": 1, "voice": 3})
    assert (now, then, then - now) == (11997, 18997, 7000)


def test_the_help_pages_change_in_the_middle_of_april_costs_half_of_the_difference() -> None:
    # Base: -(59.98 / 2) = -29.99, + 31.00 / 2 = 15.50. Voice: -(59.99 / 2) = -29.995, down to -30.00;
    # + 158.97 / 2 = 79.485, down to 79.48. Net: -29.99 + 15.50 - 30.00 + 79.48 = 34.99, a cent below 70.00 / 2.
    bill = april(2, 1).adjust(at(4, 16), {"base": 1, "voice": 3})
    assert cents(bill) == [-2999, 1550, -3000, 7948]
    assert (bill.total, bill.charged, bill.balance_after) == (3499, 3499, 0)


def test_one_seat_more_after_ten_days_is_prorated_to_two_thirds() -> None:
    # 20 of 30 days are left. -(1 x 31.00 x 2/3) = -20.666..., down to -20.67; 2 x 29.99 x 2/3 = 39.98666..., 39.98.
    bill = april(1, 0).adjust(at(4, 11), {"base": 2, "voice": 0})
    assert cents(bill) == [-2067, 3998]
    assert bill.charged == 1931


def test_a_seat_more_can_cost_less_where_a_tier_begins_and_a_seat_fewer_more() -> None:
    # 24 x 49.99 = 1,199.76 and 25 x 46.99 = 1,174.75. Half of them: 599.88 and 587.375, down to 587.37; back again:
    # -587.375, down to -587.38, and 599.88.
    grown = april(0, 24)
    assert cents(grown.adjust(at(4, 16), {"base": 0, "voice": 25})) == [-59988, 58737]
    assert grown.balance == -1251
    back = grown.adjust(at(4, 16), {"base": 0, "voice": 24})
    assert cents(back) == [-58738, 59988]
    # 12.50 is owed and 12.51 is in the balance: nothing is charged, a cent stays.
    assert (back.charged, back.balance_after) == (0, -1)


def test_the_last_second_of_a_period_costs_nothing_and_its_credit_is_one_cent() -> None:
    # 31.00 x 1 / 2,592,000 = 0.0012: as a debit down to 0.00, as a credit down to -0.01.
    bill = april(1, 0).adjust(at(4, 30, 23, second=3599), {"base": 2, "voice": 0})
    assert cents(bill) == [-1, 0]
    assert (bill.charged, bill.balance_after) == (0, -1)


def test_less_than_fifty_cents_moves_to_the_balance_and_is_paid_with_the_next_invoice() -> None:
    # The last 8 hours of April are 28,800 of 2,592,000 seconds, 1/90. Base 1 -> 2: -(31.00 / 90) = -0.344.., -0.35;
    # 59.98 / 90 = 0.666.., 0.66. 0.31 is owed. May costs 59.98; with 0.31 that is 60.29.
    subscription = april(1, 0)
    small = subscription.adjust(at(4, 30, 16), {"base": 2, "voice": 0})
    assert (cents(small), small.charged, small.balance_after) == ([-35, 66], 0, 31)
    (may,) = subscription.advance(at(5, 1))
    assert (may.total, may.charged, may.balance_after) == (5998, 6029, 0)


def test_exactly_fifty_cents_are_charged_and_forty_nine_are_not() -> None:
    # The last 12 hours are 1/60. Voice 1 -> 2: -(59.99 / 60) = -0.9998.., -1.00; 119.98 / 60 = 1.9996.., 1.99. 0.99.
    assert april(0, 1, balance=-49).adjust(at(4, 30, 12), {"base": 0, "voice": 2}).charged == 50
    less = april(0, 1, balance=-50).adjust(at(4, 30, 12), {"base": 0, "voice": 2})
    assert (less.charged, less.balance_after) == (0, 49)


def test_a_credit_pays_the_next_invoice() -> None:
    # Voice 3 -> 1 in the middle: -(158.97 / 2) = -79.485, -79.49; 59.99 / 2 = 29.995, 29.99. 49.50 is credited.
    # May: 59.99 - 49.50 = 10.49.
    subscription = april(0, 3)
    removed = subscription.adjust(at(4, 16), {"base": 0, "voice": 1})
    assert (cents(removed), removed.charged, removed.balance_after) == ([-7949, 2999], 0, -4950)
    (may,) = subscription.advance(at(5, 1))
    assert (may.total, may.charged, may.balance_after) == (5999, 1049, 0)


def test_a_years_price_is_rounded_down_to_a_cent_for_each_seat() -> None:
    # 31.00 x 10.8 = 334.80; 29.99 x 10.8 = 323.892; 27.99 x 10.8 = 302.292; 26.99 x 10.8 = 291.492;
    # 59.99 x 10.8 = 647.892; 52.99 x 10.8 = 572.292; 49.99 x 10.8 = 539.892; 46.99 x 10.8 = 507.492.
    assert [unit_cents("base", count, "annual") for count in (1, 2, 9, 10, 24, 25)] == [
        33480, 32389, 32389, 30229, 30229, 29149,
    ]  # fmt: skip
    assert [unit_cents("voice", count, "annual") for count in (1, 2, 3, 9, 10, 24, 25)] == [
        64789, 64789, 57229, 57229, 53989, 53989, 50749,
    ]  # fmt: skip


def test_a_switch_to_annual_credits_the_rest_of_the_month_and_begins_a_year() -> None:
    # At 9 o'clock on the 16th 14 days and 15 hours are left, 1,263,600 of 2,592,000 seconds, 0.4875. Base: -59.98 x
    # 0.4875 = -29.24025, -29.25; Voice: -59.99 x 0.4875 = -29.245125, -29.25. A year: 2 x 323.89 = 647.78, and 647.89.
    # 1,295.67 - 58.50 = 1,237.17.
    subscription = april(2, 1)
    bill = subscription.switch(at(4, 16, 9), "annual")
    assert cents(bill) == [-2925, -2925, 64778, 64789]
    assert bill.charged == 123717
    assert (subscription.start, subscription.end) == (at(4, 16, 9), at(4, 16, 9, year=2028))


def test_a_switch_to_monthly_leaves_a_credit_that_pays_the_months_to_come() -> None:
    # From 1 April 2027 a year has 366 days; after 91 of them (1 July) 275 are left. Base 2: 647.78 x 275 / 366 =
    # 486.7199.., -486.72; a month costs 59.98. -426.74 stays, July is paid; 1 August takes 59.98 of it.
    subscription = april(2, 0, cycle="annual")
    bill = subscription.switch(at(7, 1), "monthly")
    assert (cents(bill), bill.charged, bill.balance_after) == ([-48672, 5998], 0, -42674)
    (august,) = subscription.advance(at(8, 1))
    assert (august.charged, august.balance_after) == (0, -36676)


def test_a_seat_of_an_annual_plan_is_prorated_over_the_year() -> None:
    # 275 of 366 days are left on 1 July. -486.7199.., -486.72; 3 x 323.89 = 971.67 x 275 / 366 = 730.0799.., 730.07.
    bill = april(2, 0, cycle="annual").adjust(at(7, 1), {"base": 3, "voice": 0})
    assert (cents(bill), bill.charged) == ([-48672, 73007], 24335)


def test_pending_lines_are_billed_with_the_next_invoice_of_any_kind() -> None:
    # On the 16th, half: Base 1 -> 2: -15.50, 29.99. On the 21st, 10 of 30 days: Base 2 -> 3: -59.98 / 3 = -19.9933..,
    # -20.00; 89.97 / 3 = 29.99. PendingProration: 24.48.
    def with_pending() -> Subscription:
        subscription = april(1, 0)
        subscription.adjust_later(at(4, 16), {"base": 2, "voice": 0})
        subscription.adjust_later(at(4, 21), {"base": 3, "voice": 0})
        assert len(subscription.bills) == 1
        return subscription

    settled = with_pending()
    assert settled.settle(at(4, 22)).charged == 2448
    assert settled.advance(at(5, 1))[0].charged == 8997
    # 8,997 + 2,448.
    assert with_pending().advance(at(5, 1))[0].charged == 11445
    # On the 25th 6 of 30 days are left, a fifth: -(89.97 / 5) = -17.994, -18.00; 119.96 / 5 = 23.992, 23.99. 5.99.
    assert with_pending().adjust(at(4, 25), {"base": 4, "voice": 0}).charged == 2448 + 599


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, (2, 28)), (2, (3, 31)), (3, (4, 30)), (12, (1, 31))],
)
def test_a_period_begun_on_the_31st_ends_on_the_last_day_of_a_shorter_month(
    months: int, expected: tuple[int, int]
) -> None:
    ends = datetime.fromtimestamp(months_after(at(1, 31, 13), months), UTC)
    assert ((ends.month, ends.day), ends.hour) == (expected, 13)


def test_february_of_a_leap_year_is_counted_with_its_29th() -> None:
    assert months_after(at(1, 31), 13) == at(2, 29, year=2028)


def test_the_exact_cost_counts_each_second_of_each_seat() -> None:
    # Half of April with 1 Base (15.50), half with 2 (29.99), then a day of a month of 31 with 2 (59.98 / 31).
    subscription = april(1, 0)
    subscription.adjust(at(4, 16), {"base": 2, "voice": 0})
    periods = [(at(4, 1), at(5, 1)), (at(5, 1), at(6, 1))]
    assert exact_cost(subscription.held, periods) == 1550 + 2999 + 5998


def test_the_oracle_imports_only_the_standard_library_and_its_own_lines() -> None:
    imported = set()
    for module in (money_oracle, money_lines):
        tree = ast.parse(Path(str(module.__file__)).read_text())
        imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
    assert imported == {
        "calendar", "math", "collections.abc", "dataclasses", "datetime", "fractions", "typing", money_lines.__name__,
    }  # fmt: skip


def test_seats_that_were_not_debited_are_not_credited_until_the_next_period() -> None:
    """2 Base debited and 5 held, half of April: -(59.98 / 2) = -29.99; 6 x 29.99 / 2 = 89.97."""
    held = april(2, 0)
    held.adjust_free(at(4, 1), {"base": 5, "voice": 0})
    assert cents(held.adjust(at(4, 16), {"base": 6, "voice": 0})) == [-2999, 8997]
    # Another change without proration, and May is debited as it is held: 3 x 29.99; half of it is credited.
    held.adjust_free(at(4, 20), {"base": 3, "voice": 0})
    assert [cents(bill) for bill in held.advance(at(5, 1))] == [[8997]]
    middle = at(5, 1) + (at(6, 1) - at(5, 1)) // 2
    assert cents(held.adjust(middle, {"base": 2, "voice": 0})) == [-4499, 2999]


def test_a_coupon_counts_in_periods_and_prorations_until_its_end_and_a_credit_has_the_discount_of_its_debit() -> None:
    """A quarter off from 16 April on, until 16 May.

    Base 1 -> 2 on 16 April: -(31.00 / 2) = -15.50, which had no discount; 59.98 x 0.75 / 2 = 22.4925, 22.49. May:
    59.98 less a quarter, 14.995, up to 15.00. On 16 May 16 of 31 days are left: -(59.98 x 0.75 x 16 / 31) =
    -23.21..., -23.22; without the coupon 31.00 x 16 / 31 = 16.00.
    """
    held = april(1, 0)
    held.coupon = Coupon(25, until=at(5, 16))
    assert totals(held.adjust(at(4, 16), {"base": 2, "voice": 0})) == [-1550, 2249]
    (may,) = held.advance(at(5, 1))
    assert (cents(may), may.total) == ([5998], 5998 - 1500)
    assert totals(held.adjust(at(5, 16), {"base": 1, "voice": 0})) == [-2322, 1600]


def test_a_coupon_for_one_invoice_is_for_the_next_whole_period_and_for_no_proration() -> None:
    """May with half off: 59.98 / 2 = 29.99. In its middle the credit is half of that, -14.995, -15.00; 31.00 / 2."""
    held = april(1, 0)
    held.coupon = Coupon(50, once=True)
    assert totals(held.adjust(at(4, 16), {"base": 2, "voice": 0})) == [-1550, 2999]
    assert [bill.total for bill in held.advance(at(5, 1))] == [2999]
    assert totals(held.adjust(at(5, 16, 12), {"base": 1, "voice": 0})) == [-1500, 1550]
    assert [bill.total for bill in held.advance(at(6, 1))] == [3100]


def test_an_exclusive_tax_is_added_to_each_line_and_an_inclusive_tax_is_part_of_it() -> None:
    """7.7 % of 29.99 is 2.30923, 2.31. The credit of 15.50 had no tax. 15.50 / 1.077 x 0.077 = 1.108, 1.11."""
    held = april(1, 0)
    held.tax = Tax(Fraction("7.7"), inclusive=False)
    grown = held.adjust(at(4, 16), {"base": 2, "voice": 0})
    assert (cents(grown), grown.total) == ([-1550, 2999], 1449 + 231)
    held.tax = Tax(Fraction("7.7"), inclusive=True)
    # The credit gives back the tax of its debit: -29.99 and -2.30923, -2.31.
    back = held.adjust(at(4, 16), {"base": 1, "voice": 0})
    assert (cents(back), back.total) == ([-2999, 1550], -1449 - 231)
    assert [line.included for line in back.lines] == [0, 111]


def test_a_change_dated_before_another_credits_one_line_for_each_debit_of_the_time() -> None:
    """Base 1 -> 2 on the 16th, and 2 -> 3 as of the 11th: 5 of 30 days of 31.00 and 15 of 59.98 are credited.

    -(31.00 / 6) = -5.1666.., -5.17; -(59.98 / 2) = -29.99; 89.97 x 2 / 3 = 59.98.
    """
    held = april(1, 0)
    held.adjust(at(4, 16), {"base": 2, "voice": 0})
    assert cents(held.adjust(at(4, 11), {"base": 3, "voice": 0})) == [-517, -2999, 5998]
