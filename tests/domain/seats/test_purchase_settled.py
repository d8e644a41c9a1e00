"""A paid purchase."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import Quantities, Refusal
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.purchase_settled import NotOurs, Paid, purchase_settled

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATION = UUID(int=9)
PURCHASE = Purchase(OPERATION, Quantities(2, 2), Quantities(4, 2), last=2)
UNDER_WAY = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), purchase=PURCHASE)


def test_a_paid_purchase_makes_its_target_the_purchased_count() -> None:
    paid = replace(UNDER_WAY, purchased=Quantities(4, 2), purchase=None, ended=(NOW,))
    assert purchase_settled(UNDER_WAY, OPERATION, Quantities(4, 2), NOW) == Paid(paid, PURCHASE)


def test_a_paid_purchase_ends_a_pause() -> None:
    paused = replace(UNDER_WAY, paused=Refusal.PAYMENT_DECLINED, held_until=NOW)
    outcome = purchase_settled(paused, OPERATION, Quantities(4, 2), NOW)
    assert isinstance(outcome, Paid)
    assert (outcome.ledger.paused, outcome.ledger.held_until) == (None, None)


@pytest.mark.parametrize("ledger", [replace(UNDER_WAY, purchase=None), UNDER_WAY])
def test_the_end_of_a_purchase_that_is_not_under_way_changes_nothing(ledger: Ledger) -> None:
    assert purchase_settled(ledger, UUID(int=8), Quantities(9, 9), NOW) == NotOurs()
