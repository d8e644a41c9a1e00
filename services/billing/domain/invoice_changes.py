"""Find changes of invoices: other figures, failed payments, and the payment of an invoice that had failed.

A payment has failed when the card was tried and the invoice is still open, when a sent invoice is overdue, or when
Stripe has given the invoice up. A failure is reported once, however often Stripe tries again. The invoice of a change
that waits for its payment is not owed: if it is not paid, the change is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.payment_vocabulary import DisputeState, InvoiceState
from services.billing.domain.hint import operation_of
from services.billing.domain.overdue import is_overdue
from services.billing.domain.snapshots import StripeInvoiceSnapshot

_OF_A_CHANGE: Final = frozenset({"subscription_create", "subscription_update"})
"""The reasons with which Stripe makes an operation's invoice. A renewal has no operation, nor has a manual invoice."""
_OPEN_ENDED: Final = frozenset({InvoiceState.DRAFT, InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE})


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    """An invoice as it was published last. `operation_id` is the operation behind it; `settles`: a settling one.

    `is_owed`: its payment failed, or it is overdue, and it is not paid yet (`debt.py` decides what that means).
    `amount_remaining` is what is still to be paid, and `decline_code` Stripe's, of our last try to charge it.
    `credited` and `refunded` are cents that went back, and `dispute` is where a dispute of its payment stands.
    `subscription` is the one that it bills. After a replacement, the older subscription's invoices are still known.
    """

    id: str
    number: str | None
    total: int
    amount_paid: int
    state: InvoiceState
    is_owed: bool
    created: int
    url: str | None = None
    pdf_url: str | None = None
    operation_id: UUID | None = None
    settles: bool = False
    subscription: str | None = None
    amount_remaining: int = 0
    currency: str = "usd"
    decline_code: str | None = None
    credited: int = 0
    refunded: int = 0
    dispute: DisputeState | None = None
    discount: int = 0
    tax: int = 0

    @property
    def is_open(self) -> bool:
        """True while the invoice can still be paid."""
        return self.state in {InvoiceState.DRAFT, InvoiceState.OPEN}

    @property
    def is_final(self) -> bool:
        """True when the invoice cannot change any more."""
        return self.state not in _OPEN_ENDED


@dataclass(frozen=True, slots=True)
class InvoiceChanges:
    """News to publish, oldest first. `paid` is the last one whose payment had failed and that is now paid or void."""

    changed: tuple[KnownInvoice, ...]
    failed: tuple[KnownInvoice, ...]
    paid: KnownInvoice | None


def ours(
    snapshots: Iterable[StripeInvoiceSnapshot], known: Mapping[str, KnownInvoice], subscriptions: Collection[str]
) -> tuple[StripeInvoiceSnapshot, ...]:
    """The invoices of our subscription: of one of these, or known already.

    An event may name any invoice of the customer: another product's, or one that stands alone. Such an invoice is
    neither shown nor owed here, and uses up no budget of ours.
    """
    return tuple(invoice for invoice in snapshots if invoice.subscription in subscriptions or invoice.id in known)


def invoice_changes(
    known: Mapping[str, KnownInvoice],
    snapshots: Iterable[StripeInvoiceSnapshot],
    cause: UUID | None = None,
    decline_code: str | None = None,
    awaited: str | None = None,
    at: datetime | None = None,
) -> InvoiceChanges:
    """Compare the snapshots with what is known; `known` has at least the same invoices, and all that are owed.

    `cause` is the operation that made or charged the invoices, and `decline_code` Stripe's, if the card declined them.
    `awaited` is the invoice of the change that waits for its payment. `at` is the moment of the comparison, without
    which nothing is overdue.
    """
    now = dict(known)
    changed: list[KnownInvoice] = []
    failed: list[KnownInvoice] = []
    paid: list[KnownInvoice] = []
    for snapshot in sorted(snapshots, key=lambda invoice: (invoice.created, invoice.id)):
        before, after = now.get(snapshot.id), known_invoice(snapshot, now, cause, decline_code, at)
        if snapshot.id == awaited:
            after = replace(after, is_owed=False)
        if after == before:
            continue
        now[snapshot.id] = after
        changed.append(after)
        was_owed = before is not None and before.is_owed
        if after.is_owed and not was_owed:
            failed.append(after)
        if was_owed and not after.is_owed:
            paid.append(after)
    return InvoiceChanges(tuple(changed), tuple(failed), paid[-1] if paid else None)


def known_invoice(
    snapshot: StripeInvoiceSnapshot,
    known: Mapping[str, KnownInvoice],
    cause: UUID | None = None,
    decline_code: str | None = None,
    at: datetime | None = None,
) -> KnownInvoice:
    """The invoice as it is published, with what a reading of the invoice alone does not show."""
    before = known.get(snapshot.id)
    overdue = at is not None and is_overdue(snapshot.due_at, at)
    invoice = KnownInvoice(
        id=snapshot.id,
        number=snapshot.number,
        total=snapshot.total,
        amount_paid=snapshot.amount_paid,
        state=snapshot.state,
        is_owed=(snapshot.state is InvoiceState.OPEN and (snapshot.attempted or overdue))
        or snapshot.state is InvoiceState.UNCOLLECTIBLE,
        created=snapshot.created,
        url=snapshot.url,
        pdf_url=snapshot.pdf_url,
        subscription=snapshot.subscription,
        amount_remaining=snapshot.amount_remaining,
        currency=snapshot.currency,
        credited=snapshot.credited,
        discount=snapshot.discount,
        tax=snapshot.tax,
    )
    if invoice.is_owed:
        known_code = before.decline_code if before is not None else None
        invoice = replace(invoice, decline_code=decline_code or snapshot.decline_code or known_code)
    if before is not None:
        return replace(
            invoice,
            operation_id=before.operation_id,
            settles=before.settles,
            refunded=before.refunded,
            dispute=before.dispute,
        )
    return replace(invoice, operation_id=cause or _cause(snapshot, known), settles=snapshot.settles)


def _cause(snapshot: StripeInvoiceSnapshot, known: Mapping[str, KnownInvoice]) -> UUID | None:
    """The operation in the metadata, unless it has an invoice already: later invoices of others carry it too."""
    if snapshot.operation is None or not (snapshot.settles or snapshot.reason in _OF_A_CHANGE):
        return None
    operation_id = operation_of(snapshot.operation)
    has_invoice = any(invoice.operation_id == operation_id for invoice in known.values())
    return None if has_invoice else operation_id
