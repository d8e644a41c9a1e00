"""A lost bus, and a lost gateway schema: replay restores everything that events carry, and nothing happens twice."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from contracts.billing import OpenPortal
from contracts.vocabulary import Service
from database.postgres import Db, connect
from hosting.replay import replay
from hosting.settings import with_role
from services.cli import rebuilding
from services.cli.rebuilding import Connected, NotLostError, Rebuilt, rebuild
from services.gateway.app import definition
from services.gateway.application.activity_sealing import seal, verify
from services.gateway.model.activity_seal import Head
from tests.support.databases import Databases
from tests.support.journey import Journey, journey_on
from tests.support.keys import TRUST
from tests.support.migrated import migrate_all
from tests.support.one_service import PASSWORD
from tests.support.rebuilt import rebuildable_rows
from tests.support.rows import TableRows, changes, read_rows
from tests.support.story import ADA, Story
from transport.access import KafkaAccess


async def all_rows(database: str) -> TableRows:
    """Return all rows of all services."""
    db = await asyncpg.connect(database)
    try:
        return await read_rows(db)
    finally:
        await db.close()


def connections(database: str) -> Connected:
    """Connections as the command line opens them."""

    @asynccontextmanager
    async def connected(service: Service, *, patient: bool = False) -> AsyncIterator[Db]:
        db = await connect(with_role(database, service, PASSWORD), service, command_timeout=60 if patient else None)
        try:
            yield db
        finally:
            await db.close()

    return connected


async def run_story(database: str) -> datetime:
    """Run the whole story, and erase somebody; return the time of its end."""

    async def do_nothing(_: str) -> None:
        pass

    async with journey_on(database) as journey:
        story = Story(journey)
        await story.run(do_nothing)
        await story.somebody_is_erased()
        return journey.clock.now


async def deliver(database: str, now: datetime) -> tuple[int, int]:
    """Deliver the replayed messages; return how many mails were sent, and how many writes Stripe received."""
    async with journey_on(database) as journey:
        journey.clock.now = now
        before = await writes(journey)
        await journey.drain()
        await journey.advance(120)
        return len(journey.letterbox.mails), await writes(journey) - before


async def writes(journey: Journey) -> int:
    return sum(request["method"] == "POST" for request in await journey.stripe.control_log())


async def lose_gateway(database: str) -> None:
    """Drop the gateway's schema, and create it again without rows."""
    db = await asyncpg.connect(database)
    try:
        await db.execute("DROP SCHEMA gateway CASCADE")
    finally:
        await db.close()
    await migrate_all(database)


async def rebuild_gateway(database: str) -> Rebuilt:
    """Rebuild the gateway, as `replay --to gateway` does."""
    kafka = KafkaAccess("unused:9092")
    return await rebuild(Service.GATEWAY, definition().topics, kafka, connections(database), TRUST)


async def chains(database: str, agencies: list[UUID]) -> list[dict[str, Head]]:
    """Seal the agencies' logs; return the heads of all chains but the gateway's own, which begin anew."""
    heads = []
    async with connections(database)(Service.GATEWAY) as db:
        for agency_id in agencies:
            await seal(db, agency_id)
            verdict = await verify(db, agency_id)
            assert verdict is not None
            assert verdict.is_intact
            heads.append({owner: head for owner, head in verdict.stored.items() if owner != Service.GATEWAY})
    return heads


async def nothing_on_the_bus(*_: object) -> int:
    """Stand in for the bus's numbers when the bus was lost as well."""
    return 0


async def test_a_lost_bus_and_a_lost_gateway_are_rebuilt_row_by_row_and_nobody_is_charged_or_mailed_again(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "add_from_bus", nothing_on_the_bus)
    database = await databases.fresh(await databases.template("services", migrate_all))
    now = await run_story(database)
    before = await all_rows(database)

    for service in Service:
        async with connections(database)(service) as db:
            assert await replay(db) > 0
    assert await deliver(database, now) == (0, 0)
    assert changes(before, await all_rows(database)) == {}

    agencies = [UUID(json.loads(row)["agency_id"]) for row in before["gateway.agencies"]]
    sealed = await chains(database, agencies)
    await lose_gateway(database)
    rebuilt = await rebuild_gateway(database)
    assert {service for service, count in rebuilt.sent.items() if count} == set(Service) - {Service.GATEWAY}
    assert rebuilt.unbelieved == 0
    assert await deliver(database, now) == (0, 0)
    after = await all_rows(database)
    assert await chains(database, agencies) == sealed
    assert changes(rebuildable_rows(before), rebuildable_rows(after)) == {}
    others = [
        {name: rows for name, rows in tables.items() if not name.startswith("gateway.")} for tables in (before, after)
    ]
    assert changes(*others) == {}
    await check_new_commands(database, now)
    await databases.drop(database)


async def check_new_commands(database: str, now: datetime) -> None:
    """Check that the rebuilt gateway works: each owner handles its new commands and takes none for a duplicate."""
    async with journey_on(database) as journey:
        journey.clock.now = now
        story = Story(journey)
        assert (await story.ada.log_in(ADA)).status_code == 201
        assert (await story.ada.auto_add(enabled=False)).status_code == 200
        assert (await journey.browser().join("new@harbor.example")).status_code == 201
        await story.command(OpenPortal())
        agency_id = UUID((await story.ada.get("/me"))["agency"]["id"])
        db = await asyncpg.connect(database)
        try:
            published = await db.fetchval("SELECT published FROM gateway.actors WHERE agency_id = $1", agency_id)
            for service in (Service.MEMBERS, Service.SEATS, Service.BILLING, Service.NOTIFIER):
                handled = await db.fetchval(f"SELECT handled FROM {service}.actors WHERE agency_id = $1", agency_id)
                topic = f"{service}.commands"
                assert json.loads(handled)[f"gateway/{topic}"] == json.loads(published)[topic]
                assert await db.fetchval(f"SELECT count(*) FROM {service}.deferred_messages") == 0
        finally:
            await db.close()


async def test_a_gateway_that_runs_or_has_published_is_not_rebuilt(migrated: str) -> None:
    async def attempt() -> None:
        await rebuild_gateway(migrated)

    async with journey_on(migrated) as journey:
        await journey.open_agency()
        with pytest.raises(NotLostError, match="runs"):
            await attempt()
    async with asyncio.timeout(20):
        while True:
            with pytest.raises(NotLostError) as error:
                await attempt()
            if re.search("not empty", str(error.value)):
                break
