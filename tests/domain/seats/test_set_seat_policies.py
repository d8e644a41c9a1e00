"""The setting of the policies."""

from contracts.policy_vocabulary import SeatPolicy
from services.seats.domain.ledger import Ledger
from services.seats.domain.policies import Policies
from services.seats.domain.set_seat_policies import BaaUnsigned, PoliciesSet, set_seat_policies

SIGNED = Ledger(baa_signed=True)


def test_policies_are_locked_until_the_baa_is_signed() -> None:
    assert set_seat_policies(Ledger(), SeatPolicy.ASK, SeatPolicy.ASK) == BaaUnsigned()


def test_policies_are_set_and_can_be_taken_back() -> None:
    outcome = set_seat_policies(SIGNED, SeatPolicy.ASK, SeatPolicy.APPROVE_EACH)
    assert outcome == PoliciesSet(Ledger(baa_signed=True, policies=Policies(voice=SeatPolicy.APPROVE_EACH)))
    assert isinstance(outcome, PoliciesSet)
    assert set_seat_policies(outcome.ledger, SeatPolicy.ASK, SeatPolicy.ASK) == PoliciesSet(SIGNED)
