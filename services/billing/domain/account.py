"""What billing knows of one agency: its account at Stripe, and the operations on it that are not settled yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.operation import Operation
from services.billing.domain.quote import Quote


@dataclass(frozen=True, slots=True)
class Account:
    """The customer and subscription at Stripe, as last seen; `total` is the plan's price a cycle, in cents.

    `items` are the ids of the subscription's items; None when they have not been noted yet.
    """

    customer_id: str
    subscription_id: str
    purchased: Quantities
    cycle: BillingCycle
    total: int
    items: Mapping[SeatType, str] | None = None


@dataclass(slots=True)
class Agency:
    """One agency's state while it is decided upon; `changed` and its like tell what is to be written."""

    id: UUID
    account: Account | None = None
    operations: dict[UUID, Operation] = field(default_factory=dict)
    account_changed: bool = False
    changed: set[UUID] = field(default_factory=set)
    quotes: dict[UUID, Quote] = field(default_factory=dict)
    quotes_changed: set[UUID] = field(default_factory=set)
    quotes_dropped: set[UUID] = field(default_factory=set)

    def keep_account(self, account: Account) -> None:
        """The account is so now."""
        self.account = account
        self.account_changed = True

    def keep(self, operation: Operation) -> None:
        """The operation stands so now."""
        self.operations[operation.id] = operation
        self.changed.add(operation.id)

    def keep_quote(self, quote: Quote) -> None:
        """The quote stands so now."""
        self.quotes[quote.id] = quote
        self.quotes_changed.add(quote.id)

    def drop_quote(self, quote_id: UUID) -> None:
        """The quote is of no use any more."""
        self.quotes.pop(quote_id, None)
        self.quotes_changed.discard(quote_id)
        self.quotes_dropped.add(quote_id)

    def under_way(self, operation_id: UUID) -> Operation | None:
        """The operation, unless it is settled already."""
        operation = self.operations.get(operation_id)
        return operation if operation is not None and operation.is_under_way else None
