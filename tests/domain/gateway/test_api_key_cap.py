"""An agency has so many API keys at most."""

from services.gateway.domain.api_key_cap import has_room_for_a_key
from services.gateway.domain.gateway_codes import TOO_MANY_API_KEYS
from services.gateway.texts.problems import problem


def test_the_fiftieth_key_is_the_last() -> None:
    assert [has_room_for_a_key(held) for held in (0, 49, 50, 51)] == [True, True, False, False]


def test_the_rejection_says_how_many_keys_there_are_and_what_to_do() -> None:
    assert problem(TOO_MANY_API_KEYS).detail({}) == (
        "Your agency has 50 API keys, and that is the most. Revoke one that no program uses anymore, then try again."
    )
