"""The replies of billing to a request for a quote: Stripe's preview of a change, or why there is none."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import (
    Code,
    Count,
    Payload,
    Rejected,
    Reply,
    Seats,
    Words,
)
from contracts.vocabulary import (
    BillingCycle,
    RejectionCode,
    SeatType,
)

MOST_LINES = 250
"""Lines of a quote, of the change and pending: more become one, with their sum."""


class QuoteLine(Payload):
    """A line of the invoice that a change would make; `amount` in cents, negative for a credit."""

    description: Words
    amount: int
    seat_type: SeatType | None = None
    proration: bool = False
    quantity: int | None = None


class TierOfType(Payload):
    """The volume price of one seat type at a quantity, in cents per seat and cycle, and the next tier if it is near."""

    seat_type: SeatType
    quantity: Count
    unit_amount: int
    list_amount: int
    next_from: int | None = None
    next_unit_amount: int | None = None


class Quoted(Reply, type="billing.quoted.v1"):
    """The charge or credit that a change would make today, from Stripe's preview. Valid until `expires_at`; in cents.

    `due_now` is what the card would pay, `credit` what the customer balance would gain, `from_balance` what the balance
    would pay. `total_before` and `total` are the plan's price per cycle; `other_total` is the part of `total` for items
    that are not seats. `pending` are lines from earlier changes that the invoice would include. The charge may differ
    by up to `may_differ`, where Stripe cannot promise it. `on_account`: Stripe charges no card for the change.
    `saves_tenth`: a year costs each seat ten percent less than twelve months, with the prices of this switch.
    `ends_at`: somebody has scheduled the end of the subscription.
    """

    quote_id: UUID
    before: Seats
    after: Seats
    cycle_before: BillingCycle
    cycle: BillingCycle
    due_now: int
    credit: int
    from_balance: int
    total_before: int
    total: int
    lines: tuple[QuoteLine, ...] = Field(max_length=MOST_LINES)
    tiers: tuple[TierOfType, ...] = Field(max_length=len(SeatType))
    expires_at: AwareDatetime
    pending: tuple[QuoteLine, ...] = Field(default=(), max_length=MOST_LINES)
    may_differ: int = 0
    other_total: int = 0
    on_account: bool = False
    currency: Code = "usd"
    saves_tenth: bool = False
    ends_at: AwareDatetime | None = None


class QuoteRejected(Rejected, Reply, type="billing.quote_rejected.v1"):
    """There is no quote: a newer quote superseded it, or Stripe returned no price."""

    code: RejectionCode
