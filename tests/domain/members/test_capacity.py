"""The free seats for an invite."""

from dataclasses import replace

import pytest

from contracts.seat_rejections import NoSeatAvailable, SeatsReducedElsewhere
from contracts.vocabulary import FrozenReason, Quantities, SeatType
from services.members.domain.admin_action import Reject
from services.members.domain.capacity import Capacity, capacity_changed, held, no_room

BASE, VOICE = SeatType.BASE, SeatType.VOICE
SEATS = Capacity(purchased=Quantities(5, 2), active=Quantities(3, 2), waiting=Quantities(1, 0))


def full(seat_type: SeatType, purchased: int, active: int, waiting: int, reinvited: int | None = None) -> Reject:
    return Reject(NoSeatAvailable(seat_type, purchased, active, waiting, reinvited))


def test_free_seats_are_the_purchased_seats_less_active_and_waiting_members() -> None:
    assert (SEATS.free(BASE), SEATS.free(VOICE)) == (1, 0)
    assert no_room(SEATS, BASE) is None


def test_without_a_free_seat_of_the_type_an_invite_is_rejected_with_the_figures() -> None:
    assert no_room(SEATS, VOICE) == full(VOICE, purchased=2, active=2, waiting=0)
    assert no_room(replace(SEATS, waiting=Quantities(2, 0)), BASE) == full(BASE, purchased=5, active=3, waiting=2)


def test_a_seat_that_the_same_command_has_taken_is_not_free_and_counted_in_the_figures() -> None:
    assert no_room(SEATS, BASE, taken=1) == full(BASE, purchased=5, active=3, waiting=1, reinvited=1)


LOWERED = FrozenReason.SEATS_REDUCED_ELSEWHERE


def test_of_a_type_lowered_below_active_no_seat_is_free_and_one_of_the_other_type_stays_free() -> None:
    lowered = replace(SEATS, purchased=Quantities(5, 1), frozen=LOWERED)
    assert no_room(lowered, VOICE) == Reject(
        SeatsReducedElsewhere(VOICE, purchased=1, active=2, waiting=0, frozen=LOWERED)
    )
    assert no_room(lowered, BASE) is None
    assert no_room(lowered, BASE, taken=1) == full(BASE, purchased=5, active=3, waiting=1, reinvited=1)


@pytest.mark.parametrize("reason", [reason for reason in FrozenReason if reason is not LOWERED])
def test_without_a_subscription_no_seat_is_free(reason: FrozenReason) -> None:
    assert no_room(replace(SEATS, frozen=reason), BASE) == Reject(
        SeatsReducedElsewhere(BASE, purchased=5, active=3, waiting=1, frozen=reason)
    )


def test_before_the_account_is_open_no_seat_is_free() -> None:
    assert no_room(Capacity(), BASE) == full(BASE, purchased=0, active=0, waiting=0)


def test_members_with_a_seat_are_counted_by_its_type() -> None:
    assert held(SEATS, None, BASE).active == Quantities(4, 2)
    assert held(SEATS, BASE, None).active == Quantities(2, 2)
    assert held(SEATS, BASE, VOICE).active == Quantities(2, 3)


def test_a_changed_capacity_replaces_all_counts_but_the_active() -> None:
    changed = capacity_changed(SEATS, Quantities(6, 6), Quantities(0, 1), FrozenReason.CUSTOMER_DELETED)
    assert changed == Capacity(Quantities(6, 6), SEATS.active, Quantities(0, 1), FrozenReason.CUSTOMER_DELETED)
