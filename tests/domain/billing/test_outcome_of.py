"""Each failure of a call to Stripe has one meaning."""

import pytest

from contracts.decline_reasons import NO_CARD
from services.billing.domain.outcome_of import (
    ActionRequired,
    Declined,
    Failure,
    InvoiceLimit,
    KeptFault,
    KeyMismatch,
    Missing,
    Misused,
    NotDone,
    Outcome,
    Unauthorised,
    Unknown,
    outcome_of,
)


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        (Failure(None), Unknown("no_answer")),
        (Failure(401), Unauthorised()),
        (Failure(403), Unauthorised()),
        (Failure(402, code="card_declined", decline_code="insufficient_funds"), Declined("insufficient_funds")),
        (Failure(402, code="expired_card"), Declined("expired_card")),
        (Failure(402, code="card_declined", decline_code="authentication_required"), ActionRequired()),
        (Failure(402, code="authentication_required"), ActionRequired()),
        (Failure(402, code="subscription_payment_intent_requires_action"), ActionRequired()),
        (Failure(429, code="lock_timeout"), NotDone("lock_timeout")),
        (Failure(429, code="lock_timeout", limited="resource-specific"), NotDone("lock_timeout")),
        (Failure(429, code="rate_limit", limited="global-rate"), NotDone("rate_limit")),
        (Failure(400, code="rate_limit"), NotDone("rate_limit")),
        (Failure(429, code="rate_limit", limited="resource-specific"), InvoiceLimit()),
        (Failure(409, type="idempotency_error", code="idempotency_key_in_use"), Unknown("same_call_under_way")),
        (Failure(500), Unknown("stripe_fault")),
        (Failure(503), Unknown("stripe_fault")),
        (Failure(500, replayed=True), KeptFault()),
        (Failure(400, type="idempotency_error"), KeyMismatch()),
        (Failure(404, code="resource_missing", param="id"), Missing()),
        (Failure(400, code="resource_missing"), Declined(NO_CARD)),
        (Failure(400, code="resource_missing", param="customer"), Misused("resource_missing", "customer")),
        (Failure(400, code="parameter_unknown", param="foo"), Misused("parameter_unknown", "foo")),
    ],
)
def test_a_failed_call_has_the_meaning_that_stripe_documents(failure: Failure, meaning: Outcome) -> None:
    assert outcome_of(failure) == meaning
