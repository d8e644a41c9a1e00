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
from services.billing.domain.seen import SeenInvoice

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
    known: Mapping[str, KnownInvoice], seen: Iterable[SeenInvoice], cause: UUID | None = None
) -> InvoiceNews:
    """What these invoices tell that is not known; `known` are at least those seen, and all that are owed.

    `cause` is the operation that made them, where we made them ourselves.
    """
    now = dict(known)
    changed: list[KnownInvoice] = []
    failed: list[KnownInvoice] = []
    paid: list[KnownInvoice] = []
    for one in sorted(seen, key=lambda invoice: (invoice.created, invoice.id)):
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


def _known(seen: SeenInvoice, known: Mapping[str, KnownInvoice], cause: UUID | None) -> KnownInvoice:
    before = known.get(seen.id)
    told = KnownInvoice(
        id=seen.id,
        number=seen.number,
        total=seen.total,
        amount_paid=seen.amount_paid,
        state=seen.state,
        is_owed=(seen.state is InvoiceState.OPEN and seen.attempted) or seen.state is InvoiceState.UNCOLLECTIBLE,
        created=seen.created,
        url=seen.url,
        pdf_url=seen.pdf_url,
    )
    if before is not None:
        return replace(told, operation_id=before.operation_id, settles=before.settles)
    return replace(told, operation_id=cause or _cause(seen, known), settles=seen.settles)


def _cause(seen: SeenInvoice, known: Mapping[str, KnownInvoice]) -> UUID | None:
    """The operation noted when it was made, unless that one has its invoice: it stays noted for whoever comes next."""
    if seen.operation is None or not (seen.settles or seen.reason in _OF_A_CHANGE):
        return None
    operation_id = operation_of(seen.operation)
    return None if any(one.operation_id == operation_id for one in known.values()) else operation_id
