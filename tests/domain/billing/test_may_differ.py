"""The charge of a cycle switch may differ from its quote by the old cycle's price for ten minutes."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.may_differ import may_differ
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import RecurringTotals, StripeItemSnapshot, StripeSubscriptionSnapshot

DAY = 86_400


def snapshot(base: tuple[int, int], voice: tuple[int, int], length: int) -> StripeSubscriptionSnapshot:
    items = {
        seat_type: StripeItemSnapshot(f"si_{seat_type}", quantity, (Tier(None, Decimal(cents)),), "price", 0, length)
        for seat_type, (quantity, cents) in zip(SeatType, (base, voice), strict=True)
    }
    return StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, items, None, None)


def test_ten_minutes_of_a_month_of_189_97_are_a_few_cents() -> None:
    """3100 x 600 / 2678400 is 0.7, 15897 x 600 / 2678400 is 3.6; each line is rounded by itself."""
    assert may_differ(snapshot((1, 3100), (3, 5299), 31 * DAY)) == 1 + 4


def test_an_item_without_seats_adds_nothing() -> None:
    assert may_differ(snapshot((0, 3100), (0, 5299), 31 * DAY)) == 0


@given(
    quantity=st.integers(0, 500),
    cents=st.integers(1, 100_000),
    length=st.integers(28 * DAY, 366 * DAY),
    at=st.integers(0, 27 * DAY),
    waited=st.integers(0, 600),
)
def test_INVARIANT_no_switch_within_ten_minutes_differs_by_more(  # noqa: N802
    quantity: int, cents: int, length: int, at: int, waited: int
) -> None:
    """INVARIANT: the credit of each line, floored as Stripe floors it, moves by no more than the quote allows."""
    full = quantity * cents

    def credit(second: int) -> int:
        return floor(-Fraction(full * (length - second), length))

    bound = may_differ(snapshot((quantity, cents), (0, 1), length))
    assert abs(credit(at) - credit(at + waited)) <= bound


def test_the_length_of_the_period_counts_and_not_its_start() -> None:
    month = snapshot((1, 3100), (3, 5299), 31 * DAY)
    later = {
        kind: replace(item, period_start=1_798_761_600, period_end=1_798_761_600 + 31 * DAY)
        for kind, item in month.items.items()
    }
    assert may_differ(replace(month, items=later)) == may_differ(month) == 5


def test_the_tax_on_the_credit_moves_with_it_and_each_line_is_rounded_by_a_cent() -> None:
    """Lines of 1 and 4 cents, and 7.7 % of them is 0.08 and 0.31: each up to a cent, and a cent for rounding."""
    taxed = replace(snapshot((1, 3100), (3, 5299), 31 * DAY), recurring=RecurringTotals(20460, tax=1463))
    assert may_differ(taxed) == 1 + 4 + 2 + 2


def test_an_item_without_seats_adds_no_tax_and_a_free_plan_divides_by_nothing() -> None:
    free = replace(snapshot((0, 3100), (1, 5299), 31 * DAY), recurring=RecurringTotals(0, tax=0))
    assert may_differ(free) == 2
    assert may_differ(replace(free, recurring=RecurringTotals(1, tax=1))) == 2 + 3
