"""A payment that did not go through: the sentences for programs, for pages and for the activity log."""

from __future__ import annotations

from contracts.amounts import money
from contracts.decline_reasons import NO_CARD, known_decline_reason
from contracts.payment_vocabulary import Debt
from contracts.rejection_base import FiguresJson
from contracts.vocabulary import RejectionCode

CARD_DECLINED = "The card was declined"
BANK_CONFIRMATION = "The bank wants a confirmation"
DISPUTED = "A payment was disputed"
DISPUTE_LOST = (
    "A payment was disputed, and the bank has returned it to the card's owner. Auto-Add buys nothing until an admin"
    " tries again. Settle it with support first."
)
INVOICE_UNPAID = "An invoice is unpaid"
NOTHING_CHARGED = "Nothing was charged and nothing has changed."
BY_CALL = "Open the billing portal (POST /api/v1/billing/portal-sessions), put the card right, then try again."
"""The way out for a program; `BY_PAGE` is the way out for the reader of a page."""
BY_PAGE = "Open the billing portal under Seats & Billing, put the card right, then try again."
PAY_BY_CALL = "Pay it with POST /api/v1/billing/retry, after another card if the bank declines this one."
"""The way out of a debt for a program; `PAY_BY_PAGE` is the one for the reader of a page."""
PAY_BY_PAGE = "Pay it under Seats & Billing, then try again."


def declined(way_out: str) -> str:
    """The card was declined, without a reason; `way_out` is BY_CALL or BY_PAGE."""
    return f"{CARD_DECLINED}; {_inside(NOTHING_CHARGED)} {way_out}"


def declined_because(figures: FiguresJson, way_out: str = BY_CALL) -> str | None:
    """The card was declined, with the bank's reason. None when there is no reason, or none that a person may read."""
    code = str(figures.get("decline_code"))
    why = known_decline_reason(code)
    if why is None:
        return None
    return f"{'' if code == NO_CARD else f'{CARD_DECLINED}. '}{why} {NOTHING_CHARGED} {way_out}"


def confirmation_needed(way_out: str) -> str:
    """The bank wants the payment confirmed; `way_out` is BY_CALL or BY_PAGE."""
    return f"The bank wants the card's owner to confirm the payment; nothing has changed. {way_out}"


def unpaid(way_out: str) -> str:
    """An earlier invoice is unpaid; `way_out` is BY_CALL or BY_PAGE."""
    return f"An earlier invoice is unpaid, so no seat can be bought. {way_out}"


def owed(debt: Debt) -> str:
    """What is owed: $5,382.60 for an unpaid invoice, or for 2 unpaid invoices."""
    invoices = "an unpaid invoice" if debt.invoices == 1 else f"{debt.invoices:,} unpaid invoices"
    return f"{money(debt.amount, debt.currency)} for {invoices}"


def debt_of(figures: FiguresJson) -> Debt | None:
    """What is owed by the figures of a rejection; None where they do not name it."""
    amount, invoices = figures.get("amount"), figures.get("invoices")
    if not isinstance(amount, int) or not isinstance(invoices, int):
        return None
    decline_code = figures.get("decline_code")
    code = str(decline_code) if decline_code is not None else None
    return Debt(invoices, amount, str(figures.get("currency") or "usd"), code)


def past_due(figures: FiguresJson, way_out: str = PAY_BY_CALL) -> str | None:
    """The agency owes this much, and nothing is changed until it is paid. None when the sum is not known."""
    debt = debt_of(figures)
    if debt is None:
        return None
    why = known_decline_reason(debt.decline_code)
    reason = "" if why is None else f" {CARD_DECLINED}. {why}"
    return f"The agency owes {owed(debt)}, so nothing has changed.{reason} {way_out}"


def clause(code: RejectionCode, decline_code: str | None = None) -> str:
    """Why a payment failed, for the inside of a sentence: "the card was declined"."""
    if decline_code == NO_CARD:
        return "there is no card on file"
    if code is RejectionCode.PAYMENT_ACTION_REQUIRED:
        return "the bank wants the payment confirmed"
    return _inside(INVOICE_UNPAID if code is RejectionCode.PAST_DUE else CARD_DECLINED)


def _inside(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
