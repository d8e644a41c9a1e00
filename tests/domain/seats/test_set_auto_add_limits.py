"""The setting of Auto-Add's limits."""

from services.seats.domain.ledger import Ledger
from services.seats.domain.limits import Limit, Limits, OfType
from services.seats.domain.set_auto_add_limits import BaaUnsigned, LimitsSet, set_auto_add_limits

FEW, MANY = Limit(seats=5), Limit(month_seats=9)


def test_limits_are_locked_until_the_baa_is_signed() -> None:
    assert set_auto_add_limits(Ledger(), FEW, MANY) == BaaUnsigned()


def test_limits_are_kept_and_can_be_taken_back() -> None:
    outcome = set_auto_add_limits(Ledger(baa_signed=True), FEW, MANY)
    assert outcome == LimitsSet(Ledger(baa_signed=True, limits=Limits(OfType(FEW), OfType(MANY))))
    assert isinstance(outcome, LimitsSet)
    assert set_auto_add_limits(outcome.ledger, Limit(), Limit()) == LimitsSet(Ledger(baa_signed=True))
