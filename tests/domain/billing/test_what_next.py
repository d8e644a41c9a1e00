"""A failed call refuses only when nothing changed and trying cannot help."""

import pytest

from contracts.vocabulary import RejectionCode
from services.billing.domain.outcome_of import (
    ActionRequired,
    Declined,
    InvoiceLimit,
    KeptFault,
    KeyMismatch,
    Missing,
    Misused,
    NotDone,
    Outcome,
    Unauthorised,
    Unknown,
)
from services.billing.domain.what_next import KEY_WAIT, LIMIT_WAIT, Reject, Wait, what_next, what_next_of_opening


@pytest.mark.parametrize(
    ("outcome", "rejection"),
    [
        (Declined("generic_decline"), Reject(RejectionCode.PAYMENT_DECLINED, "generic_decline")),
        (ActionRequired(), Reject(RejectionCode.PAYMENT_ACTION_REQUIRED)),
        (Misused("parameter_unknown", "foo"), Reject(RejectionCode.INTERNAL_ERROR, ours=True)),
        (Missing(), Reject(RejectionCode.INTERNAL_ERROR, ours=True)),
    ],
)
def test_what_trying_cannot_help_is_refused(outcome: Outcome, rejection: Reject) -> None:
    assert what_next(outcome) == rejection


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [
        (Unknown("no_answer"), Wait("no_answer", unknown=True)),
        (KeyMismatch(), Wait("stripe_fault", unknown=True)),
        (KeptFault(), Wait("stripe_fault", unknown=True)),
        (NotDone("lock_timeout"), Wait("lock_timeout")),
        (InvoiceLimit(), Wait("invoice_limit", LIMIT_WAIT)),
        (Unauthorised(), Wait("unauthorised", KEY_WAIT, ours=True)),
    ],
)
def test_nobody_is_refused_for_silence_a_fault_or_a_limit(outcome: Outcome, wait: Wait) -> None:
    assert what_next(outcome) == wait


def test_an_opening_with_a_card_that_stripe_does_not_know_is_a_payment_declined() -> None:
    missing_card = Misused("resource_missing", "payment_method")
    assert what_next_of_opening(missing_card) == Reject(RejectionCode.PAYMENT_DECLINED)


def test_an_opening_with_an_address_that_stripe_does_not_take_is_an_invalid_request() -> None:
    assert what_next_of_opening(Misused("email_invalid", "email")) == Reject(RejectionCode.INVALID_REQUEST)


@pytest.mark.parametrize("outcome", [Misused("resource_missing", "items[0][price]"), Misused("resource_missing", None)])
def test_an_opening_with_anything_else_missing_is_our_fault(outcome: Outcome) -> None:
    assert what_next_of_opening(outcome) == Reject(RejectionCode.INTERNAL_ERROR, ours=True)


def test_an_opening_waits_for_what_a_change_waits_for() -> None:
    assert what_next_of_opening(Unknown("no_answer")) == Wait("no_answer", unknown=True)
