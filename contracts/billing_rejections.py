"""Rejections about payments, quotes, and the subscription at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.payment_vocabulary import Debt
from contracts.rejection_base import OfCode
from contracts.vocabulary import FrozenReason, RejectionCode, StripeFault

# Billing


@dataclass(frozen=True)
class PaymentDeclined(OfCode):
    """The card was declined. `decline_code` is Stripe's."""

    code = RejectionCode.PAYMENT_DECLINED
    decline_code: str | None = None


@dataclass(frozen=True)
class PaymentActionRequired(OfCode):
    """The bank requires the cardholder to confirm the payment. `decline_code` is Stripe's."""

    code = RejectionCode.PAYMENT_ACTION_REQUIRED
    decline_code: str | None = None


@dataclass(frozen=True)
class PastDue(OfCode):
    """Invoices are unpaid, and until they are paid nothing is changed at Stripe.

    `amount` is their sum, in the smallest unit of `currency`, and `invoices` their number; left out where Stripe makes
    no invoice. `decline_code` is Stripe's, of the last try to charge one.
    """

    code = RejectionCode.PAST_DUE
    decline_code: str | None = None
    amount: int | None = None
    currency: str | None = None
    invoices: int | None = None

    @staticmethod
    def of(debt: Debt | None) -> PastDue:
        """The rejection with what is owed, if that is known."""
        if debt is None:
            return PastDue()
        return PastDue(debt.decline_code, debt.amount, debt.currency, debt.invoices)


@dataclass(frozen=True)
class BillingUnavailable(OfCode):
    """There is no subscription to change, Stripe does not answer, or Stripe accepts no change.

    `frozen`: why the subscription is gone. `fault`: why Stripe accepts no change. `opening`: an agency's opening was
    given up, because Stripe did not complete it within a day.
    """

    code = RejectionCode.BILLING_UNAVAILABLE
    frozen: FrozenReason | None = None
    fault: StripeFault | None = None
    opening: Literal["given_up"] | None = None


@dataclass(frozen=True)
class InvoiceLimit(OfCode):
    """Stripe makes no more invoices for this subscription until `available_at`."""

    code = RejectionCode.INVOICE_LIMIT
    available_at: datetime | None = None


class CustomPrice(OfCode):
    """A seat type has a negotiated price without a price for the other cycle: only the operator can switch it."""

    code = RejectionCode.CUSTOM_PRICE


class PaymentDisputed(OfCode):
    """A payment was disputed, and the bank has decided against it: Auto-Add is paused."""

    code = RejectionCode.PAYMENT_DISPUTED


class QuoteStale(OfCode):
    """The subscription or its price has changed since the quote."""

    code = RejectionCode.QUOTE_STALE


class QuoteExpired(OfCode):
    """The quote is older than its ten minutes, or unknown."""

    code = RejectionCode.QUOTE_EXPIRED


class Superseded(OfCode):
    """A newer quote of the same session has replaced this one."""

    code = RejectionCode.SUPERSEDED


class Stale(OfCode):
    """Between seats and billing only: the subscription is no longer what the purchase started from."""

    code = RejectionCode.STALE
