"""A Stripe event as the gateway puts it on the bus. It is a hint, and no message of ours: it has no envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, Field

from contracts.message import (
    Payload,
    Text,
    Words,
)

MOST_ITEMS = 100
"""Items of a subscription beside the seats. Stripe takes 20."""


class ReplacedQuantity(Payload):
    """The quantity that an item of a subscription had before an update."""

    item: Text
    quantity: int


class StripeEvent(Payload):
    """A Stripe event on `stripe.events`: a hint that something about this customer has changed.

    `replaced` are the quantities that an update of a subscription has replaced; only Stripe's event has them.
    """

    event_id: Text
    type: Text
    customer_id: Text
    object_id: Words | None = None
    idempotency_key: Words | None = None
    created: AwareDatetime
    replaced: tuple[ReplacedQuantity, ...] = Field(default=(), max_length=MOST_ITEMS)


def replaced_quantities(previous: Mapping[str, Any]) -> tuple[ReplacedQuantity, ...]:
    """The quantities that an update replaced, from the event's `previous_attributes`; none where it changed no item.

    An event of another API version may have another shape, of which nothing is read.

    Source: Stripe's documentation, "The Event object".
    """
    items = previous.get("items")
    data = items.get("data") if isinstance(items, Mapping) else None
    return tuple(
        ReplacedQuantity(item=str(item.get("id")), quantity=item["quantity"])
        for item in (data or ())[:MOST_ITEMS]
        if item.get("quantity") is not None
    )
