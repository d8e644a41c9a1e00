"""Which state the agency is in at Stripe when somebody gets no seat."""

from dataclasses import replace

import pytest

from contracts.vocabulary import (
    BlockedReason,
    FrozenReason,
    Quantities,
    RejectionCode,
    SeatShortage,
    SeatType,
    StripeFault,
)
from services.seats.domain.blocked_detail import blocked_detail
from services.seats.domain.ledger import Account, Ledger

BASE, VOICE = SeatType.BASE, SeatType.VOICE
REDUCED = BlockedReason.SEATS_REDUCED_ELSEWHERE
LOWERED = Ledger(Account.OPEN, purchased=Quantities(1, 2), active=Quantities(2, 2))


def test_a_type_lowered_below_active_and_the_other_type_are_told_apart() -> None:
    assert blocked_detail(LOWERED, BASE, REDUCED) is SeatShortage.LOWERED
    assert blocked_detail(LOWERED, VOICE, REDUCED) is SeatShortage.OTHER_TYPE_LOWERED


@pytest.mark.parametrize("gone", [FrozenReason.SUBSCRIPTION_CANCELED, FrozenReason.CUSTOMER_DELETED])
def test_an_agency_without_a_subscription_is_not_called_lowered(gone: FrozenReason) -> None:
    ended = replace(LOWERED, purchased=Quantities(), gone=gone)
    assert {blocked_detail(ended, seat_type, REDUCED) for seat_type in SeatType} == {SeatShortage.NO_SUBSCRIPTION}


def test_a_purchase_that_stripe_does_not_accept_names_the_fault_and_one_without_an_end_names_none() -> None:
    refused = replace(LOWERED, paused=RejectionCode.BILLING_UNAVAILABLE, fault=StripeFault.SCHEDULE)
    assert blocked_detail(refused, BASE, BlockedReason.BILLING_UNAVAILABLE) is StripeFault.SCHEDULE
    assert blocked_detail(LOWERED, BASE, BlockedReason.BILLING_UNAVAILABLE) is None


@pytest.mark.parametrize(
    "reason", [BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.PAYMENT_DECLINED, BlockedReason.PAST_DUE]
)
def test_no_other_reason_has_a_detail(reason: BlockedReason) -> None:
    assert blocked_detail(LOWERED, BASE, reason) is None
