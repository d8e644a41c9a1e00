"""A member's seat is exchanged for one of the other type."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import Quantities, SeatType
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.swap_seat import BaaUnsigned, Full, HoldsNone, Swapped, swap_seat

BASE, VOICE = SeatType.BASE, SeatType.VOICE
FREE = Ledger(account=Account.OPEN, purchased=Quantities(3, 2), active=Quantities(3, 1), baa_signed=True)


@pytest.mark.parametrize(
    ("held", "requested", "active"), [(BASE, VOICE, Quantities(2, 2)), (VOICE, BASE, Quantities(3, 1))]
)
def test_the_change_requires_capacity_on_the_target_type_and_moves_both_counts_in_one_step(
    held: SeatType, requested: SeatType, active: Quantities
) -> None:
    ledger = replace(FREE, active=Quantities(3, 1) if held is BASE else Quantities(2, 2))
    assert swap_seat(ledger, held, requested) == Swapped(replace(ledger, active=active), held)


def test_the_purchased_counts_stay_as_they_are() -> None:
    swapped = swap_seat(FREE, BASE, VOICE)
    assert isinstance(swapped, Swapped)
    assert (swapped.ledger.purchased, swapped.ledger.purchase) == (FREE.purchased, None)


def test_a_full_target_type_is_rejected_with_its_figures() -> None:
    assert swap_seat(FREE, VOICE, BASE) == Full(purchased=3, active=3, waiting=0)


def test_room_that_those_in_line_wait_for_is_no_room_for_an_exchange() -> None:
    assert swap_seat(replace(FREE, waiting=Quantities(0, 1)), BASE, VOICE) == Full(purchased=2, active=1, waiting=1)


def test_seats_that_are_being_given_up_are_no_room_for_an_exchange() -> None:
    shrinking = replace(FREE, purchase=Purchase(UUID(int=1), FREE.purchased, Quantities(3, 1), last=0))
    assert isinstance(swap_seat(shrinking, BASE, VOICE), Full)


def test_the_type_that_is_held_already_is_no_mistake_also_where_it_is_full() -> None:
    assert swap_seat(FREE, BASE, BASE) == Swapped(FREE, BASE)


def test_a_member_without_a_seat_has_none_to_exchange() -> None:
    assert swap_seat(FREE, None, VOICE) == HoldsNone()


def test_no_seat_is_exchanged_before_the_baa_is_signed() -> None:
    assert swap_seat(replace(FREE, baa_signed=False), BASE, VOICE) == BaaUnsigned()


def test_members_in_line_for_the_requested_type_come_first_and_are_counted_in_the_figures() -> None:
    ledger = replace(FREE, purchased=Quantities(5, 2), active=Quantities(3, 1), waiting=Quantities(2, 0))
    assert swap_seat(ledger, VOICE, BASE) == Full(purchased=5, active=3, waiting=2)
    assert isinstance(swap_seat(ledger, BASE, VOICE), Swapped)
