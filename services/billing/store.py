"""The SQL of accounts and operations. `store_quotes.py` and `store_invoices.py` have the rest of an agency's state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis.actor import Inputs
from contracts.billing import CancelChange, SwitchCycle
from contracts.payment_vocabulary import Debt
from contracts.stripe_events import StripeEvent
from contracts.vocabulary import BillingCycle, FrozenReason, Quantities, RejectionCode, SeatType
from database.postgres import columns
from services.billing.awaited_payments import ItemsAwaitPayment
from services.billing.domain.account import Account, Agency
from services.billing.domain.cycle_switch import CycleSwitch
from services.billing.domain.hint import operation_of
from services.billing.domain.operation import Operation, OperationKind, OperationState
from services.billing.domain.plan import Plan
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.invoice_collection import InvoicePaid, InvoiceUnpaid
from services.billing.item_update import ItemsChanged
from services.billing.items_unchanged import ItemsUnchanged
from services.billing.operations.stripe_news import SubscriptionRead
from services.billing.operations.undo import Undone
from services.billing.store_invoices import load_invoices, save_invoices
from services.billing.store_quotes import load_quotes, save_quotes

_PLAN: Final = TypeAdapter(Plan)
_DEBT: Final = TypeAdapter(Debt)
_SWITCH: Final = TypeAdapter(CycleSwitch)


class BillingStore:
    """Load and save agencies. Of the operations that have ended, only those named by an input are loaded."""

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, Agency]:
        """Each agency's account, its operations under way or unsettled, and the rows that its inputs name."""
        ids = list(inputs)
        agencies = {agency_id: Agency(agency_id) for agency_id in ids}
        for row in await db.fetch(_ACCOUNTS, ids):
            agencies[row["agency_id"]].account = account_of(row)
        named = (_operation_named_by(value) for values in inputs.values() for value in values)
        operation_ids = [operation_id for operation_id in named if operation_id is not None]
        for row in await db.fetch(_OPERATIONS, ids, operation_ids):
            agencies[row["agency_id"]].operations[row["id"]] = _operation(row)
        locked = [
            agency_id
            for agency_id, values in inputs.items()
            if any(isinstance(value, SwitchCycle | CancelChange) for value in values)
        ]
        if locked:
            for row in await db.fetch(_BAAS, locked):
                agencies[row["agency_id"]].baa_signed = True
        await load_quotes(db, agencies, inputs)
        await load_invoices(db, agencies, inputs, now)
        return agencies

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
        """Write everything that changed."""
        accounts = [
            (agency.id, agency.account) for agency in states if agency.account_changed and agency.account is not None
        ]
        if accounts:
            await db.execute(
                _SAVE_ACCOUNTS,
                *columns(
                    [
                        (
                            agency_id,
                            account.customer_id,
                            account.subscription_id,
                            account.purchased.base,
                            account.purchased.voice,
                            account.cycle.value,
                            account.total,
                            account.items.get(SeatType.BASE) if account.items else None,
                            account.items.get(SeatType.VOICE) if account.items else None,
                            account.card,
                            account.ended.value if account.ended else None,
                            account.version,
                            _PLAN.dump_python(account.plan, mode="json") if account.plan is not None else None,
                            ",".join(sorted(account.hinted)),
                            account.prices.get(SeatType.BASE) if account.prices else None,
                            account.prices.get(SeatType.VOICE) if account.prices else None,
                            account.ends_at,
                            account.status,
                            _DEBT.dump_python(account.debt, mode="json") if account.debt is not None else None,
                        )
                        for agency_id, account in accounts
                    ]
                ),
            )
        operations = [agency.operations[operation_id] for agency in states for operation_id in agency.changed]
        if operations:
            await db.execute(
                _SAVE_OPERATIONS,
                *columns(
                    [
                        (
                            operation.id,
                            operation.agency_id,
                            operation.kind.value,
                            operation.state.value,
                            operation.before.base,
                            operation.before.voice,
                            operation.after.base,
                            operation.after.voice,
                            operation.began_at,
                            operation.ended_at,
                            operation.timeout_published,
                            operation.code.value if operation.code else None,
                            operation.charged,
                            operation.invoice_id,
                            ",".join(operation.pending_proration_ids),
                            operation.pending_cents,
                            operation.proration_invoice_id,
                            operation.is_settled,
                            operation.payment_until,
                            _SWITCH.dump_python(operation.switch, mode="json") if operation.switch else None,
                            operation.confirms,
                        )
                        for operation in operations
                    ]
                ),
            )
        if signed := [agency.id for agency in states if agency.baa_changed and agency.baa_signed]:
            await db.execute(_SAVE_BAAS, signed)
        if lapsed := [agency.id for agency in states if agency.baa_changed and not agency.baa_signed]:
            await db.execute(_DELETE_BAAS, lapsed)
        await save_quotes(db, states)
        await save_invoices(db, states)


async def agencies_of(db: asyncpg.Connection[Any], customer_ids: Sequence[str]) -> Mapping[str, UUID]:
    """The agency of each customer at Stripe; unknown customers are left out."""
    rows = await db.fetch(_AGENCIES_OF, list(customer_ids))
    return {row["customer_id"]: row["agency_id"] for row in rows}


def account_of(row: asyncpg.Record) -> Account:
    """An account from its row."""
    return Account(
        customer_id=row["customer_id"],
        subscription_id=row["subscription_id"],
        purchased=Quantities(row["base"], row["voice"]),
        cycle=BillingCycle(row["cycle"]),
        total=row["total"],
        items=_items(row["base_item"], row["voice_item"]),
        card=row["card"],
        ended=FrozenReason(row["ended"]) if row["ended"] else None,
        version=row["version"],
        plan=_PLAN.validate_python(row["plan"]) if row["plan"] is not None else None,
        hinted=frozenset(row["hinted"]),
        prices=_items(row["base_price"], row["voice_price"]),
        ends_at=row["ends_at"],
        status=row["status"],
        debt=_DEBT.validate_python(row["debt"]) if row["debt"] is not None else None,
    )


def _items(base: str | None, voice: str | None) -> dict[SeatType, str] | None:
    """The ids of the subscription's items, or of their prices; None when they are not known yet."""
    known = {SeatType.BASE: base, SeatType.VOICE: voice}
    return {seat_type: item for seat_type, item in known.items() if item is not None} or None


def _operation_named_by(value: object) -> UUID | None:
    """The operation that an input is about, even if it has ended."""
    match value:
        case StripeEvent():
            return operation_of(value.idempotency_key)
        case (
            SubscriptionRead(snapshot=snapshot)
            | ItemsChanged(snapshot=snapshot)
            | ItemsAwaitPayment(snapshot=snapshot)
            | Undone(snapshot=snapshot)
            | ItemsUnchanged(snapshot=StripeSubscriptionSnapshot() as snapshot)
        ):
            return operation_of(snapshot.operation)
        case InvoicePaid(snapshot=snapshot) | InvoiceUnpaid(snapshot=snapshot):
            return operation_of(snapshot.operation)
        case _:
            return None


def _operation(row: asyncpg.Record) -> Operation:
    return Operation(
        id=row["id"],
        agency_id=row["agency_id"],
        kind=OperationKind(row["kind"]),
        before=Quantities(row["before_base"], row["before_voice"]),
        after=Quantities(row["after_base"], row["after_voice"]),
        began_at=row["began_at"],
        state=OperationState(row["state"]),
        timeout_published=row["timeout_published"],
        code=RejectionCode(row["code"]) if row["code"] else None,
        invoice_id=row["invoice_id"],
        charged=row["charged"],
        ended_at=row["ended_at"],
        pending_proration_ids=tuple(row["pending_proration_ids"]),
        pending_cents=row["pending_cents"],
        proration_invoice_id=row["proration_invoice_id"],
        is_settled=row["is_settled"],
        payment_until=row["payment_until"],
        switch=_SWITCH.validate_python(row["switch"]) if row["switch"] is not None else None,
        confirms=row["confirms"],
    )


_ACCOUNTS = "SELECT * FROM accounts WHERE agency_id = ANY($1::uuid[])"
_OPERATIONS = """
SELECT * FROM operations
WHERE agency_id = ANY($1::uuid[])
  AND (state IN ('under_way', 'awaits_payment') OR id = ANY($2::uuid[])
       OR (pending_proration_ids <> '{}' AND NOT is_settled))
"""
_BAAS = "SELECT agency_id FROM baas WHERE agency_id = ANY($1::uuid[])"
_SAVE_BAAS = "INSERT INTO baas (agency_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_DELETE_BAAS = "DELETE FROM baas WHERE agency_id = ANY($1::uuid[])"
_AGENCIES_OF = "SELECT customer_id, agency_id FROM accounts WHERE customer_id = ANY($1::text[])"
_SAVE_ACCOUNTS = """
INSERT INTO accounts (agency_id, customer_id, subscription_id, base, voice, cycle, total, base_item, voice_item, card,
                      ended, version, plan, hinted, base_price, voice_price, ends_at, status, debt)
SELECT agency_id, customer_id, subscription_id, base, voice, cycle, total, base_item, voice_item, card, ended, version,
       plan, string_to_array(hinted, ','), base_price, voice_price, ends_at, status, debt
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[], $7::bigint[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::integer[], $13::jsonb[], $14::text[],
            $15::text[], $16::text[], $17::timestamptz[],
            $18::text[], $19::jsonb[])
     AS n (agency_id, customer_id, subscription_id, base, voice, cycle, total, base_item, voice_item, card, ended,
           version, plan, hinted, base_price, voice_price, ends_at, status, debt)
ON CONFLICT (agency_id) DO UPDATE
SET customer_id = excluded.customer_id, subscription_id = excluded.subscription_id, base = excluded.base,
    voice = excluded.voice, cycle = excluded.cycle, total = excluded.total, base_item = excluded.base_item,
    voice_item = excluded.voice_item, card = excluded.card, ended = excluded.ended, version = excluded.version,
    plan = excluded.plan, hinted = excluded.hinted, base_price = excluded.base_price,
    voice_price = excluded.voice_price, ends_at = excluded.ends_at, status = excluded.status, debt = excluded.debt
"""
_SAVE_OPERATIONS = """
INSERT INTO operations (id, agency_id, kind, state, before_base, before_voice, after_base, after_voice, began_at,
                        ended_at, timeout_published, code, charged, invoice_id, pending_proration_ids, pending_cents,
                        proration_invoice_id, is_settled, payment_until, switch, confirms)
SELECT id, agency_id, kind, state, before_base, before_voice, after_base, after_voice, began_at, ended_at,
       timeout_published, code, charged, invoice_id, string_to_array(pending_proration_ids, ','), pending_cents,
       proration_invoice_id, is_settled, payment_until, switch, confirms
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[], $8::integer[],
            $9::timestamptz[], $10::timestamptz[], $11::boolean[], $12::text[], $13::bigint[], $14::text[], $15::text[],
            $16::bigint[], $17::text[], $18::boolean[], $19::timestamptz[], $20::jsonb[],
            $21::boolean[])
     AS n (id, agency_id, kind, state, before_base, before_voice, after_base, after_voice, began_at, ended_at,
           timeout_published, code, charged, invoice_id, pending_proration_ids, pending_cents, proration_invoice_id,
           is_settled, payment_until, switch, confirms)
ON CONFLICT (id) DO UPDATE
SET state = excluded.state, ended_at = excluded.ended_at, timeout_published = excluded.timeout_published,
    code = excluded.code, charged = excluded.charged, invoice_id = excluded.invoice_id,
    pending_proration_ids = excluded.pending_proration_ids, pending_cents = excluded.pending_cents,
    proration_invoice_id = excluded.proration_invoice_id, is_settled = excluded.is_settled,
    payment_until = excluded.payment_until, switch = excluded.switch, confirms = excluded.confirms
"""
