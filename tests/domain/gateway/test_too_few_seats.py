"""A page's warning of counts below the Active members, before they are submitted."""

import pytest

from contracts.vocabulary import Quantities, SeatType
from services.gateway.domain.too_few_seats import too_few_seats
from services.gateway.texts.problems import problem

FULL = Quantities(base=2, voice=5)


def published(requested: Quantities, purchased: Quantities = FULL, active: Quantities = FULL) -> str | None:
    found = too_few_seats(requested, purchased, active)
    return None if found is None else problem("below_active").detail(found.rejection.as_json())


@pytest.mark.parametrize("requested", [FULL, Quantities(2, 6), Quantities(5, 5)])
def test_counts_that_hold_the_active_members_are_accepted(requested: Quantities) -> None:
    assert too_few_seats(requested, FULL, FULL) is None


def test_below_the_active_the_help_page_says_what_to_do() -> None:
    sentence = "You have 5 Active Voice members. Remove members first to free seats."
    assert published(Quantities(2, 4)) == sentence
    found = too_few_seats(Quantities(2, 4), FULL, FULL)
    assert found is not None
    assert found.increase is None


def test_both_types_below_are_both_named() -> None:
    assert published(Quantities(1, 4)) == (
        "You have 2 Active Base members and 5 Active Voice members. Remove members first to free seats."
    )


def test_converting_a_full_type_names_the_steps_in_order_and_the_increase_alone() -> None:
    assert published(Quantities(4, 3)) == (
        "You have 5 Active Voice members. To convert seats, add 2 Base seats first, then switch 2 members to Base in"
        " Members, then reduce Voice to 3."
    )
    found = too_few_seats(Quantities(4, 3), FULL, FULL)
    assert found is not None
    assert found.increase == Quantities(4, 5)


def test_an_increase_without_room_for_the_members_to_switch_is_no_conversion() -> None:
    found = too_few_seats(Quantities(3, 3), FULL, FULL)
    assert found is not None
    assert found.rejection.switch is None
    assert found.increase == Quantities(3, 5)


def test_a_type_lowered_at_stripe_may_be_raised_by_less_than_is_missing() -> None:
    assert too_few_seats(Quantities(2, 4), Quantities(2, 3), FULL) is None


def figures(
    requested: Quantities, purchased: Quantities = FULL, active: Quantities = FULL
) -> dict[str, int | str | None]:
    found = too_few_seats(requested, purchased, active)
    assert found is not None
    return found.rejection.as_json()


def test_converting_base_to_voice_is_the_same_the_other_way_round() -> None:
    full = Quantities(5, 2)
    assert figures(Quantities(3, 4), full, full) == {
        "seat_type": "base", "purchased": 5, "active": 5, "requested": 3,
        "add_seat_type": "voice", "add": 2, "switch": 2,
    }  # fmt: skip
    assert figures(Quantities(4, 3), full, full)["add"] == 1


def test_a_change_that_adds_nothing_is_no_conversion_although_there_is_room_for_the_members_to_switch() -> None:
    assert "add" not in figures(Quantities(4, 4), Quantities(4, 5), FULL)


def test_both_below_names_each_with_its_own_figures_and_no_increase() -> None:
    found = too_few_seats(Quantities(1, 4), FULL, FULL)
    assert found is not None
    assert found.rejection.as_json() == {
        "seat_type": "base", "purchased": 2, "active": 2, "requested": 1,
        "other_seat_type": "voice", "other_purchased": 5, "other_active": 5, "other_requested": 4,
    }  # fmt: skip
    assert found.increase is None


def test_base_lowered_at_stripe_may_be_raised_by_less_than_is_missing_too() -> None:
    assert too_few_seats(Quantities(3, 2), Quantities(2, 2), Quantities(5, 2)) is None


def test_each_type_is_held_to_its_own_active_members() -> None:
    found = too_few_seats(Quantities(1, 2), Quantities(2, 2), Quantities(2, 0))
    assert found is not None
    assert found.rejection.seat_type is SeatType.BASE
