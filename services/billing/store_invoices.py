"""The SQL of invoices as they were published last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from contracts.payment_vocabulary import DisputeState, InvoiceState
from database.postgres import columns
from services.billing.awaited_payments import ItemsAwaitPayment
from services.billing.domain.account import Agency
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from services.billing.invoice_collection import InvoicePaid, InvoiceUnpaid
from services.billing.item_update import ItemsChanged
from services.billing.items_unchanged import ItemsUnchanged
from services.billing.operations.opening import Opened
from services.billing.operations.reversals import PaymentRead
from services.billing.operations.stripe_news import SubscriptionRead
from services.billing.operations.undo import Undone

_COUNTED_SECONDS: Final = 25 * 3600
"""Invoices of the last day count toward the invoice budget; one more hour is for clocks that differ."""


async def load_invoices(
    db: asyncpg.Connection[Any], agencies: Mapping[UUID, Agency], inputs: Inputs, now: datetime
) -> None:
    """Add the invoices of the last day, those that can still change, and those that the inputs are about.

    Those of lost disputes are added too: while one is lost, another one that is won does not end Auto-Add's pause.
    """
    snapshots = [invoice for values in inputs.values() for value in values for invoice in _invoices_in(value)]
    operation_ids = (operation_of(invoice.operation) for invoice in snapshots)
    rows = await db.fetch(
        _INVOICES,
        list(agencies),
        int(now.timestamp()) - _COUNTED_SECONDS,
        [invoice.id for invoice in snapshots],
        [operation_id for operation_id in operation_ids if operation_id is not None],
    )
    for row in rows:
        agencies[row["agency_id"]].invoices[row["id"]] = _known(row)


async def save_invoices(db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
    """Write the invoices that changed."""
    changed = [(agency.id, agency.invoices[invoice_id]) for agency in states for invoice_id in agency.invoices_changed]
    if changed:
        rows = [
            (
                invoice.id,
                agency_id,
                invoice.number,
                invoice.total,
                invoice.amount_paid,
                invoice.state.value,
                invoice.is_owed,
                invoice.created,
                invoice.url,
                invoice.pdf_url,
                invoice.operation_id,
                invoice.settles,
                invoice.subscription,
                invoice.amount_remaining,
                invoice.currency,
                invoice.decline_code,
                invoice.credited,
                invoice.refunded,
                invoice.dispute.value if invoice.dispute is not None else None,
                invoice.discount,
                invoice.tax,
            )
            for agency_id, invoice in changed
        ]
        await db.execute(_SAVE, *columns(rows))


def _invoices_in(value: object) -> Iterator[StripeInvoiceSnapshot]:
    match value:
        case PaymentRead(invoice=StripeInvoiceSnapshot() as invoice):
            yield invoice
        case SubscriptionRead():
            yield from value.invoices
        case Opened(snapshot=snapshot) if snapshot.latest_invoice is not None:
            yield snapshot.latest_invoice
        case ItemsAwaitPayment(invoice=invoice) | Undone(invoice=StripeInvoiceSnapshot() as invoice):
            yield invoice
        case ItemsChanged(invoice=StripeInvoiceSnapshot() as invoice):
            yield invoice
        case ItemsUnchanged():
            yield from value.owed
        case InvoicePaid() | InvoiceUnpaid():
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
        subscription=row["subscription_id"],
        amount_remaining=row["amount_remaining"],
        currency=row["currency"],
        decline_code=row["decline_code"],
        credited=row["credited"],
        refunded=row["refunded"],
        dispute=DisputeState(row["dispute"]) if row["dispute"] is not None else None,
        discount=row["discount"],
        tax=row["tax"],
    )


_INVOICES = """
SELECT * FROM invoices
WHERE agency_id = ANY($1::uuid[])
  AND (created > $2 OR state IN ('draft', 'open', 'uncollectible') OR dispute = 'lost' OR id = ANY($3::text[])
       OR operation_id = ANY($4::uuid[])
       OR id IN (SELECT invoice_id FROM operations WHERE agency_id = ANY($1::uuid[]) AND state = 'awaits_payment'))
ORDER BY created, id
"""
_SAVE = """
INSERT INTO invoices (id, agency_id, number, total, amount_paid, state, is_owed, created, url, pdf_url, operation_id,
                      settles, subscription_id, amount_remaining, currency, decline_code, credited, refunded, dispute,
                      discount, tax)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[],
                     $8::bigint[], $9::text[], $10::text[], $11::uuid[], $12::boolean[], $13::text[], $14::bigint[],
                     $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::text[], $20::bigint[],
                     $21::bigint[])
ON CONFLICT (id) DO UPDATE
SET number = excluded.number, total = excluded.total, amount_paid = excluded.amount_paid, state = excluded.state,
    is_owed = excluded.is_owed, url = excluded.url, pdf_url = excluded.pdf_url,
    amount_remaining = excluded.amount_remaining, currency = excluded.currency, decline_code = excluded.decline_code,
    credited = excluded.credited, refunded = excluded.refunded, dispute = excluded.dispute,
    discount = excluded.discount, tax = excluded.tax
"""
