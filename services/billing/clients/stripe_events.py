"""The calls about the whole account: its events in their order, and its subscriptions page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import stripe

from contracts.stripe_events import StripeEvent, replaced_quantities
from services.billing.clients.stripe_base import PAGE, Calls, StripeFailedError, call
from services.billing.clients.stripe_fields import id_of
from services.billing.clients.stripe_reading import listed_subscription
from services.billing.domain.drift import ListedSubscription
from services.billing.domain.outcome_of import Missing

if TYPE_CHECKING:
    from stripe.params import SubscriptionListParams


class EventCalls(Calls):
    """The calls about the whole account."""

    async def newest_event(self) -> str | None:
        """The id of the newest event; None when there are no events."""
        page = await call(self._stripe.v1.events.list_async({"limit": 1}))
        return page.data[0].id if page.data else None

    async def events_after(self, event_id: str) -> tuple[tuple[StripeEvent, ...], str, bool]:
        """The customers' events right after this one, oldest first; the last event's id, and whether more follow.

        Fails with Misused (`resource_missing`) when Stripe has forgotten that event: it keeps events for 30 days.
        """
        page = await call(self._stripe.v1.events.list_async({"ending_before": event_id, "limit": PAGE}))
        events = [await self._stripe_event(event) for event in reversed(page.data)]
        of_customers = tuple(event for event in events if event is not None)
        return of_customers, page.data[0].id if page.data else event_id, page.has_more

    async def subscriptions_after(self, subscription_id: str | None) -> tuple[tuple[ListedSubscription, ...], bool]:
        """A page of all subscriptions, ended ones included, newest first; and whether more follow."""
        params: SubscriptionListParams = {"status": "all", "limit": PAGE}
        if subscription_id is not None:
            params["starting_after"] = subscription_id
        page = await call(self._stripe.v1.subscriptions.list_async(params))
        return tuple(listed_subscription(subscription) for subscription in page.data), page.has_more

    async def _stripe_event(self, event: stripe.Event) -> StripeEvent | None:
        """The event with its customer. A dispute names only its charge, whose customer is read here."""
        subject: object = event.data.object
        charge = getattr(subject, "charge", None)
        if getattr(subject, "object", None) != "dispute" or charge is None:
            return _stripe_event(event, subject)
        try:
            return _stripe_event(
                event, subject, (await call(self._stripe.v1.charges.retrieve_async(id_of(charge)))).customer
            )
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Missing):
                return None
            raise


def _stripe_event(event: stripe.Event, subject: object, of_charge: object = None) -> StripeEvent | None:
    """The event as the gateway publishes it; None when it is about no customer."""
    is_customer = getattr(subject, "object", None) == "customer"
    values = getattr(event.data, "previous_attributes", None)
    previous = values.to_dict() if values else {}
    # A card that was detached names the customer that had it only among the previous values.
    customer = of_charge or getattr(subject, "id" if is_customer else "customer", None) or previous.get("customer")
    if customer is None:
        return None
    return StripeEvent(
        event_id=event.id,
        type=event.type,
        customer_id=id_of(customer),
        object_id=getattr(subject, "id", None),
        idempotency_key=_key_of(event),
        created=datetime.fromtimestamp(event.created, UTC),
        replaced=replaced_quantities(previous),
    )


def _key_of(event: stripe.Event) -> str | None:
    """The idempotency key of the request behind the event.

    Stripe lists an event in the shape of the API version of its own time: the request may be left out, or be an id.
    """
    request = event.to_dict().get("request")
    return request.get("idempotency_key") if isinstance(request, dict) else None
