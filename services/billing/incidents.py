"""Report what must not happen at Stripe and did: an error in the log, and a counter for alerts.

docs/operations.md tells the operator what to do about each incident.
"""

from __future__ import annotations

from enum import StrEnum

import structlog
from prometheus_client import Counter

log = structlog.get_logger(__name__)

INCIDENTS = Counter("headcount_billing_incidents", "What must not happen at Stripe, and did", ["what"])


class Incident(StrEnum):
    """The kinds of incident."""

    CHARGE_DIFFERS = "charge_differs"
    """A change was charged at another price than its quote's: somebody edited the subscription after our check."""
    EDITED_MEANWHILE = "edited_meanwhile"
    """Our update has overwritten quantities that somebody set after our check."""
    PERIODS_DIFFER = "periods_differ"
    """The items of a subscription are paid for different periods."""
    NOT_UNDONE = "not_undone"
    """For a day Stripe has refused to undo a change that was not paid, so that the tries have ended."""


def report(incident: Incident, operation_id: object) -> None:
    """Count and log the incident."""
    INCIDENTS.labels(incident.value).inc()
    log.error("billing.incident", kind=incident.value, operation_id=str(operation_id))
