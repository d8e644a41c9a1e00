"""What is used of a limit of Auto-Add, in words."""

import pytest

from contracts.limit_wording import limit_used
from contracts.vocabulary import AutoAddMeasure, SeatType


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (AutoAddMeasure.SEATS, "8,000 of 10,000 Voice seats in all"),
        (AutoAddMeasure.MONTH_SEATS, "8,000 of 10,000 Voice seats bought this month"),
        (AutoAddMeasure.MONTH_AMOUNT, "$80.00 of $100.00 a month for the Voice seats bought this month"),
    ],
)
def test_each_limit_has_words_of_its_own(measure: AutoAddMeasure, words: str) -> None:
    assert limit_used(measure, 8_000, 10_000, SeatType.VOICE, "usd") == words
