"""An agency has 50 API keys at most: one for each of its programs, and a list that a person can still look through."""

from __future__ import annotations

MOST_API_KEYS = 50
"""Programs of a clinic are few; more keys than this are keys that nobody looks after."""


def has_room_for_a_key(held: int) -> bool:
    """Whether an agency that has so many keys may have another one."""
    return held < MOST_API_KEYS
