"""The idempotency key is the operation's id until that call is known to be over."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.billing.domain.attempt_key import is_forgotten, keys_of_change, keys_of_confirmation, keys_of_creation

OPERATION = UUID("01990000-0000-7000-8000-000000000001")
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_every_attempt_of_a_change_begins_with_the_operations_own_key() -> None:
    assert {keys_of_change(OPERATION, tries)[0] for tries in range(5)} == {str(OPERATION)}


def test_a_change_whose_first_call_is_over_has_a_key_per_attempt() -> None:
    seconds = [keys_of_change(OPERATION, tries)[1] for tries in range(5)]
    assert len(set(seconds)) == 5
    assert str(OPERATION) not in seconds


def test_a_change_that_leaves_its_prorations_pending_shares_no_key_with_one_that_bills_them() -> None:
    pending = {key for tries in range(5) for key in keys_of_change(OPERATION, tries, pending=True)}
    billed = {key for tries in range(5) for key in keys_of_change(OPERATION, tries)}
    assert not pending & billed
    assert all(key.startswith(str(OPERATION)) for key in pending | billed)


def test_a_confirmation_shares_no_key_with_the_update_that_the_bank_wanted_confirmed() -> None:
    confirmed = {key for tries in range(5) for key in keys_of_confirmation(OPERATION, tries)}
    sent = {key for tries in range(5) for key in keys_of_change(OPERATION, tries)}
    assert not confirmed & sent
    assert {keys_of_confirmation(OPERATION, tries)[0] for tries in range(5)} == {f"{OPERATION}-confirm"}
    assert len(confirmed) == 6


def test_every_attempt_of_a_creation_uses_the_same_keys_in_the_same_order() -> None:
    keys = keys_of_creation(OPERATION, "customer")
    assert keys[:2] == (f"{OPERATION}-customer", f"{OPERATION}-customer-2")
    assert len(set(keys)) == len(keys)


def test_two_steps_of_one_opening_share_no_key() -> None:
    assert not set(keys_of_creation(OPERATION, "customer")) & set(keys_of_creation(OPERATION, "subscription"))


def test_a_key_is_trusted_for_less_than_the_day_that_stripe_keeps_it() -> None:
    assert not is_forgotten(BEGAN, BEGAN + timedelta(hours=22, minutes=59))
    assert is_forgotten(BEGAN, BEGAN + timedelta(hours=23))


def test_the_keys_of_a_change_are_numbered_by_its_attempts() -> None:
    assert keys_of_change(OPERATION, 0) == (str(OPERATION), f"{OPERATION}-1")
    assert keys_of_change(OPERATION, 4, pending=True) == (f"{OPERATION}-pending", f"{OPERATION}-pending-5")


def test_a_creation_gives_up_after_twenty_keys() -> None:
    keys = keys_of_creation(OPERATION, "customer")
    assert (len(keys), keys[-1]) == (20, f"{OPERATION}-customer-20")
