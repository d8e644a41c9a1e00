"""The subscription was changed at Stripe."""

from dataclasses import replace

from contracts.vocabulary import FrozenReason, Quantities, SeatType
from services.seats.domain.changed_externally import subscription_changed, subscription_ended
from services.seats.domain.ledger import Account, Ledger

AGENCY = Ledger(account=Account.OPEN, purchased=Quantities(2, 3), active=Quantities(2, 2))


def test_quantities_raised_at_stripe_become_free_seats() -> None:
    raised = subscription_changed(AGENCY, Quantities(4, 3))
    assert (raised.room(SeatType.BASE), raised.frozen) == (2, None)


def test_quantities_lowered_below_active_freeze_and_raised_again_thaw() -> None:
    lowered = subscription_changed(AGENCY, Quantities(1, 3))
    assert (lowered.frozen, lowered.active) == (FrozenReason.SEATS_REDUCED_ELSEWHERE, Quantities(2, 2))
    assert subscription_changed(lowered, Quantities(2, 3)) == AGENCY


def test_quantities_lowered_down_to_active_freeze_nothing() -> None:
    assert subscription_changed(AGENCY, Quantities(2, 2)).frozen is None


def test_a_subscription_that_ended_gives_no_seats_until_there_is_one_again() -> None:
    ended = subscription_ended(AGENCY, FrozenReason.CUSTOMER_DELETED)
    assert (ended.purchased, ended.frozen) == (Quantities(), FrozenReason.CUSTOMER_DELETED)
    assert subscription_changed(ended, Quantities(2, 3)) == AGENCY


def test_an_external_change_before_the_account_is_open_changes_nothing() -> None:
    early = replace(AGENCY, account=Account.AWAITED)
    assert subscription_changed(early, Quantities(9, 9)) == early
    assert subscription_ended(early, FrozenReason.CUSTOMER_DELETED) == early
