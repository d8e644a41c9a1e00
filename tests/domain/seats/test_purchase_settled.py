"""A paid purchase."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import Quantities, RejectionCode, member
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.limits import Limits, OfType
from services.seats.domain.purchase_settled import NotOurs, Paid, Terms, purchase_settled

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATION = UUID(int=9)
PURCHASE = Purchase(OPERATION, Quantities(2, 2), Quantities(4, 2), last=2)
PAID = Terms(3120)
UNDER_WAY = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), purchase=PURCHASE)


def test_a_paid_purchase_makes_its_target_the_purchased_count() -> None:
    bought = Limits(base=OfType(added=2), month=NOW.date().replace(day=1))
    paid = replace(UNDER_WAY, purchased=Quantities(4, 2), purchase=None, ended=(NOW,), limits=bought)
    assert purchase_settled(UNDER_WAY, OPERATION, Quantities(4, 2), PAID, NOW) == Paid(paid, PURCHASE)


def test_a_paid_purchase_ends_a_hold() -> None:
    outcome = purchase_settled(replace(UNDER_WAY, held_until=NOW), OPERATION, Quantities(4, 2), PAID, NOW)
    assert isinstance(outcome, Paid)
    assert outcome.ledger.held_until is None


@pytest.mark.parametrize(
    ("paused", "charged", "good"),
    [
        (RejectionCode.PAYMENT_DECLINED, 3120, True),
        (RejectionCode.PAYMENT_ACTION_REQUIRED, 3120, True),
        (RejectionCode.PAYMENT_DECLINED, 0, False),
        (RejectionCode.PAST_DUE, 3120, False),
        (None, 3120, False),
        (RejectionCode.BILLING_UNAVAILABLE, 0, True),
    ],
    ids=[
        "after a decline",
        "after authentication",
        "only credited",
        "another invoice is unpaid",
        "nothing is paused",
        "Stripe accepts changes again",
    ],
)
def test_a_paid_charge_shows_that_the_card_is_good_again(
    paused: RejectionCode | None, charged: int, good: bool
) -> None:
    outcome = purchase_settled(replace(UNDER_WAY, paused=paused), OPERATION, Quantities(4, 2), Terms(charged), NOW)
    assert isinstance(outcome, Paid)
    assert outcome.card_is_good is good


def test_an_admins_change_does_not_pace_auto_adds_next_purchase() -> None:
    change = replace(PURCHASE, request=AdjustRequest(UUID(int=5), member(UUID(int=6))))
    outcome = purchase_settled(replace(UNDER_WAY, purchase=change), OPERATION, Quantities(4, 2), PAID, NOW)
    assert outcome == Paid(replace(UNDER_WAY, purchased=Quantities(4, 2), purchase=None), change)


def test_seats_left_unsettled_are_counted_until_their_invoice_comes() -> None:
    mixed = replace(UNDER_WAY, purchase=replace(PURCHASE, after=Quantities(4, 1)), unsettled=Quantities(1, 1))
    outcome = purchase_settled(mixed, OPERATION, Quantities(4, 1), Terms(0, unsettled=True), NOW)
    assert isinstance(outcome, Paid)
    assert outcome.ledger.unsettled == Quantities(3, 1), "what is taken away settles nothing"


@pytest.mark.parametrize("ledger", [replace(UNDER_WAY, purchase=None), UNDER_WAY])
def test_the_end_of_a_purchase_that_is_not_under_way_changes_nothing(ledger: Ledger) -> None:
    assert purchase_settled(ledger, UUID(int=8), Quantities(9, 9), PAID, NOW) == NotOurs()


def test_a_charge_of_one_cent_shows_it_too() -> None:
    paused = replace(UNDER_WAY, paused=RejectionCode.PAYMENT_DECLINED)
    outcome = purchase_settled(paused, OPERATION, Quantities(4, 2), Terms(1), NOW)
    assert isinstance(outcome, Paid)
    assert outcome.card_is_good


def test_unsettled_seats_are_counted_by_type() -> None:
    purchase = replace(PURCHASE, before=Quantities(2, 5), after=Quantities(4, 6))
    under_way = replace(UNDER_WAY, purchased=Quantities(2, 5), purchase=purchase)
    outcome = purchase_settled(under_way, OPERATION, Quantities(4, 6), Terms(0, unsettled=True), NOW)
    assert isinstance(outcome, Paid)
    assert outcome.ledger.unsettled == Quantities(2, 1)


def test_a_change_that_was_paid_ends_no_pause_while_an_invoice_is_owed() -> None:
    owing = replace(UNDER_WAY, paused=RejectionCode.PAYMENT_DECLINED, owed=Debt(1, 500))
    outcome = purchase_settled(owing, OPERATION, Quantities(4, 2), Terms(500), NOW)
    assert isinstance(outcome, Paid)
    assert not outcome.card_is_good
