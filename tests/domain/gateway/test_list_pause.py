"""When the rest of a list of invitations goes on."""

from datetime import timedelta

import pytest

from services.gateway.domain.list_pause import KEPT, Pause, pause_after

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def test_after_an_outage_a_list_goes_on_soon_and_ever_more_rarely_while_it_lasts() -> None:
    ages = [timedelta(0), MINUTE, HOUR, timedelta(days=1)]
    waits = [pause_after(Pause.OUTAGE, age, None) for age in ages]
    assert waits == [30 * SECOND, 30 * SECOND, 6 * MINUTE, 15 * MINUTE]


def test_after_a_limit_a_list_goes_on_when_the_limit_counts_anew() -> None:
    assert pause_after(Pause.LIMIT, HOUR, 5 * HOUR) == 5 * HOUR
    assert pause_after(Pause.LIMIT, HOUR, SECOND) == 30 * SECOND
    assert pause_after(Pause.LIMIT, HOUR, None) == 6 * MINUTE


def test_a_purchase_is_looked_at_every_half_minute_however_long_it_takes() -> None:
    assert pause_after(Pause.PURCHASE, timedelta(days=2), None) == 30 * SECOND


@pytest.mark.parametrize("pause", list(Pause))
def test_a_list_that_is_kept_gets_many_more_tries(pause: Pause) -> None:
    assert pause_after(pause, KEPT, None) * 100 < KEPT
