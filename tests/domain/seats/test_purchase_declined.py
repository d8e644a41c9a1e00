"""A rejected purchase."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, StripeFault, member
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.purchase_declined import Declined, HeldBack, NotMade, Reason, Stale, purchase_rejected
from services.seats.domain.purchase_settled import NotOurs

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATION = UUID(int=9)
PURCHASE = Purchase(OPERATION, Quantities(2, 2), Quantities(4, 2), last=2)
UNDER_WAY = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), purchase=PURCHASE)
ENDED = replace(UNDER_WAY, purchase=None, ended=(NOW,))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (RejectionCode.PAYMENT_DECLINED, BlockedReason.PAYMENT_DECLINED),
        (RejectionCode.PAYMENT_ACTION_REQUIRED, BlockedReason.PAYMENT_ACTION_REQUIRED),
        (RejectionCode.PAST_DUE, BlockedReason.PAST_DUE),
    ],
)
def test_a_declined_purchase_pauses_auto_add_and_gives_those_who_wait_its_reason(
    code: RejectionCode, reason: BlockedReason
) -> None:
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(code), NOW)
    assert outcome == Declined(replace(ENDED, paused=code), PURCHASE, reason)


@pytest.mark.parametrize("fault", StripeFault)
def test_a_purchase_that_stripe_does_not_accept_ends_every_wait_at_once_and_pauses_auto_add(fault: StripeFault) -> None:
    code = RejectionCode.BILLING_UNAVAILABLE
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(code, fault=fault), NOW)
    assert outcome == Declined(replace(ENDED, paused=code, fault=fault), PURCHASE, BlockedReason.BILLING_UNAVAILABLE)


def test_billing_that_only_does_not_answer_ends_no_wait() -> None:
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(RejectionCode.BILLING_UNAVAILABLE), NOW)
    assert isinstance(outcome, HeldBack)


def test_a_declined_card_replaces_an_older_fault() -> None:
    refused = replace(UNDER_WAY, fault=StripeFault.SCHEDULE)
    outcome = purchase_rejected(refused, OPERATION, Reason(RejectionCode.PAYMENT_DECLINED), NOW)
    assert isinstance(outcome, Declined)
    assert outcome.ledger.fault is None


def test_a_stale_purchase_updates_the_ledger_to_the_subscriptions_quantities() -> None:
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(RejectionCode.STALE, Quantities(7, 1)), NOW)
    assert outcome == Stale(replace(ENDED, purchased=Quantities(7, 1)))


@pytest.mark.parametrize("code", [RejectionCode.INTERNAL_ERROR, RejectionCode.INVOICE_LIMIT, RejectionCode.STALE])
def test_any_other_rejection_blocks_nobody_and_is_tried_again_after_a_minute(code: RejectionCode) -> None:
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(code), NOW)
    assert outcome == HeldBack(replace(ENDED, held_until=NOW + timedelta(minutes=1)))


REQUEST = AdjustRequest(UUID(int=5), member(UUID(int=6)))
CHANGING = replace(UNDER_WAY, purchase=replace(PURCHASE, request=REQUEST), paused=None)
UNCHANGED = replace(CHANGING, purchase=None)


@pytest.mark.parametrize(
    "code", [RejectionCode.PAYMENT_DECLINED, RejectionCode.QUOTE_EXPIRED, RejectionCode.INVOICE_LIMIT]
)
def test_a_rejected_admin_change_blocks_nobody_pauses_nothing_and_holds_nothing_back(code: RejectionCode) -> None:
    assert purchase_rejected(CHANGING, OPERATION, Reason(code), NOW) == NotMade(UNCHANGED, REQUEST, code)


@pytest.mark.parametrize("code", [RejectionCode.STALE, RejectionCode.QUOTE_STALE])
def test_an_admins_change_after_an_external_change_is_a_stale_quote_and_updates_the_ledger(
    code: RejectionCode,
) -> None:
    outcome = purchase_rejected(CHANGING, OPERATION, Reason(code, Quantities(7, 1)), NOW)
    assert outcome == NotMade(replace(UNCHANGED, purchased=Quantities(7, 1)), REQUEST, RejectionCode.QUOTE_STALE)


@pytest.mark.parametrize("ledger", [ENDED, UNDER_WAY])
def test_the_rejection_of_a_purchase_that_is_not_under_way_changes_nothing(ledger: Ledger) -> None:
    assert purchase_rejected(ledger, UUID(int=8), Reason(RejectionCode.PAYMENT_DECLINED), NOW) == NotOurs()


def test_a_purchase_that_was_not_tried_because_of_a_debt_leaves_no_pause_of_its_own() -> None:
    owing = replace(UNDER_WAY, owed=Debt(1, 500), paused=RejectionCode.PAYMENT_DECLINED)
    outcome = purchase_rejected(owing, OPERATION, Reason(RejectionCode.PAST_DUE), NOW)
    assert isinstance(outcome, Declined)
    assert (outcome.ledger.paused, outcome.reason) == (RejectionCode.PAYMENT_DECLINED, BlockedReason.PAST_DUE)


def test_the_banks_reason_of_a_decline_is_kept() -> None:
    outcome = purchase_rejected(
        UNDER_WAY, OPERATION, Reason(RejectionCode.PAYMENT_DECLINED, decline_code="expired_card"), NOW
    )
    assert isinstance(outcome, Declined)
    assert outcome.ledger.decline_code == "expired_card"


def test_a_switch_that_waits_for_its_payment_delays_the_purchase_and_is_not_reported_as_stripes_silence() -> None:
    outcome = purchase_rejected(UNDER_WAY, OPERATION, Reason(RejectionCode.PAYMENT_PENDING), NOW)
    assert outcome == HeldBack(replace(ENDED, held_until=NOW + timedelta(minutes=1), reported_at=NOW))
