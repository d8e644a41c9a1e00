"""A Stripe event is a hint: what is under way looks at Stripe again at once; by itself an event changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.billing.domain.operation import Operation


def hurried(operations: Iterable[Operation]) -> tuple[UUID, ...]:
    """The operations that an event about their customer may settle."""
    return tuple(operation.id for operation in operations if operation.is_under_way)
