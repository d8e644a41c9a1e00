"""A list on an open page keeps its order; the page shows how many rows a new order would change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)


def changes(shown: Sequence[Row], now: Sequence[Row]) -> int:
    """How many rows of the present list are new, have moved against the list shown, or are gone.

    Rows that left the end of the page only to make room for new rows are not counted.
    """
    place = {row: at for at, row in enumerate(shown)}
    kept = [place[row] for row in now if row in place]
    new = len(now) - len(kept)
    gone = len(shown) - len(kept)
    return new + len(kept) - _longest_rising(kept) + max(0, gone - new)


def _longest_rising(places: Sequence[int]) -> int:
    """The length of the longest rising subsequence: the rows that need not move."""
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)
