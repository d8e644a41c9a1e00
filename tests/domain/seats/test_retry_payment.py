"""An admin retries the payment after the card is fixed."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import ANYONE, FrozenReason, Quantities, RejectionCode, SeatType
from services.seats.domain.adjust_seats import Reject
from services.seats.domain.card_fixed import Resumed, Unpaid
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter
from services.seats.domain.past_due import OwesNothing
from services.seats.domain.retry_payment import PayFirst, nothing_owed, retry_payment

COMMAND = UUID(int=7)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAUSED = Ledger(
    account=Account.OPEN,
    purchased=Quantities(1, 0),
    active=Quantities(1, 0),
    baa_signed=True,
    auto_add=True,
    paused=RejectionCode.PAYMENT_DECLINED,
)
NIA = Waiter(0, UUID(int=1), SeatType.BASE, UUID(int=0), ANYONE)


def test_the_pause_ends_and_those_blocked_for_payment_wait_again() -> None:
    outcome = retry_payment(PAUSED, Unpaid([NIA]), COMMAND, NOW)
    assert isinstance(outcome, Resumed)
    assert (outcome.ledger.paused, [waiter.member_id for waiter in outcome.joined]) == (None, [NIA.member_id])


def test_an_unpaid_invoice_is_paid_first() -> None:
    assert retry_payment(replace(PAUSED, owed=Debt(1, 500)), Unpaid([NIA]), COMMAND, NOW) == PayFirst()
    assert retry_payment(replace(PAUSED, paused=None, owed=Debt(1, 500)), Unpaid([NIA]), COMMAND, NOW) == PayFirst()
    # Stripe charges nothing for the subscription, and we know of no open invoice: billing looks.
    assert retry_payment(replace(PAUSED, paused=RejectionCode.PAST_DUE), Unpaid([NIA]), COMMAND, NOW) == PayFirst()


def test_a_pause_for_an_unpaid_invoice_ends_when_no_invoice_is_unpaid() -> None:
    outcome = nothing_owed(replace(PAUSED, owed=Debt(1, 500)), Unpaid([NIA]), COMMAND, NOW)
    assert isinstance(outcome, Resumed)
    assert outcome.ledger.paused is None
    assert [waiter.correlation_id for waiter in outcome.joined] == [COMMAND]


def test_once_nothing_is_unpaid_a_pause_that_ended_meanwhile_is_no_failure_and_a_lost_subscription_is() -> None:
    resumed = replace(PAUSED, paused=None)
    assert nothing_owed(resumed, Unpaid(), COMMAND, NOW) == OwesNothing(resumed)
    gone = replace(PAUSED, gone=FrozenReason.SUBSCRIPTION_CANCELED)
    assert isinstance(nothing_owed(gone, Unpaid(), COMMAND, NOW), Reject)


@pytest.mark.parametrize(
    ("ledger", "code"),
    [
        (replace(PAUSED, baa_signed=False), RejectionCode.BAA_UNSIGNED),
        (replace(PAUSED, account=Account.AWAITED), RejectionCode.BILLING_UNAVAILABLE),
        (replace(PAUSED, gone=FrozenReason.SUBSCRIPTION_CANCELED), RejectionCode.BILLING_UNAVAILABLE),
        (replace(PAUSED, paused=None), RejectionCode.NOTHING_TO_CHANGE),
    ],
)
def test_there_is_nothing_to_try_without_baa_subscription_or_pause(ledger: Ledger, code: RejectionCode) -> None:
    outcome = retry_payment(ledger, Unpaid([NIA]), COMMAND, NOW)
    assert isinstance(outcome, Reject)
    assert outcome.rejection.code is code


def test_members_who_wait_again_wait_for_the_admins_retry() -> None:
    outcome = retry_payment(PAUSED, Unpaid([NIA]), COMMAND, NOW)
    assert isinstance(outcome, Resumed)
    assert [waiter.correlation_id for waiter in outcome.joined] == [COMMAND]
