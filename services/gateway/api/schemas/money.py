"""What goes over HTTP about changes of money: previews, changes of seats and cycle, another try."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.vocabulary import BillingCycle, SeatType
from services.gateway.api.schemas.base import Count, Money, Wire
from services.gateway.api.schemas.reading import Prices
from services.gateway.api.schemas.responses import SeatsOut

_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


class SeatPair(Wire):
    """A count of each seat type."""

    base: Count
    voice: Count


class AdjustIn(SeatPair):
    """The counts to have, at the price of this quote."""

    quote_id: UUID = Field(examples=[_ID])


class CycleQuoteIn(Wire):
    """The cycle to pay by."""

    cycle: BillingCycle


class CycleIn(CycleQuoteIn):
    """The cycle to pay by, at the price of this quote."""

    quote_id: UUID = Field(examples=[_ID])


class QuoteLineOut(Wire):
    """A line of the invoice that the change would make; a credit is negative."""

    description: str
    amount: Money
    seat_type: SeatType | None
    proration: bool
    quantity: int | None


class QuoteOut(Wire):
    """What a change costs or saves, by Stripe's own preview; good until `expiresAt`, and for the state it was made for.

    `dueNow` is what the card pays today, `credit` what goes to the balance, `fromBalance` what the balance pays.
    `delta` is by how much the total changes, of a switch in a cycle of the new kind. `tier` has the price of a seat at
    the new counts, and the volume price that is near. `pendingLines` are lines from earlier that come along.
    `mayDiffer`: by how much the amount may come out differently, where Stripe cannot promise the second.
    """

    id: UUID = Field(examples=[_ID])
    change: str = Field(examples=["+2 Voice seats, -1 Base seat"])
    sentence: str
    before: SeatPair
    after: SeatPair
    cycle_before: BillingCycle
    cycle: BillingCycle
    due_now: Money
    credit: Money
    from_balance: Money
    total_before: Money
    new_total: Money
    delta: Money
    lines: list[QuoteLineOut]
    pending_lines: list[QuoteLineOut]
    tier: Prices
    expires_at: AwareDatetime
    may_differ: Money


class PaidInvoice(Wire):
    """The invoice that a change made; the total of a credit is negative. `url` is Stripe's page of it."""

    id: str
    number: str | None
    total: Money
    amount_paid: Money
    url: str | None


class AdjustedOut(Wire):
    """The seats as they are now, what the card paid today, the new total a cycle, and the invoice."""

    seats: SeatsOut
    before: SeatPair
    after: SeatPair
    charged: Money
    new_total: Money
    cycle: BillingCycle
    invoice: PaidInvoice | None


class CycleOut(Wire):
    """The cycle as it is now, what the card paid today, the new total a cycle, and the invoice."""

    cycle: BillingCycle
    charged: Money
    new_total: Money
    renews_at: AwareDatetime
    invoice: PaidInvoice | None


class RetriedOut(Wire):
    """The seats as they are now; `joined` were Blocked for payment, and a seat is being bought for each."""

    seats: SeatsOut
    joined: list[UUID]
