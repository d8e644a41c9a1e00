"""A typed name is one line of text that can be seen: unseen characters are dropped, and blanks become one.

Control characters, and those that turn the direction of a text, would let a name rewrite the sentence around it. A name
without anything to see would look like no name.
"""

from __future__ import annotations

import unicodedata

from contracts.vocabulary import TEXT_MAX

WORDS_MAX = TEXT_MAX
SEARCH_MAX = 200
"""The most characters of what people search for."""
_JOINERS = "\u200c\u200d"
"""Persian, Hindi and Sinhala names are written with them."""
_SELECTORS = (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(map(chr, _SELECTORS))
"""Letters and marks that draw nothing: fillers, a blank of Braille, and the selectors of another drawing."""
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})


def typed_words(text: str) -> str | None:
    """The text as it is kept, in Unicode's composed form (NFC); None when nothing of it can be seen."""
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    kept = "".join(char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _DROPPED)
    line = unicodedata.normalize("NFC", " ".join(kept.split()))
    return line if any(map(is_seen, line)) else None


def is_seen(char: str) -> bool:
    """Whether a person sees this character."""
    category = unicodedata.category(char)
    return category[0] != "Z" and category not in _DROPPED and char not in _BLANK
