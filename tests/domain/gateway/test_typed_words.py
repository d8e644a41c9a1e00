"""How a name is read from what somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.typed_words import typed_words


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Noor Haddad", "Noor Haddad"),
        ("  Noor \t Haddad\r\n", "Noor Haddad"),
        ("Noor\x00Haddad\x7f", "Noor Haddad"),
        ("Noor\u2028Haddad\u2029", "Noor Haddad"),
        ("\u202eEvil\u202c", "Evil"),
        ("\u2066Evil\u2069\u200e\u200f\u061c", "Evil"),
        ("Ev\u200bil\ufeff\u00ad", "Evil"),
        ("\U000e0041Ada", "Ada"),
        ("Ada\ue000", "Ada"),
        ("Jose\u0301", "Jos\u00e9"),
        ("نور حداد", "نور حداد"),
        ("\u0645\u06cc\u200c\u0646\u0627", "\u0645\u06cc\u200c\u0646\u0627"),
        ("O’Brien", "O’Brien"),  # noqa: RUF001
        ("李小龙", "李小龙"),
        ("*", "*"),
    ],
)
def test_a_name_keeps_what_can_be_seen_on_one_line(typed: str, kept: str) -> None:
    assert typed_words(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u200b\u200b",
        "\u200d",
        "\u200c \u200d",
        "\u3164",
        "\u115f\u1160",
        "\uffa0",
        "\u2800\u2800",
        "\u034f",
        "\ufe0f",
        "\u202e\u202c",
        "\u00a0\u3000",
        "\U000e0041",
        "\ue000",
    ],
)
def test_a_name_that_nobody_can_see_is_none(typed: str) -> None:
    assert typed_words(typed) is None


@given(st.text(max_size=40))
def test_a_kept_name_is_kept_as_it_is(typed: str) -> None:
    kept = typed_words(typed)
    assert kept is None or typed_words(kept) == kept
