"""The seat that a moving line offers: whether the Blocked member gets it."""

from dataclasses import replace

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import BlockedReason, Quantities, SeatType
from services.seats.domain.first_login import Admit, Block
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.offered_seat import offered_seat
from services.seats.domain.seat_policy import with_policies

LEDGER = Ledger(account=Account.OPEN, purchased=Quantities(2, 1), active=Quantities(1, 1), auto_add=True)
"""One Base seat is free, and Auto-Add is ON."""


def test_a_free_seat_is_assigned_and_none_is_bought_without_one() -> None:
    assert offered_seat(LEDGER, SeatType.BASE) == Admit(LEDGER.with_active(SeatType.BASE))
    assert offered_seat(LEDGER, SeatType.VOICE) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_a_seat_for_which_somebody_waits_is_not_free() -> None:
    assert offered_seat(replace(LEDGER, waiting=Quantities(1, 0)), SeatType.BASE) == Block(
        BlockedReason.NO_SEAT_AVAILABLE
    )


def test_an_admin_decides_where_each_person_is_approved() -> None:
    ledger = with_policies(LEDGER, SeatPolicy.APPROVE_EACH, SeatPolicy.ASK)
    assert offered_seat(ledger, SeatType.BASE) == Block(BlockedReason.AWAITING_APPROVAL)


def test_no_account_gives_no_seat() -> None:
    assert offered_seat(replace(LEDGER, account=Account.AWAITED), SeatType.BASE) == Block(
        BlockedReason.NO_SEAT_AVAILABLE
    )
