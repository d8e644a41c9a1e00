"""The tasks of seats: the next purchase may start, the longest wait is to be looked at, a long line goes on.

Another timer follows a reduction that waits for the renewal.
"""

from __future__ import annotations

from pydantic import BaseModel

from chassis.actor import Attempt, Done

PURCHASE_DUE = "purchase_due"
"""The timer's kind, lane and key. The key allows one timer per agency."""


class PurchaseDue(BaseModel, frozen=True):
    """The timer's payload. The ledger decides again whether a purchase is due, so firing twice is harmless."""


WAIT_DUE = "wait_due"
"""The other timer's kind, lane and key."""


class WaitDue(BaseModel, frozen=True):
    """The timer's payload. The line decides again whether a wait is too long, so firing twice is harmless."""


LINE_DUE = "line_due"
"""The kind, lane and key of the task that goes on with a line which is too long for one transaction."""


class LineDue(BaseModel, frozen=True):
    """The task's payload. The ledger and the line decide again who is served, so running twice is harmless."""


REDUCTION_DUE = "reduction_due"
"""The kind, lane and key of the timer of a reduction that waits for the renewal."""


class ReductionDue(BaseModel, frozen=True):
    """The timer's payload. The ledger decides again what is due, so firing twice is harmless."""


async def fire(attempt: Attempt) -> Done:
    """Pass the payload on; the timer does nothing outside of the transaction."""
    return Done(attempt.payload)
