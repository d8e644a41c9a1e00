"""Give a failed call to Stripe one of ten meanings; `what_next.py` decides from the meaning what to do.

Source: Stripe's documentation, "Error handling", "Idempotent requests" and "Rate limits".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.decline_reasons import NO_CARD

_NOT_FOUND: Final = 404
_PAYMENT_REQUIRED: Final = 402
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_UNAUTHORISED: Final = frozenset({401, 403})
_AUTHENTICATION_CODES: Final = frozenset(
    {
        "authentication_required",
        "invoice_payment_intent_requires_action",
        "payment_intent_action_required",
        "subscription_payment_intent_requires_action",
    },
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call's answer; `status` is None when there was no answer.

    `replayed` is True when Stripe repeated the answer that it had kept for our idempotency key. `limited` is the header
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
    """The bank declined the card, or there is none. Final: nothing changed."""

    decline_code: str | None


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The cardholder must authenticate. Final: nothing changed."""


MANAGED: Final = "managed_by_a_schedule"
"""Our own code: Stripe gives none when a schedule manages the items that an update would change."""


@dataclass(frozen=True, slots=True)
class Misused:
    """Stripe does not accept the request: our bug or a wrong configuration. Another attempt cannot help."""

    code: str | None
    param: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """The object that the request names does not exist, or not any more."""


@dataclass(frozen=True, slots=True)
class KeyMismatch:
    """The idempotency key was used with other parameters: only a read shows what that call did."""


@dataclass(frozen=True, slots=True)
class KeptFault:
    """Stripe keeps a 5xx for our key and repeats it: that call is over, and only a read shows what it did."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call may have had its effect, or have it later. Only the same key is safe."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Stripe rejected the call before it began."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvoiceLimit:
    """The subscription has had 20 invoices in a day or 10 in a minute. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """Stripe does not know our API key, or the key may not make this call."""


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
        case status if status in _UNAUTHORISED:
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
    if _AUTHENTICATION_CODES & {failure.code, failure.decline_code}:
        return ActionRequired()
    return Declined(failure.decline_code or failure.code)


def _limit_outcome(failure: Failure) -> Outcome:
    if failure.code == "lock_timeout":
        return NotDone("lock_timeout")
    # Only a subscription's own limit has this reason; the limits of the account have others and pass in seconds.
    return InvoiceLimit() if failure.limited == "resource-specific" else NotDone("rate_limit")


def _request_outcome(failure: Failure, status: int) -> Outcome:
    if failure.type == "idempotency_error":
        return KeyMismatch()
    if status == _NOT_FOUND:
        return Missing()
    if failure.code == "resource_missing" and failure.param is None:
        # Stripe names no parameter when the customer's card is missing.
        return Declined(NO_CARD)
    return Misused(failure.code, failure.param)
