"""The calls about Stripe's hosted billing portal: its configuration, and a session for one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.billing.clients.stripe_base import PAGE, Calls, call
from services.billing.clients.stripe_fields import note

if TYPE_CHECKING:
    from stripe.params import PaymentMethodConfigurationCreateParams

_PORTAL: Final = "card-email-invoices-2"
"""The configuration's name in its metadata. A change of its features needs a new name."""
_CARDS_ONLY: Final[PaymentMethodConfigurationCreateParams] = {
    "name": "headcount: cards only",
    "card": {"display_preference": {"preference": "on"}},
    "acss_debit": {"display_preference": {"preference": "off"}},
    "amazon_pay": {"display_preference": {"preference": "off"}},
    "au_becs_debit": {"display_preference": {"preference": "off"}},
    "bacs_debit": {"display_preference": {"preference": "off"}},
    "cashapp": {"display_preference": {"preference": "off"}},
    "customer_balance": {"display_preference": {"preference": "off"}},
    "kakao_pay": {"display_preference": {"preference": "off"}},
    "kr_card": {"display_preference": {"preference": "off"}},
    "link": {"display_preference": {"preference": "off"}},
    "naver_pay": {"display_preference": {"preference": "off"}},
    "nz_bank_account": {"display_preference": {"preference": "off"}},
    "paypal": {"display_preference": {"preference": "off"}},
    "payto": {"display_preference": {"preference": "off"}},
    "revolut_pay": {"display_preference": {"preference": "off"}},
    "sepa_debit": {"display_preference": {"preference": "off"}},
    "us_bank_account": {"display_preference": {"preference": "off"}},
}
"""What the portal offers: of the payment methods that can be saved for later charges, cards and their wallets alone.

Our subscriptions take no others, so that a customer who chose one could not be charged. A method that is left out has
the account's preference. A change needs a new name, and a new name of the portal's configuration.
Source: Stripe's changelog, 2025-11-17.clover, and its API reference, "Payment Method Configurations".
"""


class PortalCalls(Calls):
    """The calls about the portal."""

    async def portal_configuration(self) -> str | None:
        """The id of our portal configuration; None when it was never created."""
        page = await call(
            self._stripe.v1.billing_portal.configurations.list_async({"active": True, "limit": PAGE}),
        )
        ours = (configuration.id for configuration in page.data if note(configuration.metadata, "headcount") == _PORTAL)
        return next(ours, None)

    async def create_portal_configuration(self) -> str:
        """Create the configuration: card, billing email and invoices, but no quantities and no cancellation.

        The payment method is a card: a bank debit is paid days after its charge.
        """
        cards = await self._cards_only()
        made = await call(
            self._stripe.v1.billing_portal.configurations.create_async(
                {
                    "features": {
                        "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                        "invoice_history": {"enabled": True},
                        "payment_method_update": {"enabled": True, "payment_method_configuration": cards},
                        "subscription_cancel": {"enabled": False},
                        "subscription_update": {"enabled": False},
                    },
                    "metadata": {"headcount": _PORTAL},
                },
                # Two processes that create it at once create one.
                {"idempotency_key": f"headcount-portal-{_PORTAL}"},
            ),
        )
        return made.id

    async def _cards_only(self) -> str:
        """The id of our configuration of payment methods, which is created if it is missing."""
        configurations = self._stripe.v1.payment_method_configurations
        page = await call(configurations.list_async({"limit": PAGE}))
        named = (held.id for held in page.data if held.active and held.name == _CARDS_ONLY["name"])
        if (known := next(named, None)) is not None:
            return known
        key = f"headcount-{_PORTAL}-methods"
        return (await call(configurations.create_async(_CARDS_ONLY, {"idempotency_key": key}))).id

    async def open_portal(self, *, customer_id: str, configuration: str, return_url: str, to_card: bool) -> str:
        """Create a session of the portal; its address lives for minutes. `to_card` opens the card's page at once."""
        session = await call(
            self._stripe.v1.billing_portal.sessions.create_async(
                {
                    "customer": customer_id,
                    "configuration": configuration,
                    "return_url": return_url,
                    "flow_data": {"type": "payment_method_update"},
                }
                if to_card
                else {"customer": customer_id, "configuration": configuration, "return_url": return_url},
            ),
        )
        return session.url
