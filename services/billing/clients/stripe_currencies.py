"""Prices in the currency of a subscription: Stripe shows a price in its own, with the other ones as options.

Source: Stripe's API reference, "The Price object": `currency_options`, which are included only if expanded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.billing.clients.stripe_base import Calls, call

if TYPE_CHECKING:
    import stripe

_AMOUNTS: Final = ("tiers", "unit_amount", "unit_amount_decimal")
"""The fields that a price has in each of its currencies."""


class CurrencyCalls(Calls):
    """The calls about the currencies of prices."""

    async def price_in(self, price: stripe.Price, currency: str) -> stripe.Price | None:
        """The price as it is in this currency; None when it has no such option."""
        if price.currency == currency:
            return price
        option = await self._option(price.id, currency, "currency_options")
        if option is None:
            return None
        if price.billing_scheme == "tiered":
            # Requested only where the option exists: Stripe rejects an expansion of something that is not there.
            option = await self._option(price.id, currency, f"currency_options.{currency}.tiers")
        for name in _AMOUNTS:
            price[name] = getattr(option, name, None)
        price["currency"] = currency
        return price

    async def _option(self, price_id: str, currency: str, expand: str) -> stripe.StripeObject | None:
        whole = await call(self._stripe.v1.prices.retrieve_async(price_id, {"expand": [expand]}))
        options: Any = whole.currency_options or ()
        if currency not in options:
            return None
        option: stripe.StripeObject = options[currency]
        return option

    async def _read_in_currency(self, subscription: stripe.Subscription) -> None:
        """Show the prices of the subscription's items in its own currency, in which Stripe bills them."""
        for item in subscription["items"].data:
            await self.price_in(item.price, subscription.currency)
