"""Every "no" that Stripe's API says, in Stripe's shape (`error.type`, `code`, `decline_code`, `param`, `message`)."""

from dataclasses import dataclass, field
from typing import Any, Literal

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


@dataclass(eq=False)
class StripeError(Exception):
    """An answer other than 200.

    `kept` says whether the answer is remembered under the request's idempotency key: Stripe keeps what an endpoint
    answered once it had begun (402 and 500 included), and forgets what stopped it from beginning (a parameter that
    does not validate, a rate limit, a lock). `changed` says that what was done before it stands all the same.
    """

    status: int
    message: str
    type: ErrorType = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    decline_code: str | None = None
    kept: bool = True
    changed: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return Stripe's error object; fields that do not apply are absent, as at Stripe."""
        told = {
            "type": self.type,
            "code": self.code,
            "decline_code": self.decline_code,
            "param": self.param,
            "message": self.message,
            "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}" if self.code else None,
        }
        return {"error": {name: value for name, value in told.items() if value is not None}}


def no_such(noun: str, object_id: str, *, param: str = "id", in_path: bool = False) -> StripeError:
    """Say that an id names nothing: 404 when it stood in the address, 400 when it stood in a parameter."""
    return StripeError(404 if in_path else 400, f"No such {noun}: '{object_id}'", code="resource_missing", param=param)


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """Refuse what validates but makes no sense for the objects as they are."""
    return StripeError(400, message, code=code, param=param)


def bad_parameter(message: str, *, param: str, code: str) -> StripeError:
    """Refuse a parameter before the endpoint begins, so that the idempotency key stays unused."""
    return StripeError(400, message, code=code, param=param, kept=False)


# Stripe's sentences for the declines that its test cards produce; any other decline code gets the general one.
_DECLINE_SENTENCES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
# Declines that Stripe reports under a code of their own; every other one is `card_declined`.
_OWN_CODE = frozenset({"expired_card", "incorrect_cvc", "processing_error"})


def card_declined(decline_code: str) -> StripeError:
    """Say that the bank declined: 402 with the bank's reason in `decline_code`."""
    return StripeError(
        402,
        _DECLINE_SENTENCES.get(decline_code, "Your card was declined."),
        type="card_error",
        code=decline_code if decline_code in _OWN_CODE else "card_declined",
        decline_code=decline_code,
    )


# The code under which Stripe says that a subscription's payment waits for its cardholder.
WANTS_AUTHENTICATION = "subscription_payment_intent_requires_action"


def action_required() -> StripeError:
    """Say that the cardholder must authenticate before this subscription's payment can complete."""
    return StripeError(
        402,
        "Payment for this subscription requires additional user action before it can be completed successfully."
        " Payment can be completed using the PaymentIntent associated with `latest_invoice`.",
        type="card_error",
        code=WANTS_AUTHENTICATION,
    )


def lock_timeout(object_id: str) -> StripeError:
    """Refuse a write to an object that another request is writing."""
    return StripeError(
        429,
        f"This object cannot be accessed right now because another API request or Stripe process is currently"
        f" accessing it: {object_id}. Send the request again later.",
        code="lock_timeout",
        kept=False,
    )


def rate_limited(message: str, reason: str) -> StripeError:
    """Refuse for a limit; `reason` is what Stripe names in the header `Stripe-Rate-Limited-Reason`."""
    return StripeError(429, message, code="rate_limit", kept=False, headers={"Stripe-Rate-Limited-Reason": reason})
