"""What billing knows of one agency: its account at Stripe, and the operations on it that are not settled yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities
from services.billing.domain.operation import Operation


@dataclass(frozen=True, slots=True)
class Account:
    """The customer and subscription at Stripe, as last seen; `total` is the plan's price a cycle, in cents."""

    customer_id: str
    subscription_id: str
    purchased: Quantities
    cycle: BillingCycle
    total: int


@dataclass(slots=True)
class Agency:
    """One agency's state while it is decided upon; `changed` and `account_changed` tell what is to be written."""

    id: UUID
    account: Account | None = None
    operations: dict[UUID, Operation] = field(default_factory=dict)
    account_changed: bool = False
    changed: set[UUID] = field(default_factory=set)

    def keep_account(self, account: Account) -> None:
        """The account is so now."""
        self.account = account
        self.account_changed = True

    def keep(self, operation: Operation) -> None:
        """The operation stands so now."""
        self.operations[operation.id] = operation
        self.changed.add(operation.id)

    def under_way(self, operation_id: UUID) -> Operation | None:
        """The operation, unless it is settled already."""
        operation = self.operations.get(operation_id)
        return operation if operation is not None and operation.is_under_way else None
