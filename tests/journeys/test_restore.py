"""A restore from yesterday's backup: money is read again and reported, and nothing is charged twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from contracts.vocabulary import Quantities, Service
from database.postgres import Db, connect
from hosting.replay import replay
from services.cli.access_lists import publications
from services.cli.commands import app
from services.cli.rebuilding import NotLostError
from services.cli.restoring import catch_up, check_stopped
from tests.support import invariants
from tests.support.backups import back_up, restore
from tests.support.bus import MemoryBus
from tests.support.journey import Journey
from tests.support.keys import TRUST
from tests.support.money import purchased_seats, save_seats, signed_in_admin, subscription_of
from transport.records import StoredRecord

HOUR = 3600
HOLES = """
SELECT agency_id, topic FROM {}.outbox WHERE seq > 0
GROUP BY agency_id, topic HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> max(seq)
"""
"""Streams that lack a number, or have one twice."""


async def run_jobs(journey: Journey) -> None:
    """Run billing's jobs: Stripe's list of events, and the comparison of all subscriptions."""
    runtime = journey.services[Service.BILLING].runtime
    for job in runtime.definition.jobs:
        await job.run(runtime)
    await journey.drain()


async def reconnect(journey: Journey) -> None:
    """Have the services' connections made anew, as a start of the services makes them."""
    for service in journey.services.values():
        await service.pool.expire_connections()


async def paid(journey: Journey) -> list[tuple[str, int]]:
    """Every invoice at Stripe, with what was paid."""
    return sorted(
        (invoice["id"], invoice["amount_paid"]) for invoice in await journey.stripe.invoices(subscription_of(journey))
    )


@asynccontextmanager
async def connections(journey: Journey, service: Service, *, patient: bool = False) -> AsyncIterator[Db]:
    db = await connect(journey.services[service].dsn, service, command_timeout=60 if patient else None)
    try:
        yield db
    finally:
        await db.close()


async def on_the_bus(journey: Journey, service: Service) -> AsyncIterator[StoredRecord]:
    for topic in publications(service):
        for record in journey.bus.log[topic]:
            yield record


async def test_everything_from_yesterday_reads_the_money_again_and_charges_nothing_twice(
    journey: Journey, migrated: str, tmp_path: Path
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    await journey.browser().join("nia@harbor.example")
    await run_jobs(journey)
    subscription = subscription_of(journey)
    # At the moment of the backup, seats has sent the command that buys bo's seat, and billing has not handled it.
    journey.bus.held.add("billing")
    joining = asyncio.create_task(journey.browser().join("bo@harbor.example"))
    db = await asyncpg.connect(migrated)
    while not await db.fetchval("SELECT count(purchase_id) FROM seats.ledgers"):
        await asyncio.sleep(0)
    await back_up(migrated, tmp_path / "backup")
    journey.bus.held.clear()
    assert (await joining).json()["member"]["status"] == "active"

    # What happens after the backup is at Stripe only.
    await journey.browser().join("cem@harbor.example")
    await save_seats(ada, 6, 0)
    before = await paid(journey)
    updates = len(await journey.updates())
    assert await journey.stripe.quantities(subscription) == (6, 0)

    await journey.advance(20 * HOUR)
    await restore(migrated, tmp_path / "backup")
    await reconnect(journey)
    journey.bus = MemoryBus()
    assert await db.fetchval("SELECT purchased_base FROM seats.ledgers") == 2
    for service in Service:
        async with connections(journey, service) as own:
            await replay(own)
    await journey.drain()
    await run_jobs(journey)
    await journey.pass_time(60, step=6)

    assert await purchased_seats(ada) == Quantities(6, 0)
    assert await paid(journey) == before
    assert len(await journey.updates()) == updates
    assert (await ada.row("bo@harbor.example"))["status"] == "active"
    [change] = [line for line in (await ada.get("/activity"))["items"] if line["action"] == "subscription_changed"]
    assert (change["actor"]["kind"], change["after"]) == ("stripe", {"base": 6, "voice": 0})
    again = await journey.browser().join("cem@harbor.example")
    assert again.json()["member"]["status"] == "active"
    assert await paid(journey) == before
    await db.close()


async def test_one_service_after_another_from_yesterday_catches_up_with_the_bus_and_charges_nothing_twice(
    journey: Journey, migrated: str, tmp_path: Path
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    await journey.browser().join("nia@harbor.example")
    await run_jobs(journey)
    await back_up(migrated, tmp_path / "backup")
    await journey.browser().join("bo@harbor.example")
    await journey.browser().join("cem@harbor.example")
    await save_seats(ada, 6, 0)
    await ada.ask("DELETE", f"/members/{(await ada.row('cem@harbor.example'))['id']}")
    await ada.auto_add(False)
    await journey.advance(20 * HOUR)
    before, updates = await paid(journey), len(await journey.updates())
    db = await asyncpg.connect(migrated)
    agency_id = await db.fetchval("SELECT agency_id FROM seats.ledgers")
    for service in (Service.GATEWAY, Service.BILLING, Service.SEATS, Service.NOTIFIER):
        await restore(migrated, tmp_path / "backup", [service])
        await journey.services[service].pool.expire_connections()
        caught_up = await catch_up(service, on_the_bus(journey, service), partial(connections, journey), TRUST)
        assert caught_up.taken_back, service
        assert caught_up.missing == 0, service
        await journey.drain()
        await run_jobs(journey)
        await journey.advance(60)
        await invariants.check(journey, db, agency_id, [])
        assert await db.fetch(HOLES.format(service)) == [], service
    assert (await paid(journey), len(await journey.updates())) == (before, updates)
    assert await purchased_seats(ada) == Quantities(6, 0)
    assert not (await ada.get("/seats"))["autoAdd"]["enabled"]
    assert (await journey.browser().join("dan@harbor.example")).json()["member"]["status"] == "active"
    assert await paid(journey) == before
    await db.close()


async def test_a_service_that_runs_is_not_brought_up_to_the_bus(journey: Journey) -> None:
    with pytest.raises(NotLostError, match="A process of seats runs"):
        await check_stopped(Service.SEATS, partial(connections, journey))


def test_members_which_gives_people_their_ids_is_not_restored_alone() -> None:
    refused = CliRunner().invoke(app, ["restored", "members"])
    assert refused.exit_code == 2
    assert "Restore it to its last commit, or restore all services together." in refused.output
