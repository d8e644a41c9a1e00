"""Each way in which a call to Stripe can fail has one of ten meanings, and what may be done next follows from it.

Source: Stripe's documentation, "Error handling", "Idempotent requests" and "Rate limits".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NOT_FOUND: Final = 404
_PAYMENT_REQUIRED: Final = 402
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_NOT_LET_IN: Final = frozenset({401, 403})
_WANTS_AUTHENTICATION: Final = frozenset(
    {"authentication_required", "subscription_payment_intent_requires_action", "payment_intent_action_required"},
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call as it came back; `status` is None when nothing came back at all.

    `replayed`: Stripe gave the answer that it kept for our idempotency key. `limited` is what it names in the header
    `Stripe-Rate-Limited-Reason`.
    """

    status: int | None
    type: str | None = None
    code: str | None = None
    decline_code: str | None = None
    param: str | None = None
    replayed: bool = False
    limited: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank said no, or there is no card: definitive, nothing changed."""

    decline_code: str | None


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The cardholder must authenticate: definitive, nothing changed."""


@dataclass(frozen=True, slots=True)
class Misused:
    """Stripe does not accept what we sent: our bug or a wrong configuration. Sending it again cannot help."""

    code: str | None
    param: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """The object that we named is not there, or is there no more."""


@dataclass(frozen=True, slots=True)
class KeyMismatch:
    """The idempotency key was used with other parameters: what that call did can only be read."""


@dataclass(frozen=True, slots=True)
class KeptFault:
    """Stripe keeps a 5xx for our key and will repeat it: that call is over, and what it did can only be read."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done, or be done yet. Only the same key is safe."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Stripe turned the call away before it began."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvoiceLimit:
    """The subscription has had its 20 invoices of the day, or its 10 of the minute. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """Stripe does not know our key, or does not let it do this."""


Outcome = (
    Declined
    | ActionRequired
    | Misused
    | Missing
    | KeyMismatch
    | KeptFault
    | Unknown
    | NotDone
    | InvoiceLimit
    | Unauthorised
)


def outcome_of(failure: Failure) -> Outcome:  # noqa: PLR0911  one line a status
    """The meaning of a failed call."""
    match failure.status:
        case None:
            return Unknown("no_answer")
        case status if status in _NOT_LET_IN:
            return Unauthorised()
        case status if status == _PAYMENT_REQUIRED:
            return _card_outcome(failure)
        case status if status == _TOO_MANY or failure.code == "rate_limit":
            return _limit_outcome(failure)
        case status if status == _CONFLICT:
            return Unknown("same_call_under_way")
        case status if status >= _SERVER_FAULT:
            return KeptFault() if failure.replayed else Unknown("stripe_fault")
        case status:
            return _request_outcome(failure, status)


def _card_outcome(failure: Failure) -> Outcome:
    if _WANTS_AUTHENTICATION & {failure.code, failure.decline_code}:
        return ActionRequired()
    return Declined(failure.decline_code or failure.code)


def _limit_outcome(failure: Failure) -> Outcome:
    if failure.code == "lock_timeout":
        return NotDone("lock_timeout")
    # Only a limit of the one subscription is named so; the account's own limits bear other reasons and pass in seconds.
    return InvoiceLimit() if failure.limited == "resource-specific" else NotDone("rate_limit")


def _request_outcome(failure: Failure, status: int) -> Outcome:
    if failure.type == "idempotency_error":
        return KeyMismatch()
    if status == _NOT_FOUND:
        return Missing()
    if failure.code == "resource_missing" and failure.param is None:
        # Stripe names no parameter when what is missing is the customer's card.
        return Declined(None)
    return Misused(failure.code, failure.param)
