"""What must not happen, and is told when it does: an error in the log and a count for whoever watches.

Each is named in docs/operations.md with what to do about it.
"""

from __future__ import annotations

from enum import StrEnum

import structlog
from prometheus_client import Counter

log = structlog.get_logger(__name__)

INCIDENTS = Counter("headcount_billing_incidents", "What must not happen at Stripe, and did", ["what"])


class Incident(StrEnum):
    """What it was."""

    CHARGE_DIFFERS = "charge_differs"
    """A change was made at another price than its quote's: somebody edited the subscription within the check."""
    EDITED_MEANWHILE = "edited_meanwhile"
    """What somebody edited between our look and our update is overwritten."""
    PERIODS_DIFFER = "periods_differ"
    """The items of a subscription are not paid for the same period."""


def report(what: Incident, operation_id: object) -> None:
    """Tell of it."""
    INCIDENTS.labels(what.value).inc()
    log.error("billing.incident", kind=what.value, operation_id=str(operation_id))
