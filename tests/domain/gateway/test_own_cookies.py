"""A cookie counts only if its value is one that we could have set."""

import pytest

from services.gateway.application.hashing import new_token
from services.gateway.domain.own_cookies import TOKEN_CHARS, own_token


def test_every_token_that_we_make_counts() -> None:
    for token in (new_token() for _ in range(100)):
        assert len(token) == TOKEN_CHARS
        assert own_token(token) == token


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "a\0b",
        "a" * (TOKEN_CHARS - 1),
        "a" * (TOKEN_CHARS + 1),
        "a" * TOKEN_CHARS + "\n",
        "a" * 1_000_000,
        "\ud800" * TOKEN_CHARS,
        "é" * TOKEN_CHARS,
        "+" * TOKEN_CHARS,
        " " + "a" * (TOKEN_CHARS - 1),
        "203.0.113.9",
    ],
)
def test_a_value_that_we_never_set_is_as_good_as_none(value: str | None) -> None:
    assert own_token(value) is None
