"""An agency has at most 50 API keys: one for each of its programs, in a list that a person can still read."""

from __future__ import annotations

MOST_API_KEYS = 50
"""A clinic has few programs; more keys than this are keys that nobody looks after."""


def has_room_for_a_key(held: int) -> bool:
    """Whether an agency with so many keys may make another."""
    return held < MOST_API_KEYS
