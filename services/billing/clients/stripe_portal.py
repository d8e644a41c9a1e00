"""The calls about Stripe's hosted billing portal: its configuration, and a session for one click."""

from __future__ import annotations

from typing import Final

from services.billing.clients.stripe_base import PAGE, Calls, call
from services.billing.clients.stripe_fields import note

_PORTAL: Final = "card-email-invoices-1"
"""The configuration's name in its metadata. A change of its features needs a new name."""


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
        """Create the configuration: card, billing e-mail and invoices, but no quantities and no cancellation."""
        made = await call(
            self._stripe.v1.billing_portal.configurations.create_async(
                {
                    "features": {
                        "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                        "invoice_history": {"enabled": True},
                        "payment_method_update": {"enabled": True},
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
