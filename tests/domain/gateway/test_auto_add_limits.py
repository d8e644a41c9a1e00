"""The rules about Auto-Add's limits that the pages show: what last month would have been, and what to set them to."""

import pytest

from contracts.auto_add_limits import AutoAddLimit
from contracts.vocabulary import SeatType
from services.gateway.domain.auto_add_limits import Bought, Limit, Limits, TypeInUse
from services.gateway.domain.limit_last_month import left_out
from services.gateway.domain.raised_limit import raised_limit
from services.gateway.domain.suggested_limit import suggested_limit
from services.gateway.texts.auto_add_limits import last_month, limits_in_words, raise_to

SEVEN = Bought(7, purchased=20)


@pytest.mark.parametrize(
    ("limit", "seats"),
    [
        (Limit(), 0),
        (Limit(seats=18), 2),
        (Limit(seats=3), 7),
        (Limit(seats=30), 0),
        (Limit(month_seats=4), 3),
        (Limit(month_amount=5_999), 2),
        (Limit(seats=19, month_seats=2, month_amount=9_000), 5),
    ],
)
def test_a_limit_would_have_left_out_the_seats_beyond_it(limit: Limit, seats: int) -> None:
    assert left_out(TypeInUse(limit, last_month=SEVEN, price=1_000)) == seats


def test_a_price_that_is_not_known_leaves_nothing_out() -> None:
    assert left_out(TypeInUse(Limit(month_amount=1), last_month=SEVEN)) == 0


def test_the_first_limit_is_a_quarter_more_and_at_least_five() -> None:
    assert [suggested_limit(count) for count in (0, 3, 20, 21, 100)] == [5, 8, 25, 27, 125]


def test_a_raised_limit_leaves_room_for_as_many_again_and_is_never_lower() -> None:
    of_type = TypeInUse(Limit(10, 2, 2_000), Bought(2), price=1_000)
    assert raised_limit(of_type, 13, 3) == Limit(16, 5, 5_000)
    assert raised_limit(of_type, 13, 0) == Limit(10, 2, 2_000)
    assert raised_limit(TypeInUse(Limit(50)), 13, 3) == Limit(50)


def test_last_month_is_said_with_what_the_limit_would_have_left_out() -> None:
    voice = SeatType.VOICE
    so_far = "This month Auto-Add has bought 1 Voice seat, last month 7 Voice seats"
    of_type = TypeInUse(Limit(month_seats=4), Bought(1), SEVEN, 1_000)
    assert last_month(of_type, voice) == f"{so_far}: this limit would have left out 3 of them."
    generous = TypeInUse(Limit(month_seats=40), Bought(1), SEVEN, 1_000)
    assert last_month(generous, voice) == f"{so_far}: this limit would have left out none of them."
    assert last_month(TypeInUse(Limit(), Bought(1), SEVEN), voice) == f"{so_far}."
    assert last_month(TypeInUse(Limit(seats=3)), voice).endswith("0 Voice seats, last month 0 Voice seats.")


def test_limits_have_words() -> None:
    assert limits_in_words(AutoAddLimit(seats=1), Limit(month_amount=2_000), "usd") == (
        "Base up to 1 seat in all, Voice up to $20.00 of new seats a month"
    )
    assert raise_to(Limit(), Limit(month_seats=4), "usd") == (
        "Auto-Add's limits then are: Base without a limit, Voice up to 4 seats bought a month."
    )
    assert (Limits().is_set, Limits(voice=Limit(seats=0)).is_set) == (False, True)


def test_each_seat_type_has_its_own_limit() -> None:
    limits = Limits(base=Limit(seats=1), voice=Limit(seats=2))
    assert (limits.of(SeatType.BASE), limits.of(SeatType.VOICE)) == (Limit(seats=1), Limit(seats=2))
