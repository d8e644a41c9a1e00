"""The SQL of invoices."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from contracts.vocabulary import InvoiceState
from services.billing.domain.account import Agency
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_news import KnownInvoice
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from services.billing.store_quotes import columns
from services.billing.tasks import ItemsChanged, NewsRead, Opened, SettlementPaid, SettlementUnpaid

_COUNTED_SECONDS: Final = 25 * 3600
"""Those of the last day count toward the invoice budget; an hour more, for clocks that differ."""


async def load_invoices(
    db: asyncpg.Connection[Any], agencies: Mapping[UUID, Agency], wanted: Inputs, now: datetime
) -> None:
    """The invoices of the last day, those that are not at their end, and those that what is to be decided is about."""
    snapshot = [invoice for decided in wanted.values() for one in decided for invoice in _seen_in(one)]
    rows = await db.fetch(
        _INVOICES,
        list(agencies),
        int(now.timestamp()) - _COUNTED_SECONDS,
        [one.id for one in snapshot],
        [operation for one in snapshot if (operation := operation_of(one.operation)) is not None],
    )
    for row in rows:
        agencies[row["agency_id"]].invoices[row["id"]] = _known(row)


async def save_invoices(db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
    """Write the invoices that changed."""
    changed = [(agency.id, agency.invoices[one]) for agency in states for one in agency.invoices_changed]
    if changed:
        rows = [
            (
                one.id,
                agency_id,
                one.number,
                one.total,
                one.amount_paid,
                one.state.value,
                one.is_owed,
                one.created,
                one.url,
                one.pdf_url,
                one.operation_id,
                one.settles,
            )
            for agency_id, one in changed
        ]
        await db.execute(_SAVE, *columns(rows))


def _seen_in(value: object) -> Iterator[StripeInvoiceSnapshot]:
    match value:
        case NewsRead():
            yield from value.invoices
        case Opened(snapshot=snapshot) if snapshot.latest_invoice is not None:
            yield snapshot.latest_invoice
        case ItemsChanged(invoice=StripeInvoiceSnapshot() as invoice):
            yield invoice
        case SettlementPaid() | SettlementUnpaid():
            yield value.invoice
        case _:
            pass


def _known(row: asyncpg.Record) -> KnownInvoice:
    return KnownInvoice(
        id=row["id"],
        number=row["number"],
        total=row["total"],
        amount_paid=row["amount_paid"],
        state=InvoiceState(row["state"]),
        is_owed=row["is_owed"],
        created=row["created"],
        url=row["url"],
        pdf_url=row["pdf_url"],
        operation_id=row["operation_id"],
        settles=row["settles"],
    )


_INVOICES = """
SELECT * FROM invoices
WHERE agency_id = ANY($1::uuid[])
  AND (created > $2 OR state IN ('draft', 'open', 'uncollectible') OR id = ANY($3::text[])
       OR operation_id = ANY($4::uuid[]))
ORDER BY created, id
"""
_SAVE = """
INSERT INTO invoices (id, agency_id, number, total, amount_paid, state, is_owed, created, url, pdf_url, operation_id,
                      settles)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[],
                     $8::bigint[], $9::text[], $10::text[], $11::uuid[], $12::boolean[])
ON CONFLICT (id) DO UPDATE
SET number = excluded.number, total = excluded.total, amount_paid = excluded.amount_paid, state = excluded.state,
    is_owed = excluded.is_owed, url = excluded.url, pdf_url = excluded.pdf_url
"""
