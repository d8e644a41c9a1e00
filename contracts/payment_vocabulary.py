"""Values of invoices and payments that all services share.

Standard library only, so that a domain rule may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lapse(StrEnum):
    """Why a change that waited for the payment of its invoice is undone.

    EXPIRED: the payment was not confirmed in time. REPLACED: another change at Stripe took its place.
    CANCELED: an admin canceled it. UNANSWERED: Stripe did not answer for 24 hours, so that it is undone later.
    DECLINED: the bank did not pay its invoice.
    """

    EXPIRED = "expired"
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"
    REPLACED = "replaced"
    ENDED = "ended"
    CANCELED = "canceled"
    UNANSWERED = "unanswered"
    DECLINED = "declined"


class PaymentState(StrEnum):
    """Whether the agency has paid what it owes."""

    OK = "ok"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"


class InvoiceState(StrEnum):
    """Stripe's states of an invoice."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class Reversal(StrEnum):
    """How money of an invoice went back, or may go back."""

    REFUND = "refund"
    CREDIT_NOTE = "credit_note"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class DisputeState(StrEnum):
    """Where a dispute of a payment stands. LOST: the bank keeps the money that it took back."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Debt:
    """The debt of an agency: so many unpaid invoices, and their sum in the smallest unit of the currency.

    `decline_code` is Stripe's, of the last try to charge the oldest one; None while no try of ours was declined.
    """

    invoices: int
    amount: int
    currency: str = "usd"
    decline_code: str | None = None
