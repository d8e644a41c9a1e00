"""The operator's own SQL: what is known of a service whose schema was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Service
from database.postgres import Db, columns
from services.cli.known_numbers import Numbers


async def is_in_use(db: Db) -> bool:
    """Whether another connection is open under this role."""
    return bool(await db.fetchval(_IN_USE))


async def has_published(db: Db) -> bool:
    """Whether the outbox holds a message."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM outbox)"))


async def handled_of(db: Db, sender: Service) -> Numbers:
    """The last numbers of a sender that this service has handled."""
    return {(row["agency_id"], row["topic"]): row["seq"] for row in await db.fetch(_HANDLED, f"{sender}/")}


async def cursors_of(db: Db) -> dict[Service, Sequence[tuple[UUID, str, int]]]:
    """How far this service has handled each sender: agency, topic, number."""
    return {
        sender: [(agency_id, topic, seq) for (agency_id, topic), seq in (await handled_of(db, sender)).items()]
        for sender in Service
    }


async def published_of(db: Db) -> Numbers:
    """The last number that this service has given, by agency and topic."""
    return {(row["agency_id"], row["topic"]): row["seq"] for row in await db.fetch(_PUBLISHED)}


async def take_back(db: Db, messages: Sequence[tuple[UUID, str, str, int, str, str, datetime]]) -> None:
    """Store messages in the outbox that it has lost, in order; they are published already.

    A message is its agency, topic, type, number, envelope, data and time.
    """
    await db.execute(_TAKE_BACK, *columns(messages))


async def deferred_of(db: Db, sender: Service) -> list[tuple[UUID, str, int]]:
    """The numbers of a sender that this service has deferred, in order: agency, topic, number."""
    return [(row["agency_id"], row["topic"], row["seq"]) for row in await db.fetch(_DEFERRED, sender.value)]


_IN_USE = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid())
"""
_DEFERRED = "SELECT agency_id, topic, seq FROM deferred_messages WHERE sender = $1 ORDER BY 1, 2, 3"
_PUBLISHED = """
SELECT agency_id, p.key AS topic, p.value::bigint AS seq FROM actors, jsonb_each_text(published) p
"""
_TAKE_BACK = """
INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)
SELECT agency_id, topic, type, seq, headers, data, published_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[])
     WITH ORDINALITY AS n (agency_id, topic, type, seq, headers, data, published_at, place)
ORDER BY place
"""
_HANDLED = """
SELECT a.agency_id, substr(h.key, length($1) + 1) AS topic, h.value::bigint AS seq
FROM actors a, jsonb_each_text(a.handled) h WHERE starts_with(h.key, $1)
"""
