"""A payment that failed or soon will, as pages and programs see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import RejectionCode
from services.gateway.domain.payment_fix import NextStep


class Expiring(StrEnum):
    """A card with which nothing has failed yet."""

    EXPIRED = "card_expired"
    SOON = "card_expires_soon"


@dataclass(frozen=True, slots=True)
class CardProblem:
    """Why a payment failed, or the card's end. `decline_code` is Stripe's.

    `url` is Stripe's page on which an unpaid invoice can be confirmed; None without one, or for a caller who may not
    pay.
    """

    code: RejectionCode | Expiring
    step: NextStep
    decline_code: str | None = None
    url: str | None = None
