"""The size above which a change needs a fresh code is set once the BAA is signed."""

from services.seats.domain.ledger import Ledger, StepUp
from services.seats.domain.set_step_up import BaaUnsigned, StepUpSet, set_step_up

SIGNED = Ledger(baa_signed=True)


def test_the_size_is_not_set_before_the_baa_is_signed() -> None:
    assert set_step_up(Ledger(), StepUp(5, 10_000)) == BaaUnsigned()


def test_the_size_is_set_and_set_again() -> None:
    assert set_step_up(SIGNED, StepUp(5, 10_000)) == StepUpSet(Ledger(baa_signed=True, step_up=StepUp(5, 10_000)))
    first = Ledger(baa_signed=True, step_up=StepUp(5, 10_000))
    assert set_step_up(first, StepUp(0, 0)) == StepUpSet(Ledger(baa_signed=True, step_up=StepUp(0, 0)))
