"""A list of people in a mail shows as many as fit and counts the rest, so that a whole mail stays below 30 kB.

The HTML part shows as many as fit on a phone's screen, the text part the first 50.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Line = TypeVar("Line")
IN_HTML = 5
"""Lines of the HTML part."""
IN_TEXT = 12_000
"""Bytes of the text part: more than the first 50 clinicians need, unless their names are very long."""


def first_few(lines: Sequence[Line], most: int = IN_HTML, more: int = 0) -> tuple[Sequence[Line], int]:
    """The lines to show, and how many others there are: a single remaining line is shown, never "and 1 more".

    `more` are people beyond these lines, whom no line names.
    """
    if len(lines) + more <= most + 1:
        return lines, more
    return lines[:most], len(lines) + more - most


def fitting(
    lines: Sequence[Line], words: Callable[[Line], str], space: int = IN_TEXT, more: int = 0
) -> tuple[Sequence[Line], int]:
    """The lines that fit into `space` bytes on the wire, at least one, and how many others there are with `more`."""
    left = space
    for index, line in enumerate(lines):
        left -= wire_size(words(line))
        if left < 0 and index > 0:
            return lines[:index], len(lines) - index + more
    return lines, more


def wire_size(text: str) -> int:
    """Bytes of a line in quoted-printable: three for each byte that is not ASCII."""
    return sum(1 if byte < 128 else 3 for byte in text.encode()) + 2  # noqa: PLR2004  where ASCII ends
