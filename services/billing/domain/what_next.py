"""After a failed call an operation ends with a "no" or waits: a "no" only when nothing changed and trying cannot help.

A decline ends it, and so does a call that Stripe does not accept (never a loop). Silence, faults, locks and limits
wait: nobody is refused for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from contracts.vocabulary import RejectionCode
from services.billing.domain.outcome_of import (
    ActionRequired,
    Declined,
    InvoiceLimit,
    KeptFault,
    KeyMismatch,
    Missing,
    Misused,
    NotDone,
    Outcome,
    Unauthorised,
    Unknown,
)

LIMIT_WAIT: Final = 30.0
"""Seconds between looks at a subscription at its invoice limit: the minute's limit passes soon, the day's in hours."""
KEY_WAIT: Final = 60.0
"""Seconds before we try again when Stripe does not know our key: a person has to act first."""


@dataclass(frozen=True, slots=True)
class Reject:
    """It ends here. `ours`: the cause is our bug or configuration, so the operator is told."""

    code: RejectionCode
    decline_code: str | None = None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """It is tried again, after so many seconds or with the usual back-off. `unknown`: it may have been done."""

    reason: str
    seconds: float | None = None
    unknown: bool = False
    ours: bool = False


def what_next(outcome: Outcome) -> Reject | Wait:  # noqa: PLR0911  one line an outcome
    """What a failed call means for the operation."""
    match outcome:
        case Declined(decline_code):
            return Reject(RejectionCode.PAYMENT_DECLINED, decline_code)
        case ActionRequired():
            return Reject(RejectionCode.PAYMENT_ACTION_REQUIRED)
        case Misused() | Missing():
            return Reject(RejectionCode.INTERNAL_ERROR, ours=True)
        case KeyMismatch() | KeptFault():
            return Wait("stripe_fault", unknown=True)
        case Unknown(reason):
            return Wait(reason, unknown=True)
        case NotDone(reason):
            return Wait(reason)
        case InvoiceLimit():
            return Wait("invoice_limit", LIMIT_WAIT)
        case Unauthorised():
            return Wait("unauthorised", KEY_WAIT, ours=True)
        case _:
            assert_never(outcome)


def what_next_of_opening(outcome: Outcome) -> Reject | Wait:
    """As `what_next`, where what Stripe does not accept may be what the operator typed."""
    match outcome:
        case Misused("resource_missing", param) if param is not None and "payment_method" in param:
            return Reject(RejectionCode.PAYMENT_DECLINED)
        case Misused("email_invalid", _):
            return Reject(RejectionCode.INVALID_REQUEST)
        case _:
            return what_next(outcome)
