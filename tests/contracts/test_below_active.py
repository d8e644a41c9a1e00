"""Seat counts below the Active members: the one rule that seats decides by and the gateway's preview shows."""

import pytest

from contracts.below_active import below_active
from contracts.seat_rejections import BelowActive
from contracts.vocabulary import Quantities, SeatType

BASE, VOICE = SeatType.BASE, SeatType.VOICE
FULL = Quantities(base=2, voice=5)


@pytest.mark.parametrize("after", [FULL, Quantities(2, 6), Quantities(5, 5)])
def test_counts_of_at_least_the_active_members_are_allowed(after: Quantities) -> None:
    assert below_active(after, FULL, FULL) is None


def test_one_type_below_active_names_that_type_alone() -> None:
    assert below_active(Quantities(2, 4), FULL, FULL) == BelowActive(VOICE, purchased=5, active=5, requested=4)
    assert below_active(Quantities(1, 2), Quantities(2, 2), Quantities(2, 0)) == BelowActive(BASE, 2, 2, 1)


def test_both_types_below_active_names_both() -> None:
    assert below_active(Quantities(1, 4), FULL, FULL) == BelowActive(
        BASE, 2, 2, 1, other_seat_type=VOICE, other_purchased=5, other_active=5, other_requested=4
    )


def test_converting_a_full_type_names_the_order_of_steps_in_both_directions() -> None:
    to_base = below_active(Quantities(4, 3), FULL, FULL)
    assert to_base == BelowActive(VOICE, 5, 5, 3, add_seat_type=BASE, add=2, switch=2)
    to_voice = below_active(Quantities(0, 7), FULL, FULL)
    assert to_voice == BelowActive(BASE, 2, 2, 0, add_seat_type=VOICE, add=2, switch=2)


def test_too_small_an_increase_or_none_is_no_conversion() -> None:
    assert below_active(Quantities(3, 3), FULL, FULL) == BelowActive(VOICE, 5, 5, 3)
    assert below_active(Quantities(2, 4), FULL, Quantities(0, 5)) == BelowActive(VOICE, 5, 5, 4)


def test_a_type_that_was_lowered_at_stripe_may_be_raised_by_less_than_all_that_is_missing() -> None:
    lowered = Quantities(2, 3)
    assert below_active(Quantities(2, 4), lowered, FULL) is None
    assert below_active(Quantities(2, 2), lowered, FULL) == BelowActive(VOICE, purchased=3, active=5, requested=2)
