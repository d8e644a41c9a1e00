"""What is new about invoices: those that stand otherwise than we knew, those that could not be paid, and the recovery.

An invoice could not be paid when the card was tried and it is still open, or when Stripe has given it up. It is told
once, however often Stripe tries again; the recovery is told when nothing is owed any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from contracts.vocabulary import InvoiceState
from services.billing.domain.hint import operation_of
from services.billing.domain.snapshots import StripeInvoiceSnapshot

_OF_A_CHANGE: Final = frozenset({"subscription_create", "subscription_update"})
"""The reasons for which Stripe makes an invoice of an operation; a renewal is nobody's, nor one made by hand."""
_OPEN_ENDED: Final = frozenset({InvoiceState.DRAFT, InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE})


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    """An invoice as it was last told. `operation_id` is the change that made it; `settles`: it took unsettled seats."""

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

    @property
    def is_open(self) -> bool:
        """True while it is to be paid."""
        return self.state in {InvoiceState.DRAFT, InvoiceState.OPEN}

    @property
    def is_final(self) -> bool:
        """True when nothing happens to it any more."""
        return self.state not in _OPEN_ENDED


@dataclass(frozen=True, slots=True)
class InvoiceNews:
    """What is to be told, oldest first."""

    changed: tuple[KnownInvoice, ...]
    failed: tuple[KnownInvoice, ...]
    recovered: KnownInvoice | None


def invoice_news(
    known: Mapping[str, KnownInvoice], snapshot: Iterable[StripeInvoiceSnapshot], cause: UUID | None = None
) -> InvoiceNews:
    """What these invoices tell that is not known; `known` are at least those seen, and all that are owed.

    `cause` is the operation that made them, where we made them ourselves.
    """
    now = dict(known)
    changed: list[KnownInvoice] = []
    failed: list[KnownInvoice] = []
    paid: list[KnownInvoice] = []
    for one in sorted(snapshot, key=lambda invoice: (invoice.created, invoice.id)):
        before, after = now.get(one.id), _known(one, now, cause)
        if after == before:
            continue
        now[one.id] = after
        changed.append(after)
        was_owed = before is not None and before.is_owed
        if after.is_owed and not was_owed:
            failed.append(after)
        if was_owed and not after.is_owed:
            paid.append(after)
    owes = any(one.is_owed for one in now.values())
    return InvoiceNews(tuple(changed), tuple(failed), paid[-1] if paid and not owes else None)


def _known(snapshot: StripeInvoiceSnapshot, known: Mapping[str, KnownInvoice], cause: UUID | None) -> KnownInvoice:
    before = known.get(snapshot.id)
    told = KnownInvoice(
        id=snapshot.id,
        number=snapshot.number,
        total=snapshot.total,
        amount_paid=snapshot.amount_paid,
        state=snapshot.state,
        is_owed=(snapshot.state is InvoiceState.OPEN and snapshot.attempted)
        or snapshot.state is InvoiceState.UNCOLLECTIBLE,
        created=snapshot.created,
        url=snapshot.url,
        pdf_url=snapshot.pdf_url,
    )
    if before is not None:
        return replace(told, operation_id=before.operation_id, settles=before.settles)
    return replace(told, operation_id=cause or _cause(snapshot, known), settles=snapshot.settles)


def _cause(snapshot: StripeInvoiceSnapshot, known: Mapping[str, KnownInvoice]) -> UUID | None:
    """The operation noted when it was made, unless that one has its invoice: it stays noted for whoever comes next."""
    if snapshot.operation is None or not (snapshot.settles or snapshot.reason in _OF_A_CHANGE):
        return None
    operation_id = operation_of(snapshot.operation)
    return None if any(one.operation_id == operation_id for one in known.values()) else operation_id
