"""A change that waits for the payment of its invoice, as pages and programs see it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.billing_payments import PaymentAwaited


@dataclass(frozen=True, slots=True)
class AwaitedPayment:
    """The change and its invoice. `url` is Stripe's page of it; None without one, or for a caller who may not pay."""

    event: PaymentAwaited
    url: str | None
