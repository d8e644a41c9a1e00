"""A list of people in a mail shows as many as fit and counts the rest, so that a whole mail stays below 30 kB.

The HTML part shows as many as fit on a phone's screen, the text part a whole clinic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Line = TypeVar("Line")
IN_HTML = 5
"""Lines of the HTML part."""
IN_TEXT = 12_000
"""Bytes of the text part: enough for some 250 clinicians with ordinary names."""


def first_few(lines: Sequence[Line], most: int = IN_HTML) -> tuple[Sequence[Line], int]:
    """The lines to show, and how many more there are. A single remaining line is shown: never "and 1 more"."""
    if len(lines) <= most + 1:
        return lines, 0
    return lines[:most], len(lines) - most


def fitting(lines: Sequence[Line], words: Callable[[Line], str], space: int = IN_TEXT) -> tuple[Sequence[Line], int]:
    """The lines that fit into `space` bytes on the wire, at least one, and how many more there are."""
    left = space
    for index, line in enumerate(lines):
        left -= wire_size(words(line))
        if left < 0 and index > 0:
            return lines[:index], len(lines) - index
    return lines, 0


def wire_size(text: str) -> int:
    """Bytes of a line in quoted-printable: three for each byte that is not ASCII."""
    return sum(1 if byte < 128 else 3 for byte in text.encode()) + 2  # noqa: PLR2004  where ASCII ends
