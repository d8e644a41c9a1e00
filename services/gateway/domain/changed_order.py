"""A list that somebody looks at keeps its order; how much another order would change is counted, and waits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)


def changes(shown: Sequence[Row], now: Sequence[Row]) -> int:
    """How many rows of the list as it is now are new or stand elsewhere than in the one shown, or are gone.

    Rows that only slid off the page's end to make room for new ones are not counted.
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
