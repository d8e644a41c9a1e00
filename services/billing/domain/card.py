"""The payment method on file, as Stripe has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StripeCardSnapshot:
    """The payment method that Stripe charges; `kind` and `brand` are Stripe's words. A bank account never expires."""

    kind: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
