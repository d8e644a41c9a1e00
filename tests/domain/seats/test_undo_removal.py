"""A removed member whose removal is undone takes a free seat, or stays removed."""

from dataclasses import replace

import pytest

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.first_login import Admit, Block
from services.seats.domain.ledger import Ledger
from services.seats.domain.undo_removal import undo_removal
from tests.domain.seats.test_first_login import FREE, FULL, ON


def test_a_free_seat_is_taken() -> None:
    assert undo_removal(FREE, SeatType.BASE) == Admit(replace(FREE, active=FREE.active.plus(SeatType.BASE)))


@pytest.mark.parametrize("ledger", [FULL, ON, Ledger()])
def test_without_a_free_seat_nobody_waits_and_nothing_is_bought(ledger: Ledger) -> None:
    assert undo_removal(ledger, SeatType.BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)
