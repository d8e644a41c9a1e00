from uuid import UUID

import pytest

from contracts.vocabulary import BlockedReason
from services.notifier.domain.declined_mail import is_told_by_the_declined_mail

PURCHASE = UUID(int=1)


@pytest.mark.parametrize("reason", [BlockedReason.PAYMENT_DECLINED, BlockedReason.PAST_DUE])
def test_whom_a_declined_purchase_leaves_blocked_is_named_in_its_mail(reason: BlockedReason) -> None:
    assert is_told_by_the_declined_mail(reason, PURCHASE)


@pytest.mark.parametrize("reason", list(BlockedReason))
def test_who_arrives_while_auto_add_is_paused_goes_into_the_digest(reason: BlockedReason) -> None:
    assert not is_told_by_the_declined_mail(reason, None)


@pytest.mark.parametrize("reason", [BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.SEATS_REDUCED_ELSEWHERE])
def test_who_waited_for_a_purchase_but_is_blocked_for_another_reason_goes_into_the_digest(
    reason: BlockedReason,
) -> None:
    assert not is_told_by_the_declined_mail(reason, PURCHASE)
