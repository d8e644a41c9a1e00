"""A Stripe event is only a hint: it runs the operations under way at once, and changes nothing by itself.

Our own changes come back as events with our idempotency key, which begins with the operation's id. Such an event
needs no further reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.billing.domain.operation import Operation

_ABOUT_THE_PLAN: Final = ("customer.subscription.", "customer.updated", "customer.deleted", "invoice.")
_FORESEEN: Final = "invoice.upcoming"
"""Announces an invoice that does not exist yet."""
_ID_LENGTH: Final = 36


def under_way(operations: Iterable[Operation]) -> tuple[UUID, ...]:
    """The operations that an event about their customer may complete."""
    return tuple(operation.id for operation in operations if operation.is_under_way)


def is_about_the_plan(event_type: str) -> bool:
    """True when an event of this type may mean that the agency's plan has changed."""
    return event_type.startswith(_ABOUT_THE_PLAN) and event_type != _FORESEEN


def is_about_an_invoice(event_type: str) -> bool:
    """True when the object of an event of this type is an invoice."""
    return event_type.startswith("invoice.") and event_type != _FORESEEN


def operation_of(idempotency_key: str | None) -> UUID | None:
    """The operation to which this key belongs; None for a key that is not ours."""
    try:
        return UUID((idempotency_key or "")[:_ID_LENGTH])
    except ValueError:
        return None
