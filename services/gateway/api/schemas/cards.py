"""The JSON bodies of the card on file, and of what is wrong with it."""

from __future__ import annotations

from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.base import Wire
from services.gateway.domain.payment_fix import NextStep
from services.gateway.model.card_problem import Expiring


class CardOut(Wire):
    """The payment method that Stripe charges; `kind` and `brand` are Stripe's words. A bank account never expires."""

    kind: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


class CardProblemOut(Wire):
    """Why a payment failed, or that the card ends. `reason` is in words, and `declineCode` is the bank's.

    `nextStep` is what an admin does: put another card in at Stripe's portal, try again, or confirm the payment. `url`
    is Stripe's page of the unpaid invoice; null without one, and for a key without the scope `billing`.
    """

    code: RejectionCode | Expiring
    reason: str
    next_step: NextStep
    decline_code: str | None
    url: str | None
    card: CardOut | None
