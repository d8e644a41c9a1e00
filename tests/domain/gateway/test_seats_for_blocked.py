"""The seats that let in everyone who is Blocked because the bank wants a payment confirmed."""

from contracts.vocabulary import Quantities
from services.gateway.domain.seats_for_blocked import free_for_blocked, seats_for_blocked


def test_each_active_and_each_blocked_member_gets_a_seat() -> None:
    assert seats_for_blocked(Quantities(2, 1), Quantities(2, 0), Quantities(3, 2)) == Quantities(5, 2)


def test_free_seats_are_used_first_and_no_seat_is_taken_away() -> None:
    assert seats_for_blocked(Quantities(4, 3), Quantities(2, 0), Quantities(1, 0)) == Quantities(4, 3)


def test_a_blocked_member_finds_a_seat_that_nobody_holds_or_awaits() -> None:
    assert free_for_blocked(Quantities(4, 3), Quantities(2, 3), Quantities(3, 2)) == Quantities(2, 0)
    assert free_for_blocked(Quantities(9, 1), Quantities(2, 4), Quantities(1, 1)) == Quantities(1, 0)
