"""The words of one rejection: a title, and a sentence that may name figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.rejection_base import FiguresJson


@dataclass(frozen=True, slots=True)
class Problem:
    """The words of one rejection code.

    `sentence` may name figures, and `without` replaces it when one of them is missing. `with_figures` comes first: it
    makes a sentence of its own from the figures, or None when they are not those that it needs.
    """

    title: str
    sentence: str
    without: str | None = None
    with_figures: Callable[[FiguresJson], str | None] = lambda _figures: None

    def detail(self, figures: FiguresJson) -> str:
        """The sentence for a person, with the figures in it."""
        if (sentence := self.with_figures(figures)) is not None:
            return sentence
        known = {name: value for name, value in figures.items() if value is not None}
        try:
            return self.sentence.format_map(known)
        except KeyError:
            return self.without or self.sentence.partition(" {")[0].rstrip(":,;") + "."
