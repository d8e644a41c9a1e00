"""A declined card in plain words, by Stripe's decline code, the same in mails, on pages and for programs.

Stripe asks merchants (Documentation, "Decline codes") not to reveal that a card was reported lost or stolen, or that a
payment looks like fraud. Those codes read like a decline without a reason, and so does a code that is not listed here.
"""

from __future__ import annotations

from types import MappingProxyType

NO_CARD = "no_card_on_file"
"""Our own code: Stripe gives none when a customer has nothing to charge."""
NO_REASON = "The bank declined the payment and gave no reason. Your bank can tell you why, or use another card."
_WORDS = MappingProxyType(
    {
        NO_CARD: "There is no card on file.",
        "insufficient_funds": "There is not enough money or credit left on the card.",
        "expired_card": "The card has expired.",
        "incorrect_cvc": "The card's security code is wrong.",
        "invalid_cvc": "The card's security code is wrong.",
        "incorrect_number": "The card's number is wrong.",
        "invalid_number": "The card's number is wrong.",
        "invalid_expiry_month": "The card's expiry date is wrong.",
        "invalid_expiry_year": "The card's expiry date is wrong.",
        "incorrect_zip": "The card's postal code is wrong.",
        "card_velocity_exceeded": "The card has reached its limit for now.",
        "withdrawal_count_limit_exceeded": "The card has reached its limit for now.",
        "card_not_supported": "The card does not allow this kind of payment.",
        "transaction_not_allowed": "The card does not allow this kind of payment.",
        "service_not_allowed": "The card does not allow this kind of payment.",
        "currency_not_supported": "The card does not allow payments in this currency.",
        "authentication_required": "The bank wants you to confirm the payment yourself.",
        "authentication_not_handled": "The bank wants you to confirm the payment yourself.",
        "processing_error": "The bank could not process the payment just now.",
        "issuer_not_available": "The bank could not be reached.",
        "try_again_later": "The bank could not process the payment just now.",
        "reenter_transaction": "The bank could not process the payment just now.",
    },
)


def known_decline_reason(decline_code: str | None) -> str | None:
    """One sentence; None for a decline without a reason, or with one that may not be revealed."""
    return _WORDS.get(decline_code or "")


def plain_decline_reason(decline_code: str | None) -> str:
    """One or two sentences for the person who holds the card."""
    return known_decline_reason(decline_code) or NO_REASON
