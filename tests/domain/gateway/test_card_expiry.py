"""When a card on file can be charged no more, and when people are asked for another."""

from datetime import UTC, datetime

import pytest

from services.gateway.domain.card_expiry import Expiry, card_expiry


@pytest.mark.parametrize(
    ("now", "expiry"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), Expiry.GOOD),
        (datetime(2026, 12, 2, tzinfo=UTC), Expiry.SOON),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), Expiry.SOON),
        (datetime(2027, 1, 1, tzinfo=UTC), Expiry.EXPIRED),
        (datetime(2030, 6, 1, tzinfo=UTC), Expiry.EXPIRED),
    ],
)
def test_a_card_is_charged_until_the_last_day_of_its_month_and_ends_soon_30_days_before(
    now: datetime, expiry: Expiry
) -> None:
    assert card_expiry(12, 2026, now) is expiry


@pytest.mark.parametrize(("month", "year"), [(None, None), (1, None), (None, 1999)])
def test_what_has_no_date_never_expires(month: int | None, year: int | None) -> None:
    assert card_expiry(month, year, datetime(2026, 12, 2, tzinfo=UTC)) is Expiry.GOOD
