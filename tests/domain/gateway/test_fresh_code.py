"""A person is fresh for 15 minutes after proving the address."""

from datetime import timedelta

from services.gateway.domain.fresh_code import is_fresh
from tests.support.clock import START


def test_a_proof_is_fresh_for_fifteen_minutes() -> None:
    assert is_fresh(START, START)
    assert is_fresh(START, START + timedelta(minutes=15))
    assert not is_fresh(START, START + timedelta(minutes=15, seconds=1))


def test_a_person_who_never_proved_the_address_is_not_fresh() -> None:
    assert not is_fresh(None, START)
