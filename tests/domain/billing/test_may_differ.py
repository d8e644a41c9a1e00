"""The charge of a cycle switch may differ from its quote by what the preview's credits lose in ten minutes."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.may_differ import MOST_LINES, hidden_may_differ, may_differ
from services.billing.domain.plan_total import RecurringTotals, Tier
from services.billing.domain.snapshots import (
    StripeItemSnapshot,
    StripeLineSnapshot,
    StripeSubscriptionSnapshot,
)

DAY = 86_400


def credit(amount: int, length: int, tax: int = 0, *, start: int = 0) -> StripeLineSnapshot:
    """The credit of an item for `length` seconds."""
    return StripeLineSnapshot(
        -amount, "Unused time", 1, "si_1", is_proration=True, pending=None,
        period_start=start, period_end=start + length, tax=-tax,
    )  # fmt: skip


def test_ten_minutes_of_a_month_of_189_97_are_a_few_cents() -> None:
    """3100 x 600 / 2678400 is 0.7, 15897 x 600 / 2678400 is 3.6; each line is rounded by itself."""
    assert may_differ([credit(3100, 31 * DAY), credit(15897, 31 * DAY)]) == 1 + 4


def test_what_is_not_credited_loses_nothing() -> None:
    whole = StripeLineSnapshot(15897, "3 seats", 3, "si_2", is_proration=False, pending=None, period_end=31 * DAY)
    debit = StripeLineSnapshot(4498, "Remaining time", 3, "si_1", is_proration=True, pending=None, period_end=31 * DAY)
    assert may_differ([]) == may_differ([whole, debit]) == 0


def test_a_credit_counts_at_what_was_debited_whatever_the_item_costs_now() -> None:
    """75 seats were paid and are 1 since an edit without proration: the credit of 75 loses 48.1 cents."""
    assert may_differ([credit(75 * 2699 + 12_375, 31 * DAY)]) == 49


@given(
    full=st.integers(0, 50_000_000),
    length=st.integers(28 * DAY, 366 * DAY),
    at=st.integers(0, 27 * DAY),
    waited=st.integers(0, 600),
    percent=st.integers(0, 30),
)
def test_INVARIANT_no_switch_within_ten_minutes_differs_by_more(  # noqa: N802
    full: int, length: int, at: int, waited: int, percent: int
) -> None:
    """INVARIANT: each credit, floored, and its tax, rounded, move by no more than the quote allows."""

    def credited(second: int) -> int:
        return floor(-Fraction(full * (length - second), length))

    def tax(amount: int) -> int:
        return floor(Fraction(amount * percent, 100) + Fraction(1, 2))

    now, later = credited(at), credited(at + waited)
    bound = may_differ([credit(-now, length - at, -tax(now))])
    assert 0 <= later + tax(later) - now - tax(now) <= bound


def test_the_length_of_the_time_counts_and_not_its_start() -> None:
    month = [credit(3100, 31 * DAY), credit(15897, 31 * DAY)]
    later = [credit(3100, 31 * DAY, start=1_798_761_600), credit(15897, 31 * DAY, start=1_798_761_600)]
    assert may_differ(later) == may_differ(month) == 5


def test_the_tax_of_a_credit_moves_with_it_and_each_line_is_rounded_by_a_cent() -> None:
    """Lines of 1 and 4 cents, and 7.7 % of them is 0.08 and 0.31: each up to a cent, and a cent for rounding."""
    assert may_differ([credit(3100, 31 * DAY, 239), credit(15897, 31 * DAY, 1224)]) == 1 + 4 + 2 + 2


def test_a_credit_of_less_than_ten_minutes_loses_no_more_than_itself() -> None:
    assert may_differ([credit(7, 60)]) == may_differ([credit(7, 0)]) == 7


def test_the_lines_that_stripe_does_not_show_lose_no_more_than_what_the_subscription_costs_and_a_cent_each() -> None:
    """9000 x 600 / 2678400 is 2.02, and with 20 % of tax 2.42: each up to a cent."""
    item = StripeItemSnapshot("si_1", 3, (Tier(None, Decimal(3000)),), period_start=0, period_end=31 * DAY)
    held = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, {SeatType.BASE: item}, None, None)
    assert hidden_may_differ(held) == MOST_LINES + 3
    assert hidden_may_differ(replace(held, recurring=RecurringTotals(14_400, 0, 5400))) == MOST_LINES + 4
    assert hidden_may_differ(replace(held, items={})) == MOST_LINES


def test_a_credit_of_discounted_seats_loses_what_it_gives_back() -> None:
    """Of 15897, half is off: 7949 x 600 / 2678400 is 1.8. Nothing is lost of a credit of nothing."""
    line = credit(15897, 31 * DAY)
    assert may_differ([replace(line, discount=-7948)]) == 2
    assert may_differ([replace(line, discount=-15897)]) == 0
