"""How long each table keeps its rows is written down, and what no replay needs is forgotten in time."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.vocabulary import Service
from database.postgres import connection
from hosting import retention
from hosting.replay import replay
from hosting.retention import COMMANDS_KEPT, LOOKED_AT_KEPT, UNNUMBERED_KEPT, forget
from services.seats.app import definition as seats
from tests.support.clock import START
from tests.support.databases import Databases
from tests.support.migrated import migrate_all
from tests.support.one_service import OneService

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
EVERYWHERE = "In every service"
COMMAND, EVENT, REPLY = ("billing.commands", 1), ("seats.events", 2), ("billing.replies", 0)


def documented() -> dict[str, list[str]]:
    """The tables of the chapter, by the heading above them."""
    chapter = PAGE.read_text().split("\n## What is kept, and for how long\n")[1].split("\n## ")[0]
    parts = chapter.split("\n### ")[1:]
    return {
        part.splitlines()[0]: [
            name
            for line in part.splitlines()
            if line.startswith("| `")
            for name in re.findall(r"`(\w+)`", line.split("|")[1])
        ]
        for part in parts
    }


async def test_the_operations_page_says_of_every_table_how_long_it_keeps_its_rows(migrated: str) -> None:
    tables = documented()
    db = await asyncpg.connect(migrated)
    for service in Service:
        rows = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", service)
        assert sorted(row["tablename"] for row in rows) == sorted([*tables[EVERYWHERE], *tables[service]]), service
    await db.close()
    assert set(tables) == {EVERYWHERE, *Service}


@pytest.fixture
async def service(databases: Databases) -> OneService:
    return await OneService.open(seats(), await databases.fresh(await databases.template("migrated", migrate_all)))


async def publish(service: OneService, *, at: timedelta, unsent: bool = False) -> None:
    """Store a command, an event and a reply in the outbox, published so long after the start."""
    for topic, seq in (COMMAND, EVENT, REPLY):
        number = await service.pool.fetchval(
            "INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)"
            " VALUES ($1, $2, 't', $3, '{}', '{}', $4) RETURNING id",
            UUID(int=1), topic, seq, START + at,
        )  # fmt: skip
        if unsent:
            await service.pool.execute("INSERT INTO unsent (id) VALUES ($1)", number)


async def kept(service: OneService) -> list[tuple[str, int]]:
    return [(row["topic"], row["seq"]) for row in await service.pool.fetch("SELECT topic, seq FROM outbox ORDER BY id")]


async def test_the_outbox_forgets_replies_then_commands_and_never_an_event(service: OneService) -> None:
    await publish(service, at=timedelta(0))
    await publish(service, at=timedelta(days=1))
    service.clock.now = START + UNNUMBERED_KEPT + timedelta(hours=1)
    assert await forget(service.runtime) == 1
    assert await kept(service) == [COMMAND, EVENT, COMMAND, EVENT, REPLY]
    service.clock.now = START + COMMANDS_KEPT + timedelta(hours=1)
    assert await forget(service.runtime) == 2
    assert await kept(service) == [EVENT, COMMAND, EVENT]
    service.clock.now += timedelta(days=36_500)
    assert await forget(service.runtime) == 1
    assert await forget(service.runtime) == 0
    assert await kept(service) == [EVENT, EVENT]
    async with connection(service.pool) as db:
        assert await replay(db) == 2
    await service.close()


async def test_what_the_broker_has_not_acknowledged_is_not_forgotten(service: OneService) -> None:
    await publish(service, at=timedelta(0), unsent=True)
    service.clock.now = START + COMMANDS_KEPT * 2
    assert await forget(service.runtime) == 0
    assert await kept(service) == [COMMAND, EVENT, REPLY]
    await service.close()


async def test_more_than_a_piece_is_forgotten_in_pieces(service: OneService) -> None:
    await service.pool.execute(
        "INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)"
        " SELECT $1, 'billing.replies', 't', 0, '{}', '{}', $2 FROM generate_series(1, $3)",
        UUID(int=1), START, retention.PIECE * 2 + 1,
    )  # fmt: skip
    service.clock.now = START + UNNUMBERED_KEPT + timedelta(hours=1)
    assert await forget(service.runtime) == retention.PIECE * 2 + 1
    await service.close()


async def test_what_only_the_operator_looks_at_is_forgotten_and_what_waits_is_not(service: OneService) -> None:
    kinds = ("ahead", "gap", "parked", "quarantined", "rejected")
    await service.pool.executemany(
        "INSERT INTO deferred_messages (agency_id, kind, reason, topic, kafka_partition, kafka_offset, headers, at)"
        " VALUES ($1, $2, '', 't', 0, 0, '', $3)",
        [(uuid4(), kind, START) for kind in kinds],
    )
    service.clock.now = START + LOOKED_AT_KEPT
    assert await forget(service.runtime) == 0
    service.clock.advance(1)
    assert await forget(service.runtime) == 2
    rows = await service.pool.fetch("SELECT kind FROM deferred_messages ORDER BY kind")
    assert [row["kind"] for row in rows] == ["ahead", "gap", "parked"]
    await service.close()
