"""A Stripe event is a hint: what is under way looks at Stripe again at once; by itself an event changes nothing.

Our own changes come back as events that bear our idempotency key, which begins with the operation's id: what is
settled already needs no second look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.billing.domain.operation import Operation

_ABOUT_THE_PLAN: Final = ("customer.subscription.", "customer.updated", "customer.deleted", "invoice.")
_FORESEEN: Final = "invoice.upcoming"
"""Tells of an invoice that does not exist yet."""
_ID_LENGTH: Final = 36


def run_now_keys(operations: Iterable[Operation]) -> tuple[UUID, ...]:
    """The operations that an event about their customer may settle."""
    return tuple(operation.id for operation in operations if operation.is_under_way)


def is_about_the_plan(event_type: str) -> bool:
    """Whether an event of this type may mean that what the agency pays has changed."""
    return event_type.startswith(_ABOUT_THE_PLAN) and event_type != _FORESEEN


def is_about_an_invoice(event_type: str) -> bool:
    """Whether what an event of this type names is an invoice."""
    return event_type.startswith("invoice.") and event_type != _FORESEEN


def operation_of(idempotency_key: str | None) -> UUID | None:
    """The operation whose key this is, if it is one of ours."""
    try:
        return UUID((idempotency_key or "")[:_ID_LENGTH])
    except ValueError:
        return None
