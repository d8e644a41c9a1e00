"""The values that the Seats & Billing tab shows: prices, notices and failed payments. The template decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.billing_quotes import TierOfType
from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.gateway.api.schemas.billing import QuoteOut
from services.gateway.domain.seat_meters import Meter
from services.gateway.model.agency import SeatsView
from services.gateway.model.plan import Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.receipt import ShownReceipt, receipt_of
from services.gateway.texts import billing, preview
from services.gateway.texts.messages import Message

CARD_CODES = frozenset(
    {
        RejectionCode.PAYMENT_DISPUTED,
        RejectionCode.PAYMENT_DECLINED,
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        RejectionCode.PAST_DUE,
    }
)
"""Rejections that a working card, or a confirmed payment, puts right."""
_UNPAID = frozenset({PaymentState.PAST_DUE, PaymentState.UNPAID})


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
    """

    counts: Quantities
    price: Price | None = None
    no_price: Message | None = None
    too_few: str | None = None
    increase: Price | None = None


@dataclass(frozen=True, slots=True)
class Stepper:
    """A seat type with its count to choose. `chosen` is what the field holds at first."""

    seat_type: SeatType
    meter: Meter
    chosen: int
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
    """Why a payment failed and what puts it right. `just_now`: the form before this page failed for it.

    `retry` is the label of the button that tries again; None while nothing is owed or paused. `confirm`: an admin's
    save leads to the bank's confirmation, which nobody could give for Auto-Add.
    """

    title: str
    sentence: str
    just_now: bool
    retry: str | None = None
    confirm: bool = False


def steppers(seats: SeatsView, plan: Plan, chosen: Quantities) -> list[Stepper]:
    """Both seat types, each with its meter and price."""
    prices = {price.seat_type: price for price in plan.prices}
    meters = {SeatType.BASE: seats.base, SeatType.VOICE: seats.voice}
    return [
        Stepper(seat_type, meter, chosen.of(seat_type), _price(prices.get(seat_type), plan))
        for seat_type, meter in meters.items()
    ]


def _price(price: TierOfType | None, plan: Plan) -> str | None:
    return None if price is None else billing.price(price, plan.cycle, plan.currency)


def payment_note(seats: SeatsView, plan: Plan, rejected: RejectedError | None, *, fix_card: bool) -> PaymentNote | None:
    """The note about the payment; None while there is nothing to fix and the address does not ask for it."""
    just_now = rejected is not None and rejected.code in CARD_CODES
    if seats.owed is not None:
        return PaymentNote(billing.debt_title(seats.owed), billing.debt(seats.owed), just_now, billing.pay(seats.owed))
    retry = None if seats.paused is None else billing.TRY_AGAIN
    if rejected is not None and just_now:
        decline_code = rejected.figures.get("decline_code")
        sentence = billing.save_again(str(decline_code) if decline_code is not None else None)
        return PaymentNote(Alert.of(rejected).title, sentence, just_now, retry)
    if not fix_card and seats.paused not in CARD_CODES and plan.payment_state not in _UNPAID:
        return None
    return PaymentNote(
        billing.payment_title(seats.paused, plan.payment_state),
        billing.payment(seats.paused, plan.payment_state, seats.decline_code),
        just_now=False,
        retry=retry,
        confirm=seats.paused == RejectionCode.PAYMENT_ACTION_REQUIRED,
    )
