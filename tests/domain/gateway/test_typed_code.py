"""How a code is read from what somebody typed or pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.typed_code import typed_code


@pytest.mark.parametrize(
    "typed",
    [
        "0412",
        " 04 12 ",
        "04-12",
        "04–12",  # noqa: RUF001  an en dash
        "0 4 1 2",
        "04\u00a012",
        "04.12",
        "\u0660\u0664\u0661\u0662",  # an Arabic keyboard
        "\u06f0\u06f4\u06f1\u06f2",  # a Persian keyboard
        "\uff10\uff14\uff11\uff12",  # a Japanese keyboard
        "\u0966\u096a\u0967\u0968",  # a Hindi keyboard
        "\u200b0412",
        "\u202d0412\u202c",
        "\u200e0412\u200f",
        "\ufeff0412",
        "0412 is your sign-in code",
        "Your code: 04 12",
        "0412 is your sign-in code. It works for 10 minutes.",
        "\u200fرمزك هو \u0660\u0664\u0661\u0662",
        "\t0412\r\n",
    ],
)
def test_a_code_is_its_four_digits_however_it_is_typed(typed: str) -> None:
    assert typed_code(typed) == "0412"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "041",
        "04123",
        "041 23 5",
        "no code",
        "0412 or 1204",
        "0412 0412",
        "x²³¹¹",  # superscripts are no digits that anybody types
        "⓪④①②",
    ],
)
def test_no_code_is_made_up_from_what_holds_none_or_two(typed: str) -> None:
    assert typed_code(typed) == typed


def test_a_text_without_a_code_is_never_four_digits() -> None:
    assert typed_code("\uff10\uff14\uff11\uff12\uff13") == "04123"


@given(st.text(max_size=40))
def test_reading_a_code_twice_is_reading_it_once(typed: str) -> None:
    assert typed_code(typed_code(typed)) == typed_code(typed)
