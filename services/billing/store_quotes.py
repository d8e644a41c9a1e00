"""The SQL of quotes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis import tasks
from chassis.actor import Inputs
from contracts.billing import QuoteCycle, QuoteSeats, SetQuantities, SwitchCycle
from services.billing.domain.account import Agency
from services.billing.domain.quote import Quote, Terms
from services.billing.tasks import NoQuote, QuoteMade

_TERMS: Final = TypeAdapter(Terms)


async def load_quotes(db: asyncpg.Connection[Any], agencies: Mapping[UUID, Agency], wanted: Inputs) -> None:
    """The quotes that what is to be decided names, and those not answered yet of the sessions that ask anew."""
    named: list[tuple[UUID, UUID]] = []
    asking: set[tuple[UUID, str]] = set()
    for agency_id, decided in wanted.items():
        for one in decided:
            match one:
                case QuoteSeats() | QuoteCycle():
                    asking.add((agency_id, one.session))
                case SetQuantities(quote_id=UUID() as quote_id) | SwitchCycle(quote_id=quote_id):
                    named.append((agency_id, quote_id))
                case QuoteMade() | NoQuote():
                    named.append((agency_id, one.quote_id))
                case _:
                    pass
    if not named and not asking:
        return
    rows = await db.fetch(_QUOTES, *pairs(named), *pairs(sorted(asking)))
    started = await tasks.leased(db, [row["id"] for row in rows if row["terms"] is None])
    for row in rows:
        agencies[row["agency_id"]].quotes[row["id"]] = _quote(row, is_started=row["id"] in started)


async def save_quotes(db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
    """Write the quotes that changed, and forget those that are of no use any more, of these agencies."""
    dropped = [quote_id for agency in states for quote_id in agency.quotes_dropped]
    changed = [agency.quotes[one] for agency in states for one in agency.quotes_changed]
    if dropped:
        await db.execute(_DROP, dropped)
    if changed:
        rows = [
            (
                one.id,
                one.agency_id,
                one.session,
                one.requested_at,
                one.expires_at,
                _TERMS.dump_python(one.terms, mode="json") if one.terms is not None else None,
            )
            for one in changed
        ]
        await db.execute(_SAVE, *columns(rows))
        await db.execute(_TIDY, [one.agency_id for one in changed], max(one.requested_at for one in changed))


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Rows as columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)]


def pairs(rows: Sequence[tuple[object, object]]) -> tuple[list[object], list[object]]:
    """Pairs as two columns, empty ones too."""
    return [one for one, _ in rows], [other for _, other in rows]


def _quote(row: asyncpg.Record, *, is_started: bool) -> Quote:
    return Quote(
        id=row["id"],
        agency_id=row["agency_id"],
        session=row["session"],
        requested_at=row["asked_at"],
        terms=_TERMS.validate_python(row["terms"]) if row["terms"] is not None else None,
        expires_at=row["expires_at"],
        is_started=is_started,
    )


_QUOTES = """
SELECT q.* FROM quotes q
WHERE (q.agency_id, q.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
   OR (q.terms IS NULL AND (q.agency_id, q.session) IN (SELECT * FROM unnest($3::uuid[], $4::text[])))
ORDER BY q.asked_at, q.id
"""
_DROP = "DELETE FROM quotes WHERE id = ANY($1::uuid[])"
_SAVE = """
INSERT INTO quotes (id, agency_id, session, asked_at, expires_at, terms)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[])
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, terms = excluded.terms
"""
_TIDY = "DELETE FROM quotes WHERE agency_id = ANY($1::uuid[]) AND expires_at < $2::timestamptz - interval '1 day'"
