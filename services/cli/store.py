"""The operator's own SQL: what is known of a service whose schema was lost."""

from __future__ import annotations

from uuid import UUID

from contracts.vocabulary import Service
from database.postgres import Db
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


async def deferred_of(db: Db, sender: Service) -> list[tuple[UUID, str, int]]:
    """The numbers of a sender that this service has deferred, in order: agency, topic, number."""
    return [(row["agency_id"], row["topic"], row["seq"]) for row in await db.fetch(_DEFERRED, sender.value)]


_IN_USE = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid())
"""
_DEFERRED = "SELECT agency_id, topic, seq FROM deferred_messages WHERE sender = $1 ORDER BY 1, 2, 3"
_HANDLED = """
SELECT a.agency_id, substr(h.key, length($1) + 1) AS topic, h.value::bigint AS seq
FROM actors a, jsonb_each_text(a.handled) h WHERE starts_with(h.key, $1)
"""
