"""After a failed call, reject the operation or wait: reject only if nothing changed and another attempt cannot help.

A decline rejects it, and so does a call that Stripe does not accept, which would otherwise be repeated forever. People
then read what is wrong: a customer without an address for tax, a missing object, or a request that Stripe refuses.
Timeouts, faults, locks and limits wait: no person's change is rejected for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from contracts.vocabulary import RejectionCode, StripeFault
from services.billing.domain.outcome_of import (
    MANAGED,
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
"""Seconds between attempts at the invoice limit: the minute's limit passes soon, the day's in hours."""
KEY_WAIT: Final = 60.0
"""Seconds between attempts while Stripe does not accept our API key: a person has to act first."""


@dataclass(frozen=True, slots=True)
class Reject:
    """End the operation. `ours`: the cause is our bug or configuration, so it is logged for the operator.

    `fault`: why Stripe accepts no change, with `billing_unavailable`.
    """

    code: RejectionCode
    decline_code: str | None = None
    ours: bool = False
    fault: StripeFault | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after these seconds, or with the usual back-off. `unknown`: the call may have had its effect."""

    reason: str
    seconds: float | None = None
    unknown: bool = False
    ours: bool = False


def what_next(outcome: Outcome) -> Reject | Wait:  # noqa: PLR0911  one line an outcome
    """The consequence of a failed call for its operation."""
    match outcome:
        case Declined(decline_code):
            return Reject(RejectionCode.PAYMENT_DECLINED, decline_code)
        case ActionRequired():
            return Reject(RejectionCode.PAYMENT_ACTION_REQUIRED)
        case Misused() | Missing():
            return Reject(RejectionCode.BILLING_UNAVAILABLE, ours=True, fault=fault_of(outcome))
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


def fault_of(outcome: Misused | Missing) -> StripeFault:
    """The fault of a call that Stripe does not accept.

    Source: Stripe's documentation, "Error codes": `customer_tax_location_invalid`.
    """
    match outcome:
        case Missing():
            return StripeFault.MISSING
        case Misused(code="customer_tax_location_invalid"):
            return StripeFault.TAX_LOCATION
        case Misused(code=code) if code == MANAGED:
            return StripeFault.SCHEDULE
        case Misused():
            return StripeFault.NOT_ACCEPTED
        case _:
            assert_never(outcome)


def what_next_of_opening(outcome: Outcome) -> Reject | Wait:
    """As `what_next`, but a request that Stripe does not accept is the founder's typing error, or a fault of ours."""
    match outcome:
        case Misused("resource_missing", param) if param is not None and "payment_method" in param:
            return Reject(RejectionCode.PAYMENT_DECLINED)
        case Misused("email_invalid", _):
            return Reject(RejectionCode.INVALID_REQUEST)
        case Misused() | Missing():
            return Reject(RejectionCode.INTERNAL_ERROR, ours=True)
        case _:
            return what_next(outcome)
