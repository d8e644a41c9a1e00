"""Open invitations promise seats."""

import pytest

from contracts.vocabulary import SeatType
from services.gateway.domain.promised_seats import promises_too_many
from services.gateway.domain.seat_meters import Meter
from services.gateway.texts import seats


@pytest.mark.parametrize(
    ("purchased", "waiting", "invited", "too_many"),
    [(5, 0, 0, False), (5, 0, 1, True), (6, 0, 1, False), (6, 1, 1, True), (4, 0, 3, False), (5, 1, 3, False)],
)
def test_one_more_invitation_promises_too_much_when_each_free_seat_is_promised(
    purchased: int, waiting: int, invited: int, too_many: bool
) -> None:
    meter = Meter(purchased, active=4, incoming=0, waiting=waiting, invited=invited)
    assert promises_too_many(meter) is too_many
    assert (seats.promised(SeatType.VOICE, meter) is not None) is too_many


def test_the_meter_and_the_warning_count_the_invited() -> None:
    meter = Meter(5, 4, incoming=0, waiting=0, invited=3)
    assert seats.free(meter) == "1 free · 3 invited"
    assert seats.promised(SeatType.VOICE, meter) == (
        "Voice: 3 people are invited already, and 1 Voice seat is free."
        " Whoever accepts first gets a seat; the others are blocked."
    )
    assert str(seats.promised(SeatType.BASE, Meter(6, 4, 0, 1, invited=1))).startswith("Base: 1 person is invited")
