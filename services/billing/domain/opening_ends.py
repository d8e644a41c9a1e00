"""An opening that Stripe does not complete within 24 hours is rejected, and undone as soon as Stripe answers.

In its last hour nothing is created any more (`attempt_key.is_forgotten`), so that what is undone is all that there is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

END_AFTER = timedelta(hours=24)


def is_given_up(since: datetime, now: datetime) -> bool:
    """True when an opening that was first tried at `since` waits for Stripe no longer."""
    return now - since >= END_AFTER
