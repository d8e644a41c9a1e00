"""The one form of an address: what is accepted, how it is stored, and how people see it."""

import re

import pytest

from contracts.address import DOMAIN_PATTERN, AddressError, parse_address, parse_domain, shown_address, shown_domain

STORED = {
    "nora@lakeside.example": "nora@lakeside.example",
    " Nora@Lakeside.EXAMPLE\r\n": "nora@lakeside.example",
    "nora+phone@lakeside.example": "nora+phone@lakeside.example",
    "o'brien_&co@lakeside.example": "o'brien_&co@lakeside.example",
    "kim@straße.example": "kim@xn--strae-oqa.example",
    "kim@STRASSE.example": "kim@strasse.example",
    "kim@MÜNCHEN.example": "kim@xn--mnchen-3ya.example",
    "kim@mu\u0308nchen.example": "kim@xn--mnchen-3ya.example",
    "kim@XN--STRAE-OQA.example": "kim@xn--strae-oqa.example",
    "kim@日本.example": "kim@xn--wgv71a.example",
    f"{'a' * 64}@lakeside.example": f"{'a' * 64}@lakeside.example",
}
UNUSABLE = [
    "",
    "nora",
    "@lakeside.example",
    "nora@",
    "nora@home@lakeside.example",
    "nora@lakeside",
    "nora@10.0.0.1",
    "nora@[10.0.0.1]",
    "nora@lakeside.example.",
    "nora@-lakeside.example",
    "nora@lake_side.example",
    "nora@lake..side.example",
    "nora@la--ke.example",
    f"nora@{'a' * 64}.example",
    f"nora@{'a.' * 130}example",
    "nora@xn--a.example",
    "nora@\uff4cakeside.example",
    "nora@lakeside。example",
    "nora@lake\u200bside.example",
    "nora@lake\u00adside.example",
    ".nora@lakeside.example",
    "nora.@lakeside.example",
    "no..ra@lakeside.example",
    "no ra@lakeside.example",
    "nora(1)@lakeside.example",
    "(x)nora@lakeside.example",
    '"nora"@lakeside.example',
    '"no\\ra"@lakeside.example',
    "mailto:nora@lakeside.example",
    "Nora <nora@lakeside.example>",
    "jörg@lakeside.example",
    "mar\u212a@lakeside.example",
    "\uff4eora@lakeside.example",
    "no\u202era@lakeside.example",
    "nora@lakeside.example,kim@lakeside.example",
    "no\nra@lakeside.example",
    "no\x00ra@lakeside.example",
    f"{'a' * 65}@lakeside.example",
    f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example",
]


@pytest.mark.parametrize(("typed", "stored"), STORED.items())
def test_an_address_has_one_stored_form(typed: str, stored: str) -> None:
    assert parse_address(typed) == stored


@pytest.mark.parametrize("stored", STORED.values())
def test_the_stored_form_and_the_form_that_people_see_are_the_same_address(stored: str) -> None:
    assert parse_address(stored) == stored
    assert parse_address(shown_address(stored)) == stored


@pytest.mark.parametrize("text", UNUSABLE)
def test_a_text_that_mail_cannot_be_sent_to_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


def test_people_see_a_domain_in_its_own_letters() -> None:
    assert shown_address("kim@xn--strae-oqa.example") == "kim@straße.example"
    assert shown_domain("xn--strae-oqa.example") == "straße.example"
    assert parse_domain("Straße.example ") == "xn--strae-oqa.example"
    assert shown_domain("lakeside.example") == shown_address("lakeside.example") == "lakeside.example"


@pytest.mark.parametrize("label", ["a" * 63, "a" * 64, "-".join("a" * 32), "-".join("a" * 33)])
def test_the_described_form_of_a_domain_has_labels_of_63_characters_at_most(label: str) -> None:
    domain = f"{label}.example"
    described = re.fullmatch(DOMAIN_PATTERN, domain) is not None
    assert described is (len(label) <= 63)
    if described:
        assert parse_domain(domain) == domain
    else:
        with pytest.raises(AddressError):
            parse_domain(domain)
