"""Who reaches the operator's calls, and how many streams are open."""

from services.gateway.domain.audience import Audience, serves
from services.gateway.domain.stream_cap import MOST_OF_A_MEMBER, MOST_OF_A_SESSION, has_room_for_a_stream


def test_the_operators_listener_serves_the_operators_calls_and_the_public_one_the_rest() -> None:
    for path in ("/api/v1/agencies", "/api/v1/agencies/1/admins"):
        assert [serves(audience, path) for audience in Audience] == [True, False, True]
    for path in ("/", "/api/v1/me", "/api/v1/agenciesx", "/login"):
        assert [serves(audience, path) for audience in Audience] == [True, True, False]


def test_an_operation_is_followed_everywhere_and_the_operators_key_counts_only_where_its_calls_are() -> None:
    assert all(serves(audience, "/api/v1/operations/1") for audience in Audience)
    assert [audience.has_operator for audience in Audience] == [True, False, True]


def test_a_session_and_its_member_have_a_bounded_number_of_streams() -> None:
    assert has_room_for_a_stream(MOST_OF_A_SESSION - 1, MOST_OF_A_MEMBER - 1)
    assert not has_room_for_a_stream(MOST_OF_A_SESSION, MOST_OF_A_SESSION)
    assert not has_room_for_a_stream(0, MOST_OF_A_MEMBER)
