"""How a reduction at the renewal is written."""

import pytest

from contracts.reduction_wording import is_short, reduced_to, why_missed
from contracts.vocabulary import Quantities, RejectionCode


def test_only_the_types_that_are_reduced_are_named() -> None:
    assert reduced_to(3, 1) == "Base to 3 seats and Voice to 1 seat"
    assert reduced_to(None, 7) == "Voice to 7 seats"


def test_more_seats_than_scheduled_are_fewer_taken_away() -> None:
    assert is_short(Quantities(4, 8), None, 7)
    assert not is_short(Quantities(4, 7), None, 7)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, "the renewal came before it could be made"),
        (RejectionCode.PAST_DUE, "an invoice was unpaid"),
        (RejectionCode.PAYMENT_PENDING, "another payment was still under way"),
        (RejectionCode.BILLING_UNAVAILABLE, "Stripe did not accept the change"),
    ],
)
def test_a_missed_reduction_says_why(code: RejectionCode | None, why: str) -> None:
    assert why_missed(code) == why
