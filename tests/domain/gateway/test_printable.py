"""A printed record shows every character that was typed."""

from services.gateway.domain.printable import files_for, printable

RANGES = {"a.woff2": "U+4e00-4eff,U+5f20", "b.woff2": "U+AC00-D7A3", "c.woff2": "U+4e00-9fff"}


def test_a_character_that_no_typeface_has_is_printed_as_its_number() -> None:
    assert printable("Zo\u00eb \U0001f642 x", lambda code: code < 0x100) == "Zo\u00eb [U+1F642] x"
    assert printable("\u6f22", lambda _: False) == "[U+6F22]"


def test_a_text_needs_the_first_file_that_has_each_of_its_characters_and_each_file_once() -> None:
    assert files_for("\uac01 \u4e01\u5f20\u4e02", RANGES) == ("b.woff2", "a.woff2")
    assert files_for("\u9000", RANGES) == ("c.woff2",)


def test_plain_letters_need_no_file() -> None:
    assert files_for("Ada Park", RANGES) == ()
