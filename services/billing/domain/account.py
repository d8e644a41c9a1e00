"""What billing knows of one agency: its account at Stripe, and the operations on it that are not settled yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.vocabulary import BillingCycle, FrozenReason, Quantities, SeatType
from services.billing.domain.invoice_news import KnownInvoice
from services.billing.domain.operation import Operation
from services.billing.domain.plan import Plan
from services.billing.domain.quote import Quote
from services.billing.domain.snapshots import StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Account:
    """The customer and subscription at Stripe, as last seen; `total` is the plan's price a cycle, in cents.

    `items` are the ids of the subscription's items, `card` the payment method that is charged, `plan` what was last
    told of it; None when not noted yet. `ended`: it gives no seats any more. `version` counts our own operations that
    saw or changed it, so that what was read before one of them ended is told from what was read after. `hinted` are
    invoices that an event named and that have not been read since.
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

    def holding(self, purchased: Quantities, snapshot: StripeSubscriptionSnapshot) -> Account:
        """With these quantities, and otherwise as the subscription was seen."""
        return replace(
            self,
            subscription_id=snapshot.id,
            purchased=purchased,
            cycle=snapshot.cycle,
            total=snapshot.total_for(purchased),
            items=snapshot.item_ids,
        )

    def seen_anew(self) -> Account:
        """After one more operation of ours has ended that saw or changed it: what was read before is older."""
        return replace(self, version=self.version + 1)


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
    invoices: dict[str, KnownInvoice] = field(default_factory=dict)
    invoices_changed: set[str] = field(default_factory=set)
    baa_signed: bool = False
    baa_changed: bool = False

    @property
    def is_busy(self) -> bool:
        """True while an operation of ours is under way at Stripe."""
        return any(one.is_under_way for one in self.operations.values())

    @property
    def unsettled(self) -> tuple[Operation, ...]:
        """The operations whose prorations are not paid yet, oldest first."""
        return tuple(
            sorted((one for one in self.operations.values() if one.is_unsettled), key=lambda one: one.began_at)
        )

    @property
    def open_settlement(self) -> KnownInvoice | None:
        """The settling invoice that is not paid, if there is one."""
        return next((one for one in self.invoices.values() if one.settles and one.is_open), None)

    @property
    def owes(self) -> bool:
        """True while an invoice's payment has failed and it is not paid."""
        return self.owed is not None

    @property
    def owed(self) -> KnownInvoice | None:
        """The oldest invoice whose payment has failed and that is not paid."""
        owed = (one for one in self.invoices.values() if one.is_owed)
        return min(owed, key=lambda one: (one.created, one.id), default=None)

    @property
    def invoiced(self) -> tuple[int, ...]:
        """The seconds in which invoices were made, those of the last day among them."""
        return tuple(one.created for one in self.invoices.values())

    def sign_baa(self) -> None:
        """Admins' own changes of money are open from now on."""
        self.baa_signed = self.baa_changed = True

    def keep_account(self, account: Account) -> None:
        """The account is so now."""
        self.account = account
        self.account_changed = True

    def keep(self, operation: Operation) -> None:
        """The operation stands so now."""
        self.operations[operation.id] = operation
        self.changed.add(operation.id)

    def keep_invoice(self, invoice: KnownInvoice) -> None:
        """The invoice stands so now."""
        self.invoices[invoice.id] = invoice
        self.invoices_changed.add(invoice.id)

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
