"""More than ten seats at once are confirmed."""

from contracts.vocabulary import Quantities
from services.gateway.domain.many_at_once import added, asks_once_more


def test_ten_seats_are_added_at_once_and_eleven_only_after_a_question() -> None:
    assert not asks_once_more(10)
    assert asks_once_more(11)


def test_the_added_seats_of_both_types_count_together_and_removed_ones_make_up_for_none() -> None:
    assert added(Quantities(5, 5), Quantities(11, 10)) == 11
    assert added(Quantities(20, 0), Quantities(0, 11)) == 11
    assert added(Quantities(20, 3), Quantities(5, 0)) == 0
