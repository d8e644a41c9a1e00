"""Billing's state of one agency: its account at Stripe, its operations, its quotes and its invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import BillingCycle, FrozenReason, Quantities, SeatType
from services.billing.domain.debt import owing
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.plan import Plan
from services.billing.domain.quote import Quote
from services.billing.domain.snapshots import StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Account:
    """The customer and subscription as Stripe had them last; `total` is the plan's price per cycle, in cents.

    `items` are the ids of the subscription's items, `card` is the payment method that is charged, and `plan` the plan
    as it was published last; each is None until it is known. `ended` is why the subscription gives no seats any more.
    `prices` are the ids of the items' prices; a price moved at Stripe by hand is published before it is kept here.
    `ends_at` is the scheduled end of the subscription.
    `version` counts our own operations that read or changed the subscription: a reading with an older version is
    thrown away. `hinted` are invoices that an event named and that have not been read since. `status` is Stripe's word
    for the subscription, and `debt` what the agency owes, as it was published last.
    """

    customer_id: str
    subscription_id: str
    purchased: Quantities
    cycle: BillingCycle
    total: int
    items: Mapping[SeatType, str] | None = None
    card: str | None = None
    ended: FrozenReason | None = None
    version: int = 0
    plan: Plan | None = None
    hinted: frozenset[str] = frozenset()
    prices: Mapping[SeatType, str] | None = None
    ends_at: datetime | None = None
    status: str = "active"
    debt: Debt | None = None

    def holding(self, purchased: Quantities, snapshot: StripeSubscriptionSnapshot) -> Account:
        """The account with these quantities, and everything else as in the snapshot."""
        return replace(
            self,
            subscription_id=snapshot.id,
            purchased=purchased,
            cycle=snapshot.cycle,
            total=snapshot.total_for(purchased),
            items=snapshot.item_ids,
            status=snapshot.status,
        )

    def paying(self, prices: Mapping[SeatType, str]) -> Account:
        """The account with these prices of its items."""
        return replace(self, prices={**(self.prices or {}), **prices})

    def with_next_version(self) -> Account:
        """The account after one more operation of ours that read or changed it."""
        return replace(self, version=self.version + 1)


@dataclass(slots=True)
class Agency:
    """One agency's state during a transaction; `changed` and the like name what the store has to write."""

    id: UUID
    account: Account | None = None
    operations: dict[UUID, Operation] = field(default_factory=dict)
    account_changed: bool = False
    changed: set[UUID] = field(default_factory=set)
    quotes: dict[UUID, Quote] = field(default_factory=dict)
    quotes_changed: set[UUID] = field(default_factory=set)
    quotes_dropped: set[UUID] = field(default_factory=set)
    invoices: dict[str, KnownInvoice] = field(default_factory=dict)
    invoices_changed: set[str] = field(default_factory=set)
    baa_signed: bool = False
    baa_changed: bool = False

    @property
    def currency(self) -> str:
        """The currency of the plan as it was published last."""
        plan = self.account.plan if self.account is not None else None
        return plan.currency if plan is not None else "usd"

    @property
    def is_busy(self) -> bool:
        """True while an operation of ours is under way at Stripe."""
        return any(operation.is_under_way for operation in self.operations.values())

    @property
    def awaited(self) -> Operation | None:
        """The change that waits for the payment of its invoice; there is one at a time."""
        return next((operation for operation in self.operations.values() if operation.awaits_payment), None)

    @property
    def unsettled(self) -> tuple[Operation, ...]:
        """The operations whose pending prorations are not paid yet, oldest first."""
        unsettled = (operation for operation in self.operations.values() if operation.is_unsettled)
        return tuple(sorted(unsettled, key=lambda operation: operation.began_at))

    @property
    def unbilled_proration_ids(self) -> tuple[str, ...]:
        """The pending prorations of which we know no invoice yet."""
        return tuple(
            proration_id
            for operation in self.unsettled
            if operation.proration_invoice_id is None
            for proration_id in operation.pending_proration_ids
        )

    @property
    def open_settlement(self) -> KnownInvoice | None:
        """The settling invoice that is not paid, if there is one."""
        return next((invoice for invoice in self.invoices.values() if invoice.settles and invoice.is_open), None)

    @property
    def owes(self) -> bool:
        """True while our subscription has an unpaid invoice (`debt.py`)."""
        return bool(self.owed)

    @property
    def owed(self) -> tuple[KnownInvoice, ...]:
        """The invoices that our subscription owes, oldest first."""
        if self.account is None:
            return ()
        under_way = {operation.id: operation for operation in self.operations.values() if operation.is_under_way}
        # An undoing voids the invoice that it names, also after the change itself was given up.
        voided = {operation.invoice_id for operation in under_way.values() if operation.kind is OperationKind.UNDO}
        left = [invoice for invoice in self.invoices.values() if invoice.id not in voided]
        return owing(left, self.account.subscription_id, self.account.status, under_way.keys())

    @property
    def invoiced(self) -> tuple[int, ...]:
        """The seconds in which the known invoices of the subscription were made; complete for the last day."""
        subscription_id = self.account.subscription_id if self.account is not None else None
        return tuple(
            invoice.created for invoice in self.invoices.values() if invoice.subscription in {None, subscription_id}
        )

    def keep_baa(self, *, signed: bool) -> None:
        """Keep whether the BAA is signed."""
        self.baa_signed, self.baa_changed = signed, True

    def keep_account(self, account: Account) -> None:
        """Replace the account, and have it written."""
        self.account = account
        self.account_changed = True

    def keep(self, operation: Operation) -> None:
        """Replace the operation, and have it written."""
        self.operations[operation.id] = operation
        self.changed.add(operation.id)

    def keep_invoice(self, invoice: KnownInvoice) -> None:
        """Replace the invoice, and have it written."""
        self.invoices[invoice.id] = invoice
        self.invoices_changed.add(invoice.id)

    def keep_quote(self, quote: Quote) -> None:
        """Replace the quote, and have it written."""
        self.quotes[quote.id] = quote
        self.quotes_changed.add(quote.id)

    def drop_quote(self, quote_id: UUID) -> None:
        """Forget the quote, and have it deleted."""
        self.quotes.pop(quote_id, None)
        self.quotes_changed.discard(quote_id)
        self.quotes_dropped.add(quote_id)

    def under_way(self, operation_id: UUID) -> Operation | None:
        """The operation; None when it has ended or is unknown."""
        operation = self.operations.get(operation_id)
        return operation if operation is not None and operation.is_under_way else None
