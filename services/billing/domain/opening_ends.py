"""An opening that Stripe does not complete within 24 hours is rejected, and undone as soon as Stripe answers.

In its last hour nothing is created any more (`attempt_key.is_forgotten`), so that what is undone is all that there is.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.domain import stripe_timeout


def is_given_up(since: datetime, now: datetime) -> bool:
    """True when an opening that was first tried at `since` waits for Stripe no longer."""
    return stripe_timeout.is_given_up(since, now)
