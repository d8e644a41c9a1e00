"""The one task of seats: a timer. It does nothing outside; that it fires is the whole of it."""

from __future__ import annotations

from pydantic import BaseModel

from chassis.actor import Attempt, Done

PURCHASE_DUE = "purchase_due"
"""The kind of the timer, its lane and its key: an agency has one at most."""


class PurchaseDue(BaseModel, frozen=True):
    """The next purchase may be due. Late, early or twice, the ledger decides again whether it is."""


async def fire(attempt: Attempt) -> Done:
    """The time has come."""
    return Done(attempt.payload)
