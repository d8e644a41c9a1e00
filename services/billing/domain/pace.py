"""Stripe is called at a pace of our own, below what it takes; when it turns a call away all the same, slower a while.

Several processes, and whatever else calls Stripe for the same account, share what it takes without knowing of each
other: each slows down when it is turned away, and comes back little by little.

Source: Stripe's documentation, "Rate limits": 100 requests a second in live mode, 25 in a sandbox; 25 an endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_CATCH_UP: Final = 0.1
"""Seconds of places not taken that may be taken at once: a loop that was busy does not lose its share."""
_SLOWER: Final = 0.7
_ONE_CAUSE: Final = 1.0
"""Seconds: what is turned away so soon after was under way already, and is no news."""
_BACK_IN: Final = 60.0
"""Seconds from standing still to the full pace."""


@dataclass(slots=True)
class Pace:
    """So many calls a second at most; times in seconds of any clock that never goes back."""

    most: float
    _slowed_to: float = field(default=0.0, init=False)
    _slowed_at: float = field(default=float("-inf"), init=False)
    _next: float = field(default=float("-inf"), init=False)

    def rate(self, now: float) -> float:
        """Calls a second, as of now."""
        return min(self.most, self._slowed_to + (now - self._slowed_at) * self.most / _BACK_IN)

    def take_place(self, now: float) -> float:
        """Take the next place; the seconds until it comes."""
        at = max(self._next, now - _CATCH_UP)
        self._next = at + 1 / self.rate(now)
        return max(0.0, at - now)

    def turned_away(self, now: float) -> None:
        """Stripe had too many calls, ours or others'."""
        if now - self._slowed_at >= _ONE_CAUSE:
            self._slowed_to, self._slowed_at = self.rate(now) * _SLOWER, now
