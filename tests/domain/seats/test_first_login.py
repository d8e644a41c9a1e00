"""The capacity check of a first login."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain.first_login import Admit, Block, Wait, first_login
from services.seats.domain.ledger import Account, Ledger, Purchase

FREE = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), active=Quantities(1, 1))
FULL = replace(FREE, active=Quantities(2, 2))
ON = replace(FULL, baa_signed=True, auto_add=True)
TYPES = pytest.mark.parametrize("seat_type", SeatType)


@TYPES
def test_capacity_available_a_first_login_gets_the_seat(seat_type: SeatType) -> None:
    outcome = first_login(FREE, seat_type)
    assert outcome == Admit(replace(FREE, active=FREE.active.plus(seat_type)))


@TYPES
def test_capacity_of_the_other_seat_type_is_of_no_use(seat_type: SeatType) -> None:
    ledger = replace(FREE, active=FREE.active.plus(seat_type))
    assert first_login(ledger, seat_type) == Block(BlockedReason.NO_SEAT_AVAILABLE)


@TYPES
def test_full_and_auto_add_off_a_first_login_is_blocked(seat_type: SeatType) -> None:
    assert first_login(FULL, seat_type) == Block(BlockedReason.NO_SEAT_AVAILABLE)


@TYPES
def test_full_and_auto_add_on_a_first_login_waits_for_a_purchase(seat_type: SeatType) -> None:
    assert first_login(ON, seat_type) == Wait()


def test_while_the_account_is_not_open_yet_a_first_login_waits() -> None:
    assert first_login(Ledger(), SeatType.BASE) == Wait()


def test_a_first_login_after_a_rejected_account_is_blocked() -> None:
    assert first_login(Ledger(account=Account.REJECTED), SeatType.BASE) == Block(BlockedReason.PAYMENT_DECLINED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (RejectionCode.PAYMENT_DECLINED, BlockedReason.PAYMENT_DECLINED),
        (RejectionCode.PAYMENT_ACTION_REQUIRED, BlockedReason.PAYMENT_ACTION_REQUIRED),
        (RejectionCode.PAST_DUE, BlockedReason.PAST_DUE),
    ],
)
def test_while_auto_add_is_paused_a_first_login_is_blocked_for_the_same_reason(
    code: RejectionCode, reason: BlockedReason
) -> None:
    assert first_login(replace(ON, paused=code), SeatType.BASE) == Block(reason)


def test_seats_reduced_at_stripe_block_a_first_login_and_are_not_bought_back() -> None:
    reduced = replace(ON, purchased=Quantities(1, 2))
    assert first_login(reduced, SeatType.BASE) == Block(BlockedReason.SEATS_REDUCED_ELSEWHERE)


def test_a_free_seat_goes_to_those_in_line_before_it_goes_to_a_newcomer() -> None:
    ledger = replace(ON, active=Quantities(1, 2), waiting=Quantities(1, 0))
    assert first_login(ledger, SeatType.BASE) == Wait()


def test_an_increase_counts_only_once_it_is_paid() -> None:
    growing = replace(FULL, purchase=Purchase(UUID(int=1), FULL.purchased, Quantities(5, 5), last=3))
    assert first_login(growing, SeatType.BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_a_reduction_counts_from_the_moment_of_its_command() -> None:
    shrinking = replace(FREE, purchase=Purchase(UUID(int=1), FREE.purchased, Quantities(1, 2), last=0))
    assert first_login(shrinking, SeatType.BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)
    assert isinstance(first_login(shrinking, SeatType.VOICE), Admit)
