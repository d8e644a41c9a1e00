"""A search finds the help sections that hold every word of it, in any order and case; those whose title does first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_WORDS = 12
_AROUND = 70


@dataclass(frozen=True, slots=True)
class Searched:
    """A section as the search reads it: its title, and all of its words."""

    title: str
    text: str


def help_search(query: str, sections: Sequence[Searched]) -> tuple[int, ...]:
    """The places of the sections that match; none for an empty query."""
    words = query.casefold().split()[:MOST_WORDS]
    if not words:
        return ()
    matches = [
        (not all(word in section.title.casefold() for word in words), place)
        for place, section in enumerate(sections)
        if all(word in f"{section.title} {section.text}".casefold() for word in words)
    ]
    return tuple(place for _, place in sorted(matches))


def excerpt(query: str, text: str) -> str:
    """The part of a text around the query's first word, cut at words."""
    words = query.casefold().split()[:MOST_WORDS]
    at = max(0, text.casefold().find(words[0])) if words else 0
    start = 0 if at <= _AROUND else text.rfind(" ", 0, at - _AROUND) + 1
    end = text.find(" ", at + _AROUND)
    cut = text[start:] if end < 0 else f"{text[start:end]} …"
    return f"… {cut}" if start else cut
