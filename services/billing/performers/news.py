"""News of Stripe's: what its events hint at."""

from __future__ import annotations

from chassis.actor import Attempt, Done


async def gathered(attempt: Attempt) -> Done:
    """Nothing to call: the events about a card have had time to come."""
    return Done(attempt.payload)
