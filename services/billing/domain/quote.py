"""A quote is the price of one change, good for ten minutes; executed later, or for another change, it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.domain.quote_basis import QuoteBasis
from services.billing.domain.snapshots import StripeInvoiceSnapshot

LIVES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quote promises, and what it takes to keep the promise; cents.

    `invoice_total` is the signed total of the invoice that the change makes; it may come out `may_differ` cents away.
    `proration_date` is the second that Stripe reckoned for. `prices` are those that a switch of the cycle moves to.
    """

    after: Quantities
    cycle_before: BillingCycle
    cycle: BillingCycle
    total_before: int
    total: int
    invoice_total: int
    basis: QuoteBasis
    proration_date: int | None
    may_differ: int = 0
    prices: Mapping[SeatType, str] | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote, asked for (no terms yet) or answered. `is_started`: Stripe is being asked."""

    id: UUID
    agency_id: UUID
    session: str
    requested_at: datetime
    terms: Terms | None = None
    expires_at: datetime | None = None
    is_started: bool = False

    def answered(self, terms: Terms, expires_at: datetime) -> Quote:
        """Stripe has named its price."""
        return replace(self, terms=terms, expires_at=expires_at)


def superseded(quotes: Iterable[Quote], session: str) -> tuple[Quote, ...]:
    """The quotes that a newer one of the same session makes needless: asked for, and not started yet.

    One that is started is let through: it is answered before the newer one, so that no older answer overtakes a newer.
    """
    return tuple(one for one in quotes if one.session == session and one.terms is None and not one.is_started)


def executable(
    quote: Quote | None, after: Quantities | None, cycle: BillingCycle | None, now: datetime
) -> Terms | RejectionCode:
    """The terms for a change to these quantities, or to this cycle; otherwise why there are none.

    A quote that is not the agency's is None here: it is as unknown as one that was never made.
    """
    if quote is None or quote.terms is None or quote.expires_at is None or now >= quote.expires_at:
        return RejectionCode.QUOTE_EXPIRED
    terms = quote.terms
    if cycle is None:
        is_meant = terms.cycle is terms.cycle_before and terms.after == after
    else:
        is_meant = terms.cycle is not terms.cycle_before and terms.cycle is cycle
    return terms if is_meant else RejectionCode.QUOTE_STALE


def differs(terms: Terms, invoice: StripeInvoiceSnapshot | None) -> bool:
    """True when a change came out at another price than promised: Stripe has no compare-and-set to prevent it."""
    return abs((invoice.total if invoice is not None else 0) - terms.invoice_total) > terms.may_differ
