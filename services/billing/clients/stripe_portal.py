"""Stripe's hosted billing portal: what its page allows, and a fresh address for one click."""

from __future__ import annotations

from typing import Final

from services.billing.clients.stripe_base import PAGE, Calls, asked
from services.billing.clients.stripe_reading import note

_PORTAL: Final = "card-email-invoices-1"
"""Names the portal's configuration in its metadata; a change of its features needs a new name."""


class PortalCalls(Calls):
    """The calls about the portal."""

    async def portal_configuration(self) -> str | None:
        """The portal configuration that we made, if we did."""
        found = await asked(
            self._stripe.v1.billing_portal.configurations.list_async({"active": True, "limit": PAGE}),
        )
        return next((one.id for one in found.data if note(one.metadata, "headcount") == _PORTAL), None)

    async def create_portal_configuration(self) -> str:
        """Make the portal show card, billing e-mail and invoices; quantities and the end are not for it to change."""
        made = await asked(
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
                # Two processes that miss it at once make one.
                {"idempotency_key": f"headcount-portal-{_PORTAL}"},
            ),
        )
        return made.id

    async def open_portal(self, *, customer_id: str, configuration: str, return_url: str, to_card: bool) -> str:
        """Make a session of the portal; its address lives for minutes. `to_card` leads straight to the card's page."""
        session = await asked(
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
