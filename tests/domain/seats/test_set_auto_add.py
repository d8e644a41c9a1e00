"""The Auto-Add switch."""

from dataclasses import replace

import pytest

from contracts.vocabulary import RejectionCode
from services.seats.domain.ledger import Ledger
from services.seats.domain.set_auto_add import BaaUnsigned, Switched, set_auto_add

SIGNED = Ledger(baa_signed=True)


def test_auto_add_is_off_by_default() -> None:
    assert not Ledger().auto_add


def test_auto_add_cannot_be_switched_on_until_the_baa_is_signed() -> None:
    assert set_auto_add(Ledger(), enabled=True) == BaaUnsigned()
    assert set_auto_add(SIGNED, enabled=True) == Switched(replace(SIGNED, auto_add=True))


@pytest.mark.parametrize("ledger", [Ledger(), SIGNED, replace(SIGNED, auto_add=True)])
def test_switching_auto_add_off_is_never_rejected(ledger: Ledger) -> None:
    assert set_auto_add(ledger, enabled=False) == Switched(replace(ledger, auto_add=False))


def test_switching_off_and_on_does_not_end_a_pause() -> None:
    paused = replace(SIGNED, auto_add=True, paused=RejectionCode.PAYMENT_DECLINED)
    off = set_auto_add(paused, enabled=False)
    assert isinstance(off, Switched)
    assert set_auto_add(off.ledger, enabled=True) == Switched(paused)
