"""How near a seat type is to full: the color of its meter."""

import pytest

from services.gateway.domain.seat_meters import Fullness, Meter


@pytest.mark.parametrize(
    ("purchased", "active", "fullness"),
    [
        (5, 3, Fullness.ROOM),
        (5, 4, Fullness.NEAR),
        (10, 7, Fullness.ROOM),
        (10, 8, Fullness.NEAR),
        (2, 1, Fullness.ROOM),
        (5, 5, Fullness.FULL),
        (0, 0, Fullness.FULL),
        (3, 4, Fullness.FULL),
    ],
)
def test_a_meter_is_near_full_when_at_most_a_fifth_is_free_and_full_when_nothing_is(
    purchased: int, active: int, fullness: Fullness
) -> None:
    assert Meter(purchased, active, incoming=0, waiting=0).fullness is fullness
