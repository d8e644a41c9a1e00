"""A year costs twelve months less ten per cent, rounded down to a cent."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.annual_price import annual_price, month_price


@pytest.mark.parametrize(("month", "year"), [(3100, 33480), (2999, 32389), (5999, 64789), (5299, 57229), (1, 10)])
def test_a_years_price_is_rounded_down_to_a_cent(month: int, year: int) -> None:
    assert annual_price(month) == year


@given(month=st.integers(1, 1_000_000))
def test_INVARIANT_a_year_is_never_dearer_than_ninety_per_cent_nor_a_cent_below(month: int) -> None:  # noqa: N802
    """INVARIANT: rounding takes less than a cent, and never adds one."""
    exact = Fraction(9, 10) * 12 * month
    assert exact - 1 < annual_price(month) <= exact


@given(st.integers(1, 1_000_000))
def test_the_months_price_is_the_inverse_of_the_years(month_cents: int) -> None:
    assert month_price(annual_price(month_cents)) == month_cents
