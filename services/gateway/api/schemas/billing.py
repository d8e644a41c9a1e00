"""The JSON bodies of quotes and the changes made at their price, of the plan, its invoices and the portal."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool

from contracts.payment_vocabulary import DisputeState, InvoiceState, PaymentState
from contracts.vocabulary import BillingCycle, SeatType
from services.gateway.api.schemas.base import EXAMPLE_ID, Money, Wire
from services.gateway.api.schemas.seats import OwedOut, SeatPair, SeatsOut


class AdjustIn(SeatPair):
    """The counts to have, at the price of this quote. More than 10 seats are added only with `confirm`.

    `payOwed`: what the agency owes is charged to the card first, and then the change is made.
    """

    quote_id: UUID = Field(examples=[EXAMPLE_ID])
    confirm: StrictBool = Field(default=False, examples=[True])
    pay_owed: StrictBool = Field(default=False, examples=[False])


class CycleQuoteIn(Wire):
    """The cycle to pay by."""

    cycle: BillingCycle


class CycleIn(CycleQuoteIn):
    """The cycle to pay by, at the price of this quote."""

    quote_id: UUID = Field(examples=[EXAMPLE_ID])


class QuoteLineOut(Wire):
    """A line of the invoice that the change would make; a credit is negative."""

    description: str
    amount: Money
    seat_type: SeatType | None
    proration: bool
    quantity: int | None


class QuoteOut(Wire):
    """The cost of a change, by Stripe's own preview; good until `expiresAt`, and for the state that it was made for.

    `dueNow` is what the card pays today, `credit` what goes to the balance, `fromBalance` what the balance pays.
    `delta` is by how much the total changes, of a switch in a cycle of the new kind. `tier` has the price of a seat at
    the new counts, and the volume price that is near. `pendingLines` are lines from earlier that come along.
    `mayDiffer`: by how much the amount may come out differently, where Stripe cannot promise the second. `otherTotal`
    is the part of `newTotal` for items of the subscription that are not seats. `onAccount`: Stripe charges no card for
    the change, but bills it with an invoice.
    """

    id: UUID = Field(examples=[EXAMPLE_ID])
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
    other_total: Money
    on_account: bool
    ends_at: AwareDatetime | None


class PaidInvoice(Wire):
    """The invoice that a change made; the total of a credit is negative. `url` is Stripe's page of it.

    `total` is after the `discount` and with the `tax`, which are negative in a credit of seats that had them;
    `fromBalance` is what the customer balance has paid of it.
    """

    id: str
    number: str | None
    total: Money
    amount_paid: Money
    url: str | None
    discount: Money
    tax: Money
    from_balance: Money


class AdjustedOut(Wire):
    """The seats as they are now, what the card paid today, the new total a cycle, and the invoice.

    `onNextInvoice`: somebody had set the same seats at Stripe in the same moment, so that nothing was charged today.
    """

    seats: SeatsOut
    before: SeatPair
    after: SeatPair
    charged: Money
    new_total: Money
    cycle: BillingCycle
    invoice: PaidInvoice | None
    on_next_invoice: Money | None


class CycleOut(Wire):
    """The cycle as it is now, what the card paid today, the new total a cycle, and the invoice."""

    cycle: BillingCycle
    charged: Money
    new_total: Money
    renews_at: AwareDatetime
    invoice: PaidInvoice | None


class CanceledOut(Wire):
    """The change that was canceled: from `before` to `after`, or to the `cycle`. Nothing of `amount` is owed."""

    before: SeatPair
    after: SeatPair
    cycle: BillingCycle | None
    amount: Money


class RetriedOut(Wire):
    """The seats as they are now; `joined_count` members were Blocked for payment and wait for a seat now.

    `joined` are the first 50 of them. `paid` is what was owed and is paid now.
    """

    seats: SeatsOut
    joined: list[UUID]
    joined_count: int
    paid: OwedOut | None = None


class Price(Wire):
    """The price of a seat of this type a cycle, at today's quantity, and the next volume price, if there is one."""

    quantity: int
    unit_amount: Money
    list_amount: Money
    next_from: int | None
    next_unit_amount: Money | None


class Prices(Wire):
    """The prices by seat type; null until billing has published them."""

    base: Price | None
    voice: Price | None


class OtherItemOut(Wire):
    """An item of the subscription that is not a seat. `amount` is null where the use decides it.

    The amount is for `intervalCount` times `interval`. `inTotal`: the plan's total includes it.
    """

    name: str
    quantity: int | None
    amount: int | None
    currency: str
    interval: str
    interval_count: int
    in_total: bool


class BillingOut(Wire):
    """The agency's plan, as Stripe has it. A value is null while it is not known, right after an agency was opened.

    `discount` is what volume and the annual cycle save of the list price a cycle, `balance` the credit that pays later
    invoices, `invoicesToday` those of the last 24 hours, of which Stripe takes 20. `otherItems` are the items of the
    subscription that are not seats, and `otherTotal` is their part of `total`. `negotiated`: a seat type
    has a price that is not the catalogue's. `endsAt`: when the subscription ends, if its end is scheduled at Stripe.

    `coupons` is what discounts take off a cycle, and `tax` what is added to it; both are part of `total`.
    """

    cycle: BillingCycle
    total: Money | None
    renews_at: AwareDatetime | None
    payment_state: PaymentState
    discount: Money | None
    balance: Money | None
    prices: Prices
    invoices_today: int | None
    invoices_renew_at: AwareDatetime | None
    other_items: list[OtherItemOut]
    other_total: Money
    negotiated: bool
    ends_at: AwareDatetime | None
    coupons: Money
    tax: Money


class InvoiceOut(Wire):
    """An invoice as it stands. `url` is Stripe's page, `pdfUrl` the file, `operationId` the change that made it.

    `credited` and `refunded` went back by credit notes and refunds; `dispute` is where a dispute of the payment stands.
    """

    id: str
    number: str | None
    date: AwareDatetime
    total: Money
    amount_paid: Money
    state: InvoiceState
    url: str | None
    pdf_url: str | None
    operation_id: UUID | None
    credited: Money
    refunded: Money
    dispute: DisputeState | None


class InvoicesOut(Wire):
    """A page of invoices, newest first."""

    items: list[InvoiceOut]
    next_cursor: str | None


class PortalIn(Wire):
    """Where in the portal to begin."""

    flow: Literal["overview", "payment_method_update"] = "overview"


class PortalOut(Wire):
    """The address of Stripe's page, made for this click."""

    url: str = Field(examples=["https://billing.stripe.com/p/session/…"])
