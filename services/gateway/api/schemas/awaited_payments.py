"""The JSON body of a change that waits for the payment of its invoice."""

from __future__ import annotations

from datetime import datetime

from contracts.vocabulary import BillingCycle
from services.gateway.api.schemas.base import Count, Wire


class AwaitedAmount(Wire):
    """What the invoice asks for, in the smallest unit of its currency."""

    amount: int
    currency: str


class AwaitedCounts(Wire):
    """The seats of a change."""

    base: Count
    voice: Count


class AwaitedPaymentOut(Wire):
    """A change whose invoice is not paid: no seat of it counts yet, and no other change is made meanwhile.

    `confirm`: the bank wants the card's owner to confirm the payment. `processing`: the payment is under way, and a
    bank debit takes days. Without either the subscription is on account. `until` is when the change is given up, or
    when the invoice is due. `cycle` is the billing cycle that a switch waits for; null for a change of the seats. `url`
    is Stripe's page where it is paid; null without one, and for a key without the scope `billing`.
    """

    before: AwaitedCounts
    after: AwaitedCounts
    amount: AwaitedAmount
    confirm: bool
    processing: bool
    until: datetime | None
    invoice_number: str | None
    url: str | None
    sentence: str
    cycle: BillingCycle | None = None
