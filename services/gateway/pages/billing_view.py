"""The values that the Seats & Billing tab shows: prices, notices and failed payments. The template decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.billing_quotes import TierOfType
from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.gateway.api.schemas.billing import QuoteOut
from services.gateway.domain.payment_fix import NextStep
from services.gateway.domain.seat_meters import Meter
from services.gateway.model.agency import SeatsView
from services.gateway.model.card_problem import CardProblem, Expiring
from services.gateway.model.plan import Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.receipt import ShownReceipt, receipt_of
from services.gateway.texts import billing, cards, preview
from services.gateway.texts.messages import NO_NUMBER, Message

CARD_CODES = frozenset(
    {
        RejectionCode.PAYMENT_DISPUTED,
        RejectionCode.PAYMENT_DECLINED,
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        RejectionCode.PAST_DUE,
    }
)
"""Rejections that a working card, or a confirmed payment, puts right."""


@dataclass(frozen=True, slots=True)
class Price:
    """A quote with what stands on its button: "$31.20 today"."""

    quote: QuoteOut

    @property
    def today(self) -> str:
        """The amount of today, as on the button: "$31.20 today"."""
        quote = self.quote
        return preview.today(
            quote.due_now.amount,
            quote.credit.amount,
            quote.from_balance.amount,
            quote.due_now.currency,
            on_account=quote.on_account,
        )

    @property
    def changes_money(self) -> bool:
        """Whether the card is charged or the account credited today."""
        return bool(self.quote.due_now.amount or self.quote.credit.amount)

    def receipt(self, plan: Plan) -> ShownReceipt:
        """The quote as a receipt, with the next invoice of the plan."""
        return receipt_of(self.quote, plan)


@dataclass(frozen=True, slots=True)
class Preview:
    """The part under the steppers: a price, or the reason why there is none.

    `too_few`: why these counts are not possible; `increase` is then the price of only what they add.
    `typed`: what stands in the fields, where that is no number of seats. `may_wait`: the change only takes seats away,
    so that it may wait for the renewal.
    """

    counts: Quantities
    price: Price | None = None
    no_price: Message | None = None
    too_few: str | None = None
    increase: Price | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    may_wait: bool = False

    @property
    def again(self) -> bool:
        """Whether asking once more may give a price: the numbers are some, and Stripe gave none."""
        return self.no_price is not None and self.no_price is not NO_NUMBER


@dataclass(frozen=True, slots=True)
class Stepper:
    """A seat type with its count to choose. `chosen` is what the field holds at first."""

    seat_type: SeatType
    meter: Meter
    chosen: str
    price: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """The result of the form before this page: done, failed, or still running."""

    title: str | None
    sentence: str
    invoice_number: str | None = None
    invoice_url: str | None = None
    failed: bool = False

    @property
    def running(self) -> bool:
        """Whether Stripe has not answered yet."""
        return self.title is None


@dataclass(frozen=True, slots=True)
class PaymentNote:
    """Why a payment failed and the one next step; not `failed`: nothing has, but the card ends.

    `card` is the payment method on file. `retry` is the label of the button that tries again; None while nothing is
    owed or paused. `url` is Stripe's page on which the payment is confirmed; None where an admin's save leads to it.
    """

    title: str
    sentence: str
    step: NextStep
    card: str | None = None
    retry: str | None = None
    url: str | None = None
    failed: bool = True


def steppers(seats: SeatsView, plan: Plan, chosen: Quantities, typed: Mapping[str, str]) -> list[Stepper]:
    """Both seat types, each with its meter and price; what was typed stands in the field, whatever it is."""
    prices = {price.seat_type: price for price in plan.prices}
    meters = {SeatType.BASE: seats.base, SeatType.VOICE: seats.voice}
    return [
        Stepper(
            seat_type,
            meter,
            typed.get(seat_type.value, str(chosen.of(seat_type))),
            _price(prices.get(seat_type), plan),
        )
        for seat_type, meter in meters.items()
    ]


def _price(price: TierOfType | None, plan: Plan) -> str | None:
    return None if price is None else billing.price(price, plan.cycle, plan.currency)


def payment_note(seats: SeatsView, plan: Plan, problem: CardProblem | None, now: datetime) -> PaymentNote | None:
    """The note about the payment; None while there is nothing to fix."""
    if problem is None:
        return None
    retry = None if seats.paused is None else billing.TRY_AGAIN
    return PaymentNote(
        cards.title(problem, seats, plan),
        cards.reason(problem, seats, plan),
        problem.step,
        card_on_file(plan, now),
        retry if seats.owed is None else billing.pay(seats.owed),
        problem.url,
        failed=not isinstance(problem.code, Expiring),
    )


def declined_now(rejected: RejectedError | None, plan: Plan, now: datetime) -> PaymentNote | None:
    """The note beside a form whose change the card did not pay; None for another rejection, or none."""
    if rejected is None or rejected.code not in CARD_CODES:
        return None
    decline_code = rejected.figures.get("decline_code")
    sentence = billing.save_again(str(decline_code) if decline_code is not None else None)
    return PaymentNote(Alert.of(rejected).title, sentence, NextStep.UPDATE_CARD, card_on_file(plan, now))


def requested_payment(plan: Plan, now: datetime) -> PaymentNote:
    """The note for a mail's link to the card, where nothing is to be fixed any more."""
    return PaymentNote(cards.FIX, billing.ANOTHER_CARD, NextStep.UPDATE_CARD, card_on_file(plan, now), failed=False)


def card_on_file(plan: Plan, now: datetime) -> str | None:
    """The payment method on file in words; None while it is not known."""
    return None if plan.card is None else cards.on_file(plan.card, plan.card_expiry(now))
