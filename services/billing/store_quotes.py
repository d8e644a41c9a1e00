"""The SQL of quotes. A quote is deleted when it is rejected or superseded, and one day after it expired."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis import tasks
from chassis.actor import Inputs
from contracts.billing import QuoteCycle, QuoteSeats, SetQuantities, SwitchCycle
from database.postgres import columns
from services.billing.domain.account import Agency
from services.billing.domain.quote import Quote, Terms
from services.billing.operations.quote import NoQuote
from services.billing.quote_of_previews import QuoteMade

_TERMS: Final = TypeAdapter(Terms)


async def load_quotes(db: asyncpg.Connection[Any], agencies: Mapping[UUID, Agency], inputs: Inputs) -> None:
    """Add the quotes that the inputs name, and the unanswered quotes of sessions that request another one."""
    named: list[tuple[UUID, UUID]] = []
    requesting: set[tuple[UUID, str]] = set()
    for agency_id, values in inputs.items():
        for value in values:
            match value:
                case QuoteSeats() | QuoteCycle():
                    requesting.add((agency_id, value.session))
                case SetQuantities(quote_id=UUID() as quote_id) | SwitchCycle(quote_id=quote_id):
                    named.append((agency_id, quote_id))
                case QuoteMade() | NoQuote():
                    named.append((agency_id, value.quote_id))
                case _:
                    pass
    if not named and not requesting:
        return
    rows = await db.fetch(_QUOTES, *pairs(named), *pairs(sorted(requesting)))
    started = await tasks.leased(db, [row["id"] for row in rows if row["terms"] is None])
    for row in rows:
        agencies[row["agency_id"]].quotes[row["id"]] = _quote(row, is_started=row["id"] in started)


async def save_quotes(db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
    """Write the quotes that changed, and delete dropped and expired ones of these agencies."""
    dropped = [quote_id for agency in states for quote_id in agency.quotes_dropped]
    changed = [agency.quotes[quote_id] for agency in states for quote_id in agency.quotes_changed]
    if dropped:
        await db.execute(_DROP, dropped)
    if changed:
        rows = [
            (
                quote.id,
                quote.agency_id,
                quote.session,
                quote.requested_at,
                quote.expires_at,
                _TERMS.dump_python(quote.terms, mode="json") if quote.terms is not None else None,
            )
            for quote in changed
        ]
        await db.execute(_SAVE, *columns(rows))
        await db.execute(_TIDY, [quote.agency_id for quote in changed], max(quote.requested_at for quote in changed))


async def forget_expired(db: asyncpg.Connection[Any], now: datetime, most: int) -> int:
    """Delete up to `most` quotes of any agency that ended more than a day ago; returns how many."""
    status = await db.execute(_FORGET, now, most)
    return int(status.rpartition(" ")[2])


def pairs(rows: Sequence[tuple[object, object]]) -> tuple[list[object], list[object]]:
    """Convert pairs to two columns; no pairs make two empty columns."""
    return [first for first, _ in rows], [second for _, second in rows]


def _quote(row: asyncpg.Record, *, is_started: bool) -> Quote:
    return Quote(
        id=row["id"],
        agency_id=row["agency_id"],
        session=row["session"],
        requested_at=row["requested_at"],
        terms=_TERMS.validate_python(row["terms"]) if row["terms"] is not None else None,
        expires_at=row["expires_at"],
        is_started=is_started,
    )


_QUOTES = """
SELECT q.* FROM quotes q
WHERE (q.agency_id, q.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
   OR (q.terms IS NULL AND (q.agency_id, q.session) IN (SELECT * FROM unnest($3::uuid[], $4::text[])))
ORDER BY q.requested_at, q.id
"""
_DROP = "DELETE FROM quotes WHERE id = ANY($1::uuid[])"
_SAVE = """
INSERT INTO quotes (id, agency_id, session, requested_at, expires_at, terms)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[])
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, terms = excluded.terms
"""
_TIDY = "DELETE FROM quotes WHERE agency_id = ANY($1::uuid[]) AND expires_at < $2::timestamptz - interval '1 day'"
_FORGET = """
DELETE FROM quotes WHERE id = ANY(ARRAY(
    SELECT id FROM quotes WHERE coalesce(expires_at, requested_at) < $1::timestamptz - interval '1 day'
    ORDER BY agency_id, expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
"""
