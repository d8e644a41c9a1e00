"""Convert a payment method of Stripe's to what people know of it: its brand, last digits and expiry."""

from __future__ import annotations

from typing import Any

from services.billing.domain.card import StripeCardSnapshot


def card_snapshot(method: Any) -> StripeCardSnapshot | None:  # noqa: ANN401  any payment method, or its id
    """The payment method that is charged; None without one, and for one that was not read as a whole."""
    kind = getattr(method, "type", None)
    if method is None or isinstance(method, str) or kind is None:
        return None
    details = getattr(method, kind, None)
    return StripeCardSnapshot(
        kind=kind,
        brand=getattr(details, "brand", None),
        last4=getattr(details, "last4", None),
        exp_month=getattr(details, "exp_month", None),
        exp_year=getattr(details, "exp_year", None),
    )
