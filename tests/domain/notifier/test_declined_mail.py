from uuid import UUID

import pytest

from contracts.vocabulary import BlockedReason, StripeFault
from services.notifier.domain.declined_mail import is_named_in_declined_mail

PURCHASE = UUID(int=1)


@pytest.mark.parametrize(
    "reason", [BlockedReason.PAYMENT_DECLINED, BlockedReason.PAYMENT_ACTION_REQUIRED, BlockedReason.PAST_DUE]
)
def test_a_declined_purchases_mail_names_the_people_whom_it_leaves_blocked(reason: BlockedReason) -> None:
    assert is_named_in_declined_mail(reason, None, PURCHASE)


@pytest.mark.parametrize("reason", list(BlockedReason))
def test_the_digest_names_a_person_who_arrives_while_auto_add_is_paused(reason: BlockedReason) -> None:
    assert not is_named_in_declined_mail(reason, None, None)


@pytest.mark.parametrize("reason", [BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.SEATS_REDUCED_ELSEWHERE])
def test_the_digest_names_a_person_who_waited_for_a_purchase_but_is_blocked_for_another_reason(
    reason: BlockedReason,
) -> None:
    assert not is_named_in_declined_mail(reason, None, PURCHASE)


def test_a_purchase_that_stripe_refused_has_its_own_mail_and_a_wait_that_ended_after_a_day_has_the_digest() -> None:
    reason = BlockedReason.BILLING_UNAVAILABLE
    assert is_named_in_declined_mail(reason, StripeFault.SCHEDULE, PURCHASE)
    assert not is_named_in_declined_mail(reason, None, PURCHASE)
