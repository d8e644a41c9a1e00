"""Tokens from an endpoint, a small local one, and from a file."""

from pathlib import Path

import pytest

from tests.support.token_endpoint import CLIENT, SECRET, TokenEndpoint, token_endpoint
from transport.tokens import EndpointTokens, FileTokens


def client_of(endpoint: TokenEndpoint, secret: str = SECRET, scope: str | None = None) -> EndpointTokens:
    return EndpointTokens(endpoint.url, CLIENT, secret, scope)


async def test_a_token_is_used_until_it_ends() -> None:
    async with token_endpoint(lasts=3600) as endpoint:
        tokens = client_of(endpoint)
        assert [await tokens.token(), await tokens.token()] == ["token-1", "token-1"]


async def test_a_token_that_ends_at_once_is_renewed() -> None:
    async with token_endpoint(lasts=1) as endpoint:
        tokens = client_of(endpoint)
        assert [await tokens.token(), await tokens.token()] == ["token-1", "token-2"]


async def test_a_scope_is_requested_and_none_is_not() -> None:
    async with token_endpoint() as endpoint:
        await client_of(endpoint, scope="kafka").token()
        await client_of(endpoint).token()
        grant = {"grant_type": "client_credentials"}
        assert endpoint.forms == [grant | {"scope": "kafka"}, grant]


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}", b'{"access_token": "t", "expires_in": "soon"}'])
async def test_an_answer_that_is_no_token_counts_as_a_broker_that_is_away(body: bytes) -> None:
    async with token_endpoint(body=body) as endpoint:
        with pytest.raises(OSError, match="the token endpoint gives no token"):
            await client_of(endpoint).token()


async def test_a_wrong_secret_is_in_no_error() -> None:
    async with token_endpoint() as endpoint:
        with pytest.raises(OSError, match="the token endpoint gives no token") as wrong:
            await client_of(endpoint, "wrong-secret").token()
    assert "wrong-secret" not in str(wrong.value)


async def test_an_endpoint_that_is_away_counts_as_a_broker_that_is_away() -> None:
    async with token_endpoint() as endpoint:
        pass
    with pytest.raises(OSError, match="the token endpoint gives no token"):
        await client_of(endpoint).token()


async def test_a_file_is_read_for_each_connection(tmp_path: Path) -> None:
    file = tmp_path / "token"
    tokens = FileTokens(file)
    for content in ("first", "second"):
        file.write_text(f"{content}\n")
        assert await tokens.token() == content
