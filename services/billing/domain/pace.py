"""Call Stripe at a pace below its limits, and at a slower pace for a while after it has rejected a call.

Several processes share one account's limits without knowing of each other. Each slows down when Stripe rejects one of
its calls, and returns to its full pace little by little.

Source: Stripe's documentation, "Rate limits": 100 requests a second in live mode, 25 in a sandbox; 25 an endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_CATCH_UP: Final = 0.1
"""Seconds of unused places that may be used at once, so that a busy event loop does not lose its share."""
_SLOWER: Final = 0.7
_ONE_CAUSE: Final = 1.0
"""Seconds: a call rejected so soon after another was already under way, and slows nothing further."""
_BACK_IN: Final = 60.0
"""Seconds from no pace to the full pace."""


@dataclass(slots=True)
class Pace:
    """At most this many calls a second; times are seconds of any clock that never goes back."""

    most: float
    _slowed_to: float = field(default=0.0, init=False)
    _slowed_at: float = field(default=float("-inf"), init=False)
    _next: float = field(default=float("-inf"), init=False)

    def rate(self, now: float) -> float:
        """The calls a second that are allowed now."""
        return min(self.most, self._slowed_to + (now - self._slowed_at) * self.most / _BACK_IN)

    def take_place(self, now: float) -> float:
        """Reserve the next place; the seconds until it comes."""
        at = max(self._next, now - _CATCH_UP)
        self._next = at + 1 / self.rate(now)
        return max(0.0, at - now)

    def turned_away(self, now: float) -> None:
        """Slow down: Stripe has rejected a call for a rate limit."""
        if now - self._slowed_at >= _ONE_CAUSE:
            self._slowed_to, self._slowed_at = self.rate(now) * _SLOWER, now
