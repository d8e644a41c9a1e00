import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.shown_people import first_few, fitting, wire_size
from services.notifier.domain.shown_text import LONGEST, LONGEST_REASON, named, reason, shown


def bare(text: str) -> str:
    """The text without the isolates that stand around it."""
    return text.removeprefix("\u2068").removesuffix("\u2069")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Mia Chen", "Mia Chen"),
        ("Mia\r\nBcc: all@clinic.example", "Mia Bcc: all@clinic.example"),
        ("  Mia \t Chen \x00", "Mia Chen"),
        ("Mia\u202eNehc\u2066", "MiaNehc"),
        ("Mia\u2028Chen\u2029!", "Mia Chen !"),
        ("Zoë Müller 李", "Zoë Müller 李"),
        ("x" * 61, "x" * 59 + "…"),
        ("y" * 58 + " zzz", "y" * 58 + "…"),
    ],
)
def test_typed_text_is_shown_on_one_line_that_fits(typed: str, expected: str) -> None:
    assert shown(typed) == expected


@given(st.text())
def test_invariant_no_text_breaks_a_line_or_turns_it_around(typed: str) -> None:
    """INVARIANT: shown text has no control and no direction character but its own isolates, and fits."""
    text = bare(shown(typed))
    assert len(text) <= LONGEST
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Zl", "Zp"}
    assert len(text.splitlines()) <= 1


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Mia Chen", "Mia Chen"),
        ("J.R. Park", "J. R. Park"),
        ("Call 2.0", "Call 2.0"),
        ("Refund at evil.example/x", "Refund at evil. example/x"),
        ("https://evil", "…"),
        ("Claim at HTTPS://evil.example/x now", "Claim at … now"),
        ("ftp://evil", "…"),
        ("www.evil.example", "…"),
        ("WWW.evil", "…"),
        ("mailto:boss", "…"),
        ("tel:555", "…"),
        ("me@evil.example", "…"),
        ("evil\u200b.example", "evil. example"),
        ("evil。example", "evil。 example"),
        ("ｅｖｉｌ．ｅｘａｍｐｌｅ", "evil. example"),  # noqa: RUF001
        ("𝐰𝐰𝐰.𝐞𝐯𝐢𝐥", "…"),  # noqa: RUF001
        ("Mia\r\nBcc: all", "Mia Bcc: all"),
    ],
)
def test_a_name_never_becomes_a_link(typed: str, expected: str) -> None:
    assert named(typed) == expected


@given(st.text(st.sampled_from("ab1._:/@\u200b\u00ad ")))
def test_invariant_no_name_looks_like_a_link_to_a_mail_program(typed: str) -> None:
    """INVARIANT: in a name no dot stands before a letter and behind a word, and no :// stands anywhere."""
    text = bare(named(typed))
    assert ":/" not in text
    assert "@" not in text
    assert not re.search(r"\w\.[a-z]", text)
    assert len(text) <= LONGEST


def test_a_long_list_shows_the_first_and_counts_the_rest() -> None:
    assert first_few([1, 2, 3, 4, 5, 6, 7], 5) == ([1, 2, 3, 4, 5], 2)


def test_a_list_counts_the_people_whom_no_line_names() -> None:
    assert first_few([1, 2, 3, 4, 5, 6], 5, more=19_994) == ([1, 2, 3, 4, 5], 19_995)
    assert first_few([1, 2], 5, more=3) == ([1, 2], 3)
    assert fitting(["a" * 10, "b" * 10], str, 12, more=3) == (["a" * 10], 4)
    assert fitting(["a", "b"], str, more=3) == (["a", "b"], 3)


def test_a_list_shows_a_single_remaining_entry() -> None:
    assert first_few([1, 2, 3, 4, 5, 6], 5) == ([1, 2, 3, 4, 5, 6], 0)


def test_the_text_lists_as_many_lines_as_fit() -> None:
    assert fitting(["abc", "def", "ghi"], str, space=10) == (["abc", "def"], 1)
    assert fitting(["abc", "def"], str, space=10) == (["abc", "def"], 0)


def test_the_first_line_of_a_list_is_always_shown() -> None:
    assert fitting(["x" * 100], str, space=10) == (["x" * 100], 0)


def test_each_byte_of_a_letter_beyond_ascii_takes_three_bytes_on_the_wire() -> None:
    assert wire_size("aé") == 1 + 2 * 3 + 2


@pytest.mark.parametrize("char", ["\ud800", "\ue000", "\U00100000"], ids=["half a pair", "private", "private, far"])
def test_characters_that_no_font_shows_are_left_out(char: str) -> None:
    assert shown(f"Mia{char} Chen") == "Mia Chen"


def test_a_long_name_is_cut_once() -> None:
    assert named("a.b" + "b" * 100) == "a. " + "b" * (LONGEST - 4) + "…"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Call 555 0199", "Call …"),
        ("Call +1 (555) 010-0199 now", "Call … now"),
        ("Call 030/12345", "Call …"),
        ("Call 1–2–3–4–5", "Call …"),  # noqa: RUF001
        ("Call \u0660\u0661\u0662\u0663\u0664", "Call …"),
        ("Call ①②③④⑤", "Call …"),
        ("Henry 3rd", "Henry 3rd"),
        ("Clinic 24/7", "Clinic 24/7"),
        ("Room 1234", "Room 1234"),
    ],
)
def test_a_name_holds_no_telephone_number(typed: str, expected: str) -> None:
    assert named(typed) == expected


@given(st.text(st.sampled_from("0123456789+-()./ a")))
def test_invariant_no_name_holds_five_digits_in_a_row(typed: str) -> None:
    """INVARIANT: a name in a mail holds no five digits, however they are grouped."""
    assert not re.search(r"\d([\s()./-]*\d){4}", named(typed))


def test_a_name_that_runs_from_right_to_left_is_isolated() -> None:
    name = "\u05d3\u05e0\u05d4"
    assert named(name) == shown(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("550 5.1.1 <mia@clinic.example>: User unknown", "550 5.1.1 … User unknown"),
        ("552 Full. See https://help.example/full", "552 Full. See …"),
        ("5" * 200, "5" * (LONGEST_REASON - 1) + "…"),
    ],
)
def test_what_a_mail_server_said_is_short_and_without_links(said: str, expected: str) -> None:
    assert reason(said) == expected


def test_the_second_line_may_be_the_first_that_does_not_fit() -> None:
    assert fitting(["a" * 10, "b" * 10, "c"], str, 12) == (["a" * 10], 2)
    assert fitting(["a" * 10, "b" * 10], str, 24) == (["a" * 10, "b" * 10], 0)


def test_every_byte_that_is_not_ascii_takes_three() -> None:
    assert (wire_size("A"), wire_size("\u00c0"), wire_size("\x7f")) == (3, 8, 3)


def test_a_scheme_is_found_at_the_end_of_a_long_word_too() -> None:
    assert named(f"{'x' * 200}https://evil.example") == "…"
    assert named(f"{'1' * 70}a:b") == "…"
