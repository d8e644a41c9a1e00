"""The help center's own words, beside its pages."""

from __future__ import annotations

from contracts.wording import counted, isolated


def results(count: int, q: str) -> str:
    """How many sections a search has found."""
    return f"Nothing matches “{isolated(q)}”" if not count else f"{counted(count, 'result')} for “{isolated(q)}”"
