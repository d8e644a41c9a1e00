"""The operator's SQL about agencies: in the gateway's read model, and in billing's accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from database.postgres import Db


async def by_text(db: Db, text: str, limit: int) -> list[dict[str, Any]]:
    """The gateway's agencies with this auto-join domain, or a member with this address, or a name that begins so."""
    return [dict(row) for row in await db.fetch(_BY_TEXT, text.strip().lower(), limit)]


async def by_ids(db: Db, agencies: list[UUID]) -> list[dict[str, Any]]:
    """These agencies, as the gateway knows them."""
    return [dict(row) for row in await db.fetch(f"{_ROW} WHERE agency_id = ANY($1) ORDER BY agency_id", agencies)]


async def page(db: Db, after: UUID, limit: int) -> list[dict[str, Any]]:
    """A page of all agencies, by id."""
    rows = await db.fetch(f"{_ROW} WHERE agency_id > $1 ORDER BY agency_id LIMIT $2", after, limit)
    return [dict(row) for row in rows]


async def of_stripe_id(db: Db, stripe_id: str) -> list[UUID]:
    """Billing's agencies with this customer, subscription or invoice at Stripe."""
    return [row["agency_id"] for row in await db.fetch(_OF_STRIPE, stripe_id)]


async def account(db: Db, agency_id: UUID) -> dict[str, Any] | None:
    """Billing's account of an agency."""
    row = await db.fetchrow("SELECT * FROM accounts WHERE agency_id = $1", agency_id)
    return None if row is None else dict(row)


_ROW = """
SELECT agency_id AS agency, name, domain, open, cycle, purchased_base AS base, purchased_voice AS voice,
       active_base, active_voice, auto_add, paused
FROM agencies
"""
_BY_TEXT = f"""
{_ROW} WHERE domain = $1 OR lower(name) LIKE replace(replace($1, '%', ''), '_', '') || '%'
   OR agency_id IN (SELECT agency_id FROM members WHERE email = $1)
ORDER BY agency_id LIMIT $2
"""  # noqa: S608  a constant statement
_OF_STRIPE = """
SELECT agency_id FROM accounts WHERE customer_id = $1 OR subscription_id = $1
UNION SELECT agency_id FROM operations WHERE invoice_id = $1
"""
