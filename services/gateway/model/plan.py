"""The plan that an agency pays, and its invoices, as billing last published them. Amounts are cents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.billing import OtherItem
from contracts.billing_quotes import TierOfType
from contracts.payment_vocabulary import DisputeState, InvoiceState, PaymentState
from contracts.vocabulary import BillingCycle


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan that an agency pays each cycle. None stands for what billing has not published yet.

    `others` are the items of the subscription that are not seats, and `other_total` is their part of the total.
    `negotiated`: a seat type has a price that is not the catalogue's. `ends_at`: the scheduled end of the subscription.
    `coupons` is what discounts take off a cycle, and `tax` what is added to it.
    """

    cycle: BillingCycle
    total: int | None
    renews_at: datetime | None
    payment_state: PaymentState
    discount: int | None
    balance: int | None
    prices: tuple[TierOfType, ...]
    invoices_today: int | None
    invoices_renew_at: datetime | None
    others: tuple[OtherItem, ...] = ()
    other_total: int = 0
    negotiated: bool = False
    ends_at: datetime | None = None
    coupons: int = 0
    tax: int = 0
    currency: str = "usd"


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in its newest state. `operation_id` is the change that caused it; None for Stripe's renewals.

    `credited` and `refunded` are cents that went back, and `dispute` is where a dispute of its payment stands.
    """

    id: str
    number: str | None
    at: datetime
    total: int
    amount_paid: int
    state: InvoiceState
    url: str | None
    pdf_url: str | None
    operation_id: UUID | None
    credited: int = 0
    refunded: int = 0
    dispute: DisputeState | None = None
    currency: str = "usd"
