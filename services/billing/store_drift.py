"""The SQL of the drift jobs: how far they have come, and what they compare Stripe's lists with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.billing.domain.account import Account
from services.billing.domain.drift import Progress
from services.billing.store import account_of


async def load_progress(db: asyncpg.Connection[Any]) -> Progress:
    """How far the jobs have come; the start when they have never run."""
    row = await db.fetchrow(_LOAD)
    if row is None:
        return Progress()
    return Progress(row["last_event"], row["sweep_began"], row["sweep_ended"], row["swept_to"], row["swept"])


async def save_progress(db: asyncpg.Connection[Any], progress: Progress) -> None:
    """Keep how far the jobs have come."""
    await db.execute(
        _SAVE,
        progress.last_event,
        progress.sweep_began,
        progress.sweep_ended,
        progress.swept_to,
        progress.swept,
    )


async def accounts_of(db: asyncpg.Connection[Any], customers: Sequence[str]) -> Mapping[str, tuple[UUID, Account]]:
    """The agency and account of each customer; unknown customers are left out."""
    rows = await db.fetch(_ACCOUNTS, list(customers))
    return {row["customer_id"]: (row["agency_id"], account_of(row)) for row in rows}


async def known_invoices(db: asyncpg.Connection[Any], invoices: Sequence[str]) -> set[str]:
    """The ids of the invoices that billing knows."""
    return {row["id"] for row in await db.fetch(_INVOICES, list(invoices))}


_LOAD = "SELECT * FROM drift"
_SAVE = """
INSERT INTO drift (last_event, sweep_began, sweep_ended, swept_to, swept) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (singleton) DO UPDATE
SET last_event = excluded.last_event, sweep_began = excluded.sweep_began, sweep_ended = excluded.sweep_ended,
    swept_to = excluded.swept_to, swept = excluded.swept
"""
_ACCOUNTS = "SELECT * FROM accounts WHERE customer_id = ANY($1::text[])"
_INVOICES = "SELECT id FROM invoices WHERE id = ANY($1::text[])"
