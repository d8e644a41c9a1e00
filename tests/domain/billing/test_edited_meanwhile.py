"""Quantities that somebody set between our reading and our update are those that the update's Stripe event names."""

from contracts.vocabulary import Quantities, SeatType
from services.billing.domain.edited_meanwhile import edited_meanwhile

BEFORE, AFTER = Quantities(2, 1), Quantities(3, 1)
ITEMS = {SeatType.BASE: "si_1", SeatType.VOICE: "si_2"}


def edit(replaced: dict[str, int]) -> Quantities | None:
    return edited_meanwhile(BEFORE, AFTER, ITEMS, replaced)


def test_an_update_that_replaced_the_quantities_that_were_read_overwrote_no_edit() -> None:
    assert edit({"si_1": 2, "si_2": 1}) is None


def test_other_replaced_quantities_are_those_of_an_edit() -> None:
    assert edit({"si_1": 5, "si_2": 1}) == Quantities(5, 1)
    assert edit({"si_1": 5, "si_2": 4}) == Quantities(5, 4)
    assert edit({"si_1": 2, "si_2": 0}) == Quantities(2, 0)


def test_an_item_that_the_event_does_not_name_kept_its_quantity() -> None:
    assert edit({"si_2": 4}) == Quantities(2, 4)
    assert edit({}) is None


def test_items_that_are_not_seats_do_not_count() -> None:
    assert edit({"si_1": 2, "si_9": 7}) is None


def test_a_second_attempt_replaces_what_the_first_one_set() -> None:
    assert edit({"si_1": 3, "si_2": 1}) is None
