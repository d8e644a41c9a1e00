"""The agencies' plans and invoices, as billing last published them: written a batch at a time, and read."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.billing import OtherItem
from contracts.billing_payments import InvoiceChanged
from contracts.billing_quotes import TierOfType
from contracts.payment_vocabulary import DisputeState, InvoiceState, PaymentState
from contracts.vocabulary import BillingCycle
from database.postgres import Db, Pool
from services.gateway.model.changes import AgencyChanges, PlanChanges
from services.gateway.model.plan import InvoiceRow, Plan


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write the batch's changes of plans and invoices."""
    present = [changes for changes in states if not changes.gone]
    if plans := [(changes.agency_id, changes.plan) for changes in present if changes.plan is not None]:
        await db.execute(_SAVE_PLANS, *zip(*(_plan_row(*plan) for plan in plans), strict=True))
    if invoices := [(changes.agency_id, event) for changes in present for event in _latest(changes.invoices)]:
        await db.execute(_SAVE_INVOICES, *zip(*(_invoice_row(*invoice) for invoice in invoices), strict=True))


_SAVE_PLANS = """
WITH published AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::bigint[],
                         $7::bigint[], $8::text[], $9::int[], $10::timestamptz[], $11::text[], $12::bigint[],
                         $13::boolean[], $14::timestamptz[], $15::bigint[], $16::bigint[],
                         $17::text[])
        AS u(agency_id, cycle, total, renews_at, payment_state, discount, balance, prices, invoices_today,
             invoices_renew_at, others, other_total, negotiated, ends_at, coupons, tax,
             currency)
), kept AS (
    INSERT INTO plans AS p (agency_id, cycle, total, renews_at, payment_state, discount, balance, prices,
                            invoices_today, invoices_renew_at, others, other_total, negotiated, ends_at, coupons, tax,
                            currency)
    SELECT agency_id, cycle, total, renews_at, coalesce(payment_state, 'ok'), discount, balance, prices::jsonb,
           invoices_today, invoices_renew_at, others::jsonb, other_total, coalesce(negotiated, false), ends_at,
           coalesce(coupons, 0), coalesce(tax, 0), coalesce(currency, 'usd')
    FROM published
    ON CONFLICT (agency_id) DO UPDATE SET
        cycle         = EXCLUDED.cycle,
        total         = EXCLUDED.total,
        renews_at     = coalesce(EXCLUDED.renews_at, p.renews_at),
        payment_state = CASE WHEN EXCLUDED.prices IS NULL THEN p.payment_state ELSE EXCLUDED.payment_state END,
        discount      = coalesce(EXCLUDED.discount, p.discount),
        balance       = coalesce(EXCLUDED.balance, p.balance),
        prices        = coalesce(EXCLUDED.prices, p.prices),
        others        = coalesce(EXCLUDED.others, p.others),
        other_total   = coalesce(EXCLUDED.other_total, p.other_total),
        negotiated    = CASE WHEN EXCLUDED.prices IS NULL THEN p.negotiated ELSE EXCLUDED.negotiated END,
        ends_at       = CASE WHEN EXCLUDED.prices IS NULL THEN p.ends_at ELSE EXCLUDED.ends_at END,
        coupons       = CASE WHEN EXCLUDED.prices IS NULL THEN p.coupons ELSE EXCLUDED.coupons END,
        tax           = CASE WHEN EXCLUDED.prices IS NULL THEN p.tax ELSE EXCLUDED.tax END,
        currency      = CASE WHEN EXCLUDED.prices IS NULL THEN p.currency ELSE EXCLUDED.currency END,
        invoices_today = coalesce(EXCLUDED.invoices_today, p.invoices_today),
        invoices_renew_at = CASE WHEN EXCLUDED.prices IS NULL THEN p.invoices_renew_at
                                 ELSE EXCLUDED.invoices_renew_at END
)
UPDATE agencies a SET cycle = published.cycle FROM published
WHERE a.agency_id = published.agency_id AND a.cycle <> published.cycle
"""


def _plan_row(agency_id: UUID, plan: PlanChanges) -> tuple[object, ...]:
    figures = plan.figures
    if figures is None:
        return (agency_id, plan.cycle.value, plan.total, plan.renews_at, *([None] * 13))
    return (
        *(agency_id, plan.cycle.value, plan.total, plan.renews_at),
        *(figures.payment_state.value, figures.discount, figures.balance),
        json.dumps([price.model_dump(mode="json") for price in figures.prices]),
        *(figures.invoices_today, figures.invoices_renew_at),
        *(json.dumps([item.model_dump(mode="json") for item in figures.others]), figures.other_total),
        *(figures.negotiated, figures.ends_at, figures.coupons, figures.tax, figures.currency),
    )


def _latest(events: Sequence[InvoiceChanged]) -> Collection[InvoiceChanged]:
    """The newest event of each invoice: a statement may write a row only once."""
    latest: dict[str, InvoiceChanged] = {}
    for event in events:
        earlier = latest.get(event.invoice.id)
        if earlier is not None:
            kept = {
                "pdf_url": event.pdf_url or earlier.pdf_url,
                "operation_id": event.operation_id or earlier.operation_id,
                "at": min(event.at, earlier.at),
            }
            event = event.model_copy(update=kept)  # noqa: PLW2901  the same invoice, with what was known of it
        latest[event.invoice.id] = event
    return latest.values()


_SAVE_INVOICES = """
INSERT INTO invoices AS i (agency_id, invoice_id, number, at, total, amount_paid, state, url, pdf_url, operation_id,
                           credited, refunded, dispute, currency)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::text[],
                     $8::text[], $9::text[], $10::uuid[], $11::bigint[], $12::bigint[], $13::text[],
                     $14::text[])
ON CONFLICT (agency_id, invoice_id) DO UPDATE SET
    number       = coalesce(EXCLUDED.number, i.number),
    at           = least(i.at, EXCLUDED.at),
    total        = EXCLUDED.total,
    amount_paid  = EXCLUDED.amount_paid,
    state        = EXCLUDED.state,
    url          = coalesce(EXCLUDED.url, i.url),
    pdf_url      = coalesce(EXCLUDED.pdf_url, i.pdf_url),
    operation_id = coalesce(EXCLUDED.operation_id, i.operation_id),
    credited     = EXCLUDED.credited,
    refunded     = EXCLUDED.refunded,
    dispute      = EXCLUDED.dispute,
    currency     = EXCLUDED.currency
"""


def _invoice_row(agency_id: UUID, event: InvoiceChanged) -> tuple[object, ...]:
    invoice = event.invoice
    return (
        *(agency_id, invoice.id, invoice.number, event.at, invoice.total, invoice.amount_paid, event.state.value),
        *(invoice.url, event.pdf_url, event.operation_id, event.credited, event.refunded),
        event.dispute.value if event.dispute is not None else None,
        invoice.currency,
    )


_PLAN = """
SELECT coalesce(p.cycle, a.cycle) AS cycle, p.total, p.renews_at, p.payment_state, p.discount, p.balance, p.prices,
    p.others, p.other_total, p.negotiated, p.ends_at, p.coupons, p.tax, p.currency,
    CASE WHEN p.invoices_renew_at > $2 OR p.invoices_today IS NULL THEN p.invoices_today ELSE i.count END
        AS invoices_today,
    CASE WHEN p.invoices_renew_at > $2 THEN p.invoices_renew_at ELSE i.renew_at END AS invoices_renew_at
FROM agencies a LEFT JOIN plans p ON p.agency_id = a.agency_id, LATERAL (
    SELECT count(*) AS count, min(at) + interval '24 hours' AS renew_at FROM invoices
    WHERE agency_id = a.agency_id AND at > $2::timestamptz - interval '24 hours'
) i
WHERE a.agency_id = $1
"""


async def plan(pool: Pool, agency_id: UUID, now: datetime) -> Plan | None:
    """The agency's plan; None when there is no such agency.

    Billing publishes no event when an invoice of the last 24 hours stops counting: from then on they are counted here.
    """
    row = await pool.fetchrow(_PLAN, agency_id, now)
    if row is None:
        return None
    return Plan(
        cycle=BillingCycle(row["cycle"]),
        total=row["total"],
        renews_at=row["renews_at"],
        payment_state=PaymentState(row["payment_state"] or PaymentState.OK),
        discount=row["discount"],
        balance=row["balance"],
        prices=tuple(TierOfType.model_validate(price) for price in row["prices"] or ()),
        invoices_today=row["invoices_today"],
        invoices_renew_at=row["invoices_renew_at"],
        others=tuple(OtherItem.model_validate(item) for item in row["others"] or ()),
        other_total=row["other_total"] or 0,
        negotiated=bool(row["negotiated"]),
        ends_at=row["ends_at"],
        coupons=row["coupons"] or 0,
        tax=row["tax"] or 0,
        currency=row["currency"] or "usd",
    )


async def invoices(pool: Pool, agency_id: UUID, after: tuple[datetime, str] | None, limit: int) -> list[InvoiceRow]:
    """The agency's invoices before that one (None: the newest), newest first."""
    at, invoice_id = after or (None, None)
    rows = await pool.fetch(
        "SELECT invoice_id, number, at, total, amount_paid, state, url, pdf_url, operation_id, credited,"
        " refunded, dispute, currency FROM invoices"
        " WHERE agency_id = $1 AND ($2::timestamptz IS NULL OR (at, invoice_id) < ($2, $3::text))"
        " ORDER BY at DESC, invoice_id DESC LIMIT $4",
        agency_id,
        at,
        invoice_id,
        limit,
    )
    return [
        InvoiceRow(
            id=row["invoice_id"],
            number=row["number"],
            at=row["at"],
            total=row["total"],
            amount_paid=row["amount_paid"],
            state=InvoiceState(row["state"]),
            url=row["url"],
            pdf_url=row["pdf_url"],
            operation_id=row["operation_id"],
            credited=row["credited"],
            refunded=row["refunded"],
            dispute=DisputeState(row["dispute"]) if row["dispute"] is not None else None,
            currency=row["currency"],
        )
        for row in rows
    ]
