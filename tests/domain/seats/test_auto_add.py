"""Auto-Add: one purchase at a time, for everyone in line, in absolute counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import FrozenReason, Quantities, RejectionCode
from services.seats.domain.auto_add import Buy, BuyLater, Rest, next_purchase
from services.seats.domain.ledger import Account, Ledger, Purchase

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATION = UUID(int=9)
WAITED_FOR = Ledger(
    account=Account.OPEN,
    purchased=Quantities(2, 3),
    active=Quantities(2, 2),
    waiting=Quantities(3, 2),
    last_position=11,
    baa_signed=True,
    auto_add=True,
)


def test_a_purchase_is_made_for_everyone_in_line_at_once_in_absolute_counts() -> None:
    purchase = Purchase(OPERATION, before=Quantities(2, 3), after=Quantities(5, 4), last=11)
    assert next_purchase(WAITED_FOR, NOW, OPERATION) == Buy(replace(WAITED_FOR, purchase=purchase), purchase)


def test_a_purchase_never_reduces_the_other_seat_type() -> None:
    roomy = replace(WAITED_FOR, purchased=Quantities(2, 9))
    outcome = next_purchase(roomy, NOW, OPERATION)
    assert isinstance(outcome, Buy)
    assert outcome.purchase.after == Quantities(5, 9)


@pytest.mark.parametrize(
    "ledger",
    [
        replace(WAITED_FOR, waiting=Quantities()),
        replace(WAITED_FOR, account=Account.AWAITED),
        replace(WAITED_FOR, purchase=Purchase(UUID(int=8), Quantities(2, 3), Quantities(3, 3), last=1)),
    ],
    ids=["nobody waits", "no account yet", "one is under way"],
)
def test_no_seat_is_bought_without_a_waiting_member_without_an_account_or_during_another_purchase(
    ledger: Ledger,
) -> None:
    assert next_purchase(ledger, NOW, OPERATION) == Rest()


@pytest.mark.parametrize(
    "ledger",
    [
        replace(WAITED_FOR, auto_add=False),
        replace(WAITED_FOR, paused=RejectionCode.PAYMENT_DECLINED),
        replace(WAITED_FOR, active=Quantities(3, 2)),
        replace(WAITED_FOR, gone=FrozenReason.SUBSCRIPTION_CANCELED),
    ],
    ids=["off", "paused", "reduced elsewhere", "cancelled"],
)
def test_nothing_is_bought_while_auto_add_is_off_paused_or_frozen(ledger: Ledger) -> None:
    assert next_purchase(ledger, NOW, OPERATION) == Rest()


def test_a_purchase_gathers_before_it_starts() -> None:
    fresh = replace(WAITED_FOR, waiting_since=NOW)
    assert next_purchase(fresh, NOW, OPERATION) == BuyLater(NOW + timedelta(seconds=0.25))
    assert isinstance(next_purchase(fresh, NOW + timedelta(seconds=0.25), OPERATION), Buy)
    assert isinstance(next_purchase(fresh, NOW, OPERATION, timedelta()), Buy)


def test_the_distance_to_the_last_purchase_includes_the_gathering() -> None:
    soon = replace(WAITED_FOR, waiting_since=NOW, ended=(NOW - timedelta(seconds=1.9),))
    assert next_purchase(soon, NOW, OPERATION) == BuyLater(NOW + timedelta(seconds=0.25))
    sooner = replace(soon, ended=(NOW,))
    assert next_purchase(sooner, NOW, OPERATION) == BuyLater(NOW + timedelta(seconds=2))


def test_a_purchase_too_soon_after_the_last_one_is_due_later() -> None:
    soon = replace(WAITED_FOR, ended=(NOW,))
    assert next_purchase(soon, NOW, OPERATION) == BuyLater(NOW + timedelta(seconds=2))


def test_a_purchase_held_back_is_due_when_the_hold_ends_and_ends_it() -> None:
    until = NOW + timedelta(seconds=60)
    held = replace(WAITED_FOR, held_until=until, ended=(NOW,))
    assert next_purchase(held, NOW, OPERATION) == BuyLater(until)
    outcome = next_purchase(held, until, OPERATION)
    assert isinstance(outcome, Buy)
    assert outcome.ledger.held_until is None


def test_each_types_purchase_is_reckoned_from_its_own_active_members() -> None:
    uneven = replace(WAITED_FOR, purchased=Quantities(4, 2), active=Quantities(4, 1), waiting=Quantities(1, 1))
    outcome = next_purchase(uneven, NOW, OPERATION)
    assert isinstance(outcome, Buy)
    assert outcome.purchase.after == Quantities(5, 2)
