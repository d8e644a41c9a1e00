"""A payment that did not go through: the sentences for programs, for pages and for the activity log."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.vocabulary import RejectionCode
from services.gateway.texts.figures import Figures

CARD_DECLINED = "The card was declined"
BANK_CONFIRMATION = "The bank wants a confirmation"
INVOICE_UNPAID = "An invoice is unpaid"
NOTHING_CHARGED = "Nothing was charged and nothing has changed."
BY_CALL = "Open the billing portal (POST /api/v1/billing/portal-sessions), put the card right, then try again."
"""The way out for a program; `BY_PAGE` is the way out for the reader of a page."""
BY_PAGE = "Open the billing portal under Seats & Billing, put the card right, then try again."
_NOT_THIS_KIND = "it does not allow this kind of payment"
_BANK_FAILED = "the bank could not process the payment just now"
_DECLINE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "insufficient_funds": "there is not enough money or credit left on it",
        "expired_card": "it has expired",
        "incorrect_cvc": "its security code is wrong",
        "card_velocity_exceeded": "it has reached its limit for now",
        "card_not_supported": _NOT_THIS_KIND,
        "transaction_not_allowed": _NOT_THIS_KIND,
        "processing_error": _BANK_FAILED,
        "issuer_not_available": "the bank could not be reached",
        "try_again_later": _BANK_FAILED,
    }
)
"""Stripe asks to tell nobody that a card was reported lost or stolen ("Decline codes"): those are not here."""


def declined(way_out: str) -> str:
    """The card was declined, without a reason; `way_out` is BY_CALL or BY_PAGE."""
    return f"{CARD_DECLINED}; {_inside(NOTHING_CHARGED)} {way_out}"


def declined_because(figures: Figures) -> str | None:
    """The card was declined, with the bank's reason. None when there is no reason, or none that may be told."""
    why = _DECLINE_REASONS.get(str(figures.get("decline_code")))
    return None if why is None else f"{CARD_DECLINED}: {why}. {NOTHING_CHARGED} {BY_CALL}"


def confirmation_needed(way_out: str) -> str:
    """The bank wants the payment confirmed; `way_out` is BY_CALL or BY_PAGE."""
    return f"The bank wants the card's owner to confirm the payment; nothing has changed. {way_out}"


def unpaid(way_out: str) -> str:
    """An earlier invoice is unpaid; `way_out` is BY_CALL or BY_PAGE."""
    return f"An earlier invoice is unpaid, so no seat can be bought. {way_out}"


def clause(code: RejectionCode) -> str:
    """Why a payment failed, for the inside of a sentence: "the card was declined"."""
    if code is RejectionCode.PAYMENT_ACTION_REQUIRED:
        return "the bank wants the payment confirmed"
    return _inside(INVOICE_UNPAID if code is RejectionCode.PAST_DUE else CARD_DECLINED)


def _inside(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
