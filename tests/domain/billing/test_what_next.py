"""A failed call rejects an operation only if nothing changed and another attempt cannot help."""

import pytest

from contracts.vocabulary import RejectionCode, StripeFault
from services.billing.domain.outcome_of import (
    MANAGED,
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
        (
            Misused("parameter_unknown", "foo"),
            Reject(RejectionCode.BILLING_UNAVAILABLE, ours=True, fault=StripeFault.NOT_ACCEPTED),
        ),
        (
            Misused("customer_tax_location_invalid", None),
            Reject(RejectionCode.BILLING_UNAVAILABLE, ours=True, fault=StripeFault.TAX_LOCATION),
        ),
        (
            Misused(MANAGED, None),
            Reject(RejectionCode.BILLING_UNAVAILABLE, ours=True, fault=StripeFault.SCHEDULE),
        ),
        (Missing(), Reject(RejectionCode.BILLING_UNAVAILABLE, ours=True, fault=StripeFault.MISSING)),
    ],
)
def test_a_failure_that_another_attempt_cannot_help_rejects_the_operation(outcome: Outcome, rejection: Reject) -> None:
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
def test_a_timeout_a_fault_or_a_limit_rejects_nothing(outcome: Outcome, wait: Wait) -> None:
    assert what_next(outcome) == wait


def test_an_opening_with_a_card_that_stripe_does_not_know_is_a_payment_declined() -> None:
    missing_card = Misused("resource_missing", "payment_method")
    assert what_next_of_opening(missing_card) == Reject(RejectionCode.PAYMENT_DECLINED)


def test_an_opening_with_an_invalid_address_is_an_invalid_request() -> None:
    assert what_next_of_opening(Misused("email_invalid", "email")) == Reject(RejectionCode.INVALID_REQUEST)


@pytest.mark.parametrize(
    "outcome", [Misused("resource_missing", "items[0][price]"), Misused("resource_missing", None), Missing()]
)
def test_an_opening_with_anything_else_missing_is_our_fault(outcome: Outcome) -> None:
    assert what_next_of_opening(outcome) == Reject(RejectionCode.INTERNAL_ERROR, ours=True)


def test_an_opening_waits_as_a_change_does() -> None:
    assert what_next_of_opening(Unknown("no_answer")) == Wait("no_answer", unknown=True)
