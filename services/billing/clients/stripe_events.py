"""Stripe's account as a whole: its events in the order in which they happened, and its subscriptions page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import stripe

from contracts.billing import StripeEvent
from services.billing.clients.stripe_base import PAGE, Calls, asked
from services.billing.clients.stripe_reading import id_of, listed_subscription
from services.billing.domain.drift import Listed

if TYPE_CHECKING:
    from stripe.params import SubscriptionListParams


class EventCalls(Calls):
    """The calls about the whole account."""

    async def newest_event(self) -> str | None:
        """The id of the newest event; None when there never was one."""
        found = await asked(self._stripe.v1.events.list_async({"limit": 1}))
        return found.data[0].id if found.data else None

    async def events_after(self, event_id: str) -> tuple[tuple[StripeEvent, ...], str, bool]:
        """The events of customers right after this one, oldest first; the last event's id, and whether more follow.

        Misused (`resource_missing`) when Stripe has forgotten that event: it keeps them for 30 days.
        """
        found = await asked(self._stripe.v1.events.list_async({"ending_before": event_id, "limit": PAGE}))
        events = tuple(one for event in reversed(found.data) if (one := _told(event)) is not None)
        return events, found.data[0].id if found.data else event_id, found.has_more

    async def subscriptions_after(self, subscription_id: str | None) -> tuple[tuple[Listed, ...], bool]:
        """A page of all subscriptions, ended ones too, newest first; and whether more follow."""
        params: SubscriptionListParams = {"status": "all", "limit": PAGE}
        if subscription_id is not None:
            params["starting_after"] = subscription_id
        found = await asked(self._stripe.v1.subscriptions.list_async(params))
        return tuple(listed_subscription(one) for one in found.data), found.has_more


def _told(event: stripe.Event) -> StripeEvent | None:
    """An event as it lies on the bus; None when it is about no customer."""
    subject: object = event.data.object
    is_customer = getattr(subject, "object", None) == "customer"
    customer = getattr(subject, "id" if is_customer else "customer", None)
    if customer is None:
        return None
    return StripeEvent(
        event_id=event.id,
        type=event.type,
        customer_id=id_of(customer),
        object_id=getattr(subject, "id", None),
        # By its name in brackets: the SDK's objects have a method of that name.
        idempotency_key=getattr(event["request"], "idempotency_key", None),
        created=datetime.fromtimestamp(event.created, UTC),
    )
