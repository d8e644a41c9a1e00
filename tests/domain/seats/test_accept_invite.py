"""An accepted invite takes a free seat, and none is bought for it."""

from dataclasses import replace

import pytest

from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain.accept_invite import accept_invite
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Account, Ledger
from tests.domain.seats.test_first_login import FREE, FULL, ON

TYPES = pytest.mark.parametrize("seat_type", SeatType)


@TYPES
def test_a_member_who_accepts_gets_a_free_seat(seat_type: SeatType) -> None:
    assert accept_invite(FREE, seat_type) == Admit(replace(FREE, active=FREE.active.plus(seat_type)))


@TYPES
@pytest.mark.parametrize("ledger", [FULL, ON, replace(ON, paused=RejectionCode.PAYMENT_DECLINED)])
def test_a_member_who_accepts_without_a_free_seat_is_blocked_and_auto_add_buys_nothing(
    ledger: Ledger, seat_type: SeatType
) -> None:
    assert accept_invite(ledger, seat_type) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_a_free_seat_goes_to_those_in_line_before_it_goes_to_the_invited() -> None:
    ledger = replace(ON, active=Quantities(1, 2), waiting=Quantities(1, 0))
    assert accept_invite(ledger, SeatType.BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_seats_reduced_at_stripe_block_a_member_who_accepts() -> None:
    reduced = replace(ON, purchased=Quantities(1, 2))
    assert accept_invite(reduced, SeatType.BASE) == Block(BlockedReason.SEATS_REDUCED_ELSEWHERE)


def test_a_member_who_accepts_waits_for_the_account_and_is_blocked_if_it_is_rejected() -> None:
    assert accept_invite(Ledger(), SeatType.BASE) == Wait()
    refused = Ledger(account=Account.REJECTED)
    assert accept_invite(refused, SeatType.BASE) == Block(BlockedReason.PAYMENT_DECLINED)


def test_it_is_the_room_of_the_type_that_was_picked_that_counts() -> None:
    voice_only = replace(ON, purchased=Quantities(1, 5), active=Quantities(1, 2))
    assert accept_invite(voice_only, SeatType.BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)
    base_only = replace(ON, purchased=Quantities(5, 2), active=Quantities(1, 2))
    assert accept_invite(base_only, SeatType.VOICE) == Block(BlockedReason.NO_SEAT_AVAILABLE)
