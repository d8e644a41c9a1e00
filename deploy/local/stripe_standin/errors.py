"""The errors of Stripe's API, in Stripe's shape (`error.type`, `code`, `decline_code`, `param`, `message`)."""

from dataclasses import dataclass, field
from typing import Any, Literal

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


@dataclass(eq=False)
class StripeError(Exception):
    """A response other than 200.

    `kept` is whether the response is stored under the request's idempotency key: Stripe stores the response of an
    endpoint that has begun (402 and 500 included), but not an error from before it began (an invalid parameter, a rate
    limit, a lock). `changed` is whether the changes made before the error are kept.
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
        fields = {
            "type": self.type,
            "code": self.code,
            "decline_code": self.decline_code,
            "param": self.param,
            "message": self.message,
            "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}" if self.code else None,
        }
        return {"error": {name: value for name, value in fields.items() if value is not None}}


def no_such(noun: str, object_id: str, *, param: str = "id", in_path: bool = False) -> StripeError:
    """The error for an unknown id: 404 if the id is in the path, 400 if it is in a parameter."""
    return StripeError(404 if in_path else 400, f"No such {noun}: '{object_id}'", code="resource_missing", param=param)


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """The error for a valid request that is impossible in the objects' current state."""
    return StripeError(400, message, code=code, param=param)


def bad_parameter(message: str, *, param: str, code: str) -> StripeError:
    """The error for an invalid parameter, from before the endpoint begins: the idempotency key stays unused."""
    return StripeError(400, message, code=code, param=param, kept=False)


# Stripe's messages for the declines of its test cards; any other decline code gets the general message.
_DECLINE_SENTENCES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
# Declines that Stripe reports under their own code; every other decline is `card_declined`.
_OWN_CODE = frozenset({"expired_card", "incorrect_cvc", "processing_error"})


def card_declined(decline_code: str) -> StripeError:
    """The 402 for a declined card, with the bank's reason in `decline_code`."""
    return StripeError(
        402,
        _DECLINE_SENTENCES.get(decline_code, "Your card was declined."),
        type="card_error",
        code=decline_code if decline_code in _OWN_CODE else "card_declined",
        decline_code=decline_code,
    )


# Stripe's codes for a payment that waits for the cardholder: of a subscription's change, and of an invoice by itself.
# [Error codes; stripe/stripe-node#628]
AUTHENTICATION_REQUIRED = "subscription_payment_intent_requires_action"
INVOICE_AUTHENTICATION_REQUIRED = "invoice_payment_intent_requires_action"
AUTHENTICATION_CODES = frozenset({AUTHENTICATION_REQUIRED, INVOICE_AUTHENTICATION_REQUIRED})


def action_required(*, of_update: bool = True) -> StripeError:
    """The 402 for a payment that needs the cardholder's authentication."""
    if of_update:
        message = (
            "Payment for this subscription requires additional user action before it can be completed successfully."
            " Payment can be completed using the PaymentIntent associated with `latest_invoice`."
        )
        return StripeError(402, message, type="card_error", code=AUTHENTICATION_REQUIRED)
    message = (
        "This payment requires additional user action before it can be completed successfully. Payment can be"
        " completed using the PaymentIntent associated with the invoice."
    )
    return StripeError(402, message, type="card_error", code=INVOICE_AUTHENTICATION_REQUIRED)


def authentication_declined() -> StripeError:
    """The 402 for a payment without the cardholder that needs their authentication."""
    message = "Your card was declined. This transaction requires authentication."
    return StripeError(
        402, message, type="card_error", code="authentication_required", decline_code="authentication_required"
    )


def lock_timeout(object_id: str) -> StripeError:
    """The 429 for a write to an object that another request is writing."""
    return StripeError(
        429,
        f"This object cannot be accessed right now because another API request or Stripe process is currently"
        f" accessing it: {object_id}. Send the request again later.",
        code="lock_timeout",
        kept=False,
    )


def rate_limited(message: str, reason: str) -> StripeError:
    """The 429 for an exceeded limit; `reason` is the value of the header `Stripe-Rate-Limited-Reason`."""
    return StripeError(429, message, code="rate_limit", kept=False, headers={"Stripe-Rate-Limited-Reason": reason})
