"""Names and addresses as the member list searches and sorts them, made with ICU.

Search compares plain letters: "lukasz" finds Łukasz, "soren" finds Søren, and any apostrophe or none finds O'Brien. The
order is that of the agency's language: å is beside a in English and behind z in Swedish.

The keys are stored with the member, so that a list reads one index. A newer ICU may order names differently: names that
were stored before keep their place until the read model is rebuilt.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from icu import Collator, Locale, Transliterator

from contracts.address import shown_address

_PLAIN = Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower")
_APOSTROPHES = str.maketrans("", "", "'`\u00b4")


def plain_letters(text: str) -> str:
    """The text in plain, lower-case letters, without apostrophes and unseen signs; what has no plain form stays."""
    if not text.isascii():
        plain: str = _PLAIN.transliterate(text)
        text = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return text.lower().translate(_APOSTROPHES)


def plain_address(email: str) -> str:
    """The text in which a search for an address looks: as it is stored, and as people read it."""
    return "\n".join(dict.fromkeys((plain_letters(email), plain_letters(shown_address(email)))))


def sort_key(name: str, locale: str) -> bytes:
    """The bytes by which a name is sorted in this language; ICU's root order for a language that it does not know."""
    key: bytes = _collator(locale).getSortKey(name)
    return key


@lru_cache(maxsize=64)
def _collator(locale: str) -> Collator:
    return Collator.createInstance(Locale.forLanguageTag(locale))
