"""The one next step after a payment that failed."""

import pytest

from contracts.vocabulary import RejectionCode
from services.gateway.domain.card_expiry import Expiry
from services.gateway.domain.payment_fix import NextStep, next_step

DECLINED = RejectionCode.PAYMENT_DECLINED
ACTION = RejectionCode.PAYMENT_ACTION_REQUIRED
PAST_DUE = RejectionCode.PAST_DUE


@pytest.mark.parametrize(
    ("code", "decline_code", "step"),
    [
        (DECLINED, "expired_card", NextStep.UPDATE_CARD),
        (DECLINED, "stolen_card", NextStep.UPDATE_CARD),
        (DECLINED, None, NextStep.UPDATE_CARD),
        (DECLINED, "insufficient_funds", NextStep.TRY_AGAIN),
        (DECLINED, "try_again_later", NextStep.TRY_AGAIN),
        (DECLINED, "authentication_required", NextStep.CONFIRM_PAYMENT),
        (ACTION, None, NextStep.CONFIRM_PAYMENT),
        (PAST_DUE, None, NextStep.TRY_AGAIN),
        (PAST_DUE, "generic_decline", NextStep.UPDATE_CARD),
        (PAST_DUE, "authentication_required", NextStep.CONFIRM_PAYMENT),
        (RejectionCode.PAYMENT_DISPUTED, None, NextStep.TRY_AGAIN),
    ],
)
def test_a_card_that_may_pay_is_tried_again_and_any_other_is_replaced_or_confirmed(
    code: RejectionCode, decline_code: str | None, step: NextStep
) -> None:
    assert next_step(code, decline_code, Expiry.GOOD, can_confirm=True) is step


@pytest.mark.parametrize("code", [DECLINED, PAST_DUE, RejectionCode.PAYMENT_DISPUTED])
def test_an_expired_card_is_replaced_whatever_the_bank_says(code: RejectionCode) -> None:
    assert next_step(code, "insufficient_funds", Expiry.EXPIRED, can_confirm=True) is NextStep.UPDATE_CARD


def test_a_payment_that_nobody_can_confirm_any_more_is_tried_again() -> None:
    assert next_step(ACTION, None, Expiry.GOOD, can_confirm=False) is NextStep.TRY_AGAIN
