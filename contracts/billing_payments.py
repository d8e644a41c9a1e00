"""Events of the billing service about money: invoices, payments that wait or fail, debts, and the card."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import (
    Code,
    Event,
    Invoice,
    Owed,
    Sealed,
    Seats,
    Text,
    Url,
    Words,
)
from contracts.payment_vocabulary import DisputeState, InvoiceState, Lapse, Reversal
from contracts.vocabulary import BillingCycle, StripeFault

MOST_OPERATIONS = 1000
"""Operations that an event names: those beyond are settled, and not named."""


class PaymentAwaited(Event, type="billing.payment_awaited.v1"):
    """A change waits for the payment of its invoice: no seat of it counts, and no other change is made meanwhile.

    `amount` is what the invoice asks for, in the smallest unit of `currency`. `confirm`: the bank wants the cardholder
    to confirm the payment. `processing`: the payment is under way, and a bank debit takes days. Without either the
    subscription is on account, and Stripe sends the invoice. `until` is when the change is given up, or when the
    invoice is due. `sealed` opens to {"url": "https://…"}, Stripe's page of the
    invoice; None while Stripe has none. The change ends with QuantitiesSet or, of a switch from `cycle_before` to
    `cycle`, with CycleSwitched; or with PaymentLapsed.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    amount: int
    currency: Text = "usd"
    confirm: bool = False
    until: AwareDatetime | None = None
    invoice_number: Words | None = None
    sealed: Sealed | None = None
    cycle_before: BillingCycle | None = None
    cycle: BillingCycle | None = None
    processing: bool = False


class PaymentLapsed(Event, type="billing.payment_lapsed.v1"):
    """A change whose invoice was not paid is undone: the agency has its seats of `before`, and owes nothing for it.

    Of a switch from `cycle_before` to `cycle`: the agency pays by `cycle_before`. `command_id` is the `cancel_change`
    of an admin who canceled the change, if one did.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    amount: int
    reason: Lapse
    currency: Text = "usd"
    invoice_number: Words | None = None
    cycle_before: BillingCycle | None = None
    cycle: BillingCycle | None = None
    command_id: UUID | None = None


class InvoiceChanged(Event, type="billing.invoice_changed.v1"):
    """An invoice at Stripe is new or has changed. `operation_id` names the operation that made the invoice.

    `credited` and `refunded` are cents that went back by credit notes and refunds; `dispute` is where a dispute of its
    payment stands. `reversal`: only these have changed.
    """

    invoice: Invoice
    state: InvoiceState
    at: AwareDatetime
    pdf_url: Url | None = None
    operation_id: UUID | None = None
    credited: int = 0
    refunded: int = 0
    dispute: DisputeState | None = None
    reversal: bool = False


class PaymentReversed(Event, type="billing.payment_reversed.v1"):
    """Money of an invoice went back, by a refund or a credit note, or its payment is disputed. `amount` in cents.

    `regained`: the dispute that is won now had been lost before, and no other one is lost.
    """

    invoice: Invoice
    kind: Reversal
    amount: int
    regained: bool = False


class PaymentFailed(Event, type="billing.payment_failed.v1"):
    """An invoice could not be paid: a renewal's, or (`settling`) the one for prorations that were left pending.

    DebtChanged, published with it, has the sum of all unpaid ones. `overdue`: Stripe had sent the invoice, tried no
    card, and it was not paid until its due date.
    """

    invoice: Invoice
    decline_code: Code | None = None
    settling: bool = False
    overdue: bool = False


class PaymentRecovered(Event, type="billing.payment_recovered.v1"):
    """Nothing is owed anymore. `retried`: the payment was made for the command `pay_owed`, which ends with it.

    `paid` is what that command has charged to the card.
    """

    invoice: Invoice | None = None
    retried: bool = False
    paid: Owed | None = None


class DebtChanged(Event, type="billing.debt_changed.v1"):
    """The agency owes this: open invoices past their first attempt. PaymentRecovered says that it owes nothing more."""

    owed: Owed


class Settled(Event, type="billing.settled.v1"):
    """One invoice charged the prorations that were left pending. `charged` is what the card paid, in cents."""

    operation_ids: tuple[UUID, ...] = Field(max_length=MOST_OPERATIONS)
    seats: Seats
    charged: int
    invoice: Invoice | None = None
    currency: Text = "usd"


class ProrationsLost(Event, type="billing.prorations_lost.v1"):
    """Prorations that were left pending will never be charged: Stripe has dropped them, or their invoice is void.

    `amount` in cents is what the seats would have cost. `invoice` is the void one; None if the subscription's end
    dropped the prorations.
    """

    operation_ids: tuple[UUID, ...] = Field(max_length=MOST_OPERATIONS)
    seats: Seats
    amount: int
    invoice: Invoice | None = None
    currency: Text = "usd"


class StripeTimedOut(Event, type="billing.stripe_timed_out.v1"):
    """Stripe has not answered for ten minutes. billing keeps trying with the same key, so nothing is charged twice.

    `undo`: it is the undoing of the change `operation_id`, which was not paid. `fault`: Stripe has answered, and
    refuses the undoing for this reason. billing tries again every hour for a day.
    """

    operation_id: UUID
    since: AwareDatetime
    fault: StripeFault | None = None
    undo: bool = False


class CardChanged(Event, type="billing.card_changed.v1"):
    """The customer's card, or the choice of card, has changed at Stripe. A declined payment may succeed now."""
