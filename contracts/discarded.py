"""A message that the broker refused and the operator discarded: only its number is published, under a type of its own.

No contract has this type, so a subscriber ignores the message, as any of a type that it does not know, and counts its
number: the agency's later messages are no gap.
"""

from __future__ import annotations


def discarded_type(topic: str) -> str:
    """The type of a discarded message of this topic."""
    return f"{topic.partition('.')[0]}.discarded.v1"
