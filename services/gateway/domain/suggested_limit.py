"""The first limit that is suggested: a quarter more seats than are purchased now, and at least five more."""

from __future__ import annotations

_AT_LEAST = 5
_PART = 4


def suggested_limit(purchased: int) -> int:
    """The suggested limit of seats in all."""
    return purchased + max(_AT_LEAST, -(-purchased // _PART))
