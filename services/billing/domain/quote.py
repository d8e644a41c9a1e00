"""A quote is the price of one change for ten minutes. It cannot be executed later, or for another change."""

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
    """The promise of a quote, with what its execution needs; amounts in cents.

    `invoice_total` is the signed total of the change's invoice, which may differ by `may_differ`. `proration_date` is
    the second for which Stripe calculated the preview. `prices` are those to which a switch of the cycle moves the
    items, or at which the change adds a missing item. `other_total` is the part of `total` for other items than seats.
    `on_account`: Stripe charges no card for the change. `saves_tenth`: the prices of a switch are ten percent apart.
    `ends_at`: the scheduled end of the subscription.
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
    other_total: int = 0
    on_account: bool = False
    currency: str = "usd"
    saves_tenth: bool = False
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote, requested (without terms) or answered. `is_started` is True while its task runs."""

    id: UUID
    agency_id: UUID
    session: str
    requested_at: datetime
    terms: Terms | None = None
    expires_at: datetime | None = None
    is_started: bool = False

    def answered(self, terms: Terms, expires_at: datetime) -> Quote:
        """The quote with Stripe's price."""
        return replace(self, terms=terms, expires_at=expires_at)


def superseded(quotes: Iterable[Quote], session: str) -> tuple[Quote, ...]:
    """The quotes that a newer one of the same session replaces: requested, and not started yet.

    A started quote goes on. It is answered before the newer one, because a session's quotes run one at a time.
    """
    return tuple(quote for quote in quotes if quote.session == session and quote.terms is None and not quote.is_started)


def executable(
    quote: Quote | None, after: Quantities | None, cycle: BillingCycle | None, now: datetime
) -> Terms | RejectionCode:
    """The terms of a change to these quantities, or to this cycle; otherwise the rejection's code.

    `quote` is None for an unknown quote and for another agency's.
    """
    if quote is None or quote.terms is None or quote.expires_at is None or now >= quote.expires_at:
        return RejectionCode.QUOTE_EXPIRED
    terms = quote.terms
    if cycle is None:
        is_same_change = terms.cycle is terms.cycle_before and terms.after == after
    else:
        is_same_change = terms.cycle is not terms.cycle_before and terms.cycle is cycle
    return terms if is_same_change else RejectionCode.QUOTE_STALE


def differs(terms: Terms, invoice: StripeInvoiceSnapshot | None) -> bool:
    """True when a change was charged at another price than promised; Stripe has no compare-and-set to prevent it."""
    return abs((invoice.total if invoice is not None else 0) - terms.invoice_total) > terms.may_differ
