"""Redelivery: a service may receive any message again, at any time and in any order, and nothing changes.

The story in `tests/support/story.py` publishes every message type that any service handles. A type that a service
handles and the story does not publish fails here.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

import asyncpg
import pytest

from contracts.vocabulary import Service
from database.postgres import Db
from tests.support.databases import Databases
from tests.support.journey import Journey, journey_on
from tests.support.migrated import migrate_all
from tests.support.rows import changes, read_rows
from tests.support.story import Story
from transport.records import StoredRecord

_PARKED = "a service parks an agency only for a fault of ours; tests/journeys/test_parked.py has one"
_ERASED = "an erasure deletes records of the bus that later steps look up; tests/journeys/test_erasure.py has one"
NOT_PUBLISHED_YET: Mapping[str, str] = {
    **{f"{service}.agency_{what}.v1": _PARKED for service in Service for what in ("parked", "resumed")},
    **dict.fromkeys(("members.erase.v1", "members.erased.v1"), _ERASED),
}
"""Message types that the story cannot publish, with the reason. The aim is an empty table."""
NEW, OLD = 60, 200
"""How many of each topic's newest records, and of all others, are redelivered after a step. At the end, each one is."""


@asynccontextmanager
async def story_on(databases: Databases) -> AsyncIterator[tuple[Story, Db]]:
    """Yield the story before its first step, and the superuser's connection."""
    database = await databases.fresh(await databases.template("services", migrate_all))
    db = await asyncpg.connect(database)
    try:
        async with journey_on(database) as journey:
            yield Story(journey), db
    finally:
        await db.close()
        await databases.drop(database)


def log_of(journey: Journey, service: Service) -> list[StoredRecord]:
    """Return every record of the service's topics, topic by topic."""
    return [
        record for topic in journey.services[service].runtime.definition.topics for record in journey.bus.log[topic]
    ]


async def handle(journey: Journey, service: Service, records: Sequence[StoredRecord]) -> None:
    await journey.services[service].inbox.handle(records)


async def test_INVARIANT_a_redelivery_after_any_step_changes_no_row_and_sends_no_mail(  # noqa: N802
    databases: Databases,
) -> None:
    """INVARIANT: a redelivery of new and old messages after each step, and of every one at the end, changes no row."""
    rng = Random(1)
    async with story_on(databases) as (story, db):
        journey = story.journey

        async def redeliver_all(step: str) -> None:
            before, mails = await read_rows(db), len(journey.letterbox.mails)
            for service in journey.services:
                logs = [journey.bus.log[topic] for topic in journey.services[service].runtime.definition.topics]
                new = [record for log in logs for record in log[-NEW:]]
                old = [record for log in logs for record in log[:-NEW]]
                await handle(journey, service, new)
                mixed = new + rng.sample(old, min(OLD, len(old)))
                rng.shuffle(mixed)
                await handle(journey, service, mixed)
            await journey.drain()
            assert changes(before, await read_rows(db)) == {}, step
            assert len(journey.letterbox.mails) == mails, step

        await story.run(redeliver_all)
        before, mails = await read_rows(db), len(journey.letterbox.mails)
        for service in journey.services:
            for record in log_of(journey, service):
                await handle(journey, service, [record])
        await journey.drain()
        assert changes(before, await read_rows(db)) == {}
        assert len(journey.letterbox.mails) == mails
        missing = not_published(journey)
    assert not missing, (
        f"{missing}: the story in tests/support/story.py never publishes these, so their redelivery is not tested."
        " Add a step that publishes them"
    )


def not_published(journey: Journey) -> list[str]:
    """Return, by service, the message types that it handles and the story has not published."""
    published = {
        (dict(record.headers).get("ce_type") or b"").decode() for log in journey.bus.log.values() for record in log
    }
    missing_types = []
    for service, instance in journey.services.items():
        for message in instance.runtime.definition.handlers:
            if message.type in NOT_PUBLISHED_YET:
                assert message.type not in published, (
                    f"{message.type} is published by now: take it out of NOT_PUBLISHED_YET"
                )
            elif message.type not in published:
                missing_types.append(f"{service}: {message.type}")
    return missing_types


async def shape_of(databases: Databases, rewinds: Random | None) -> tuple[Counter[str], Counter[str]]:
    """Count the mails and the message types of the story, on a bus that redelivers if `rewinds` is given."""
    async with story_on(databases) as (story, _):
        journey = story.journey
        journey.bus.rewinds = rewinds

        async def do_nothing(_: str) -> None:
            pass

        await story.run(do_nothing)
        mails = Counter(
            f"{mail['To']}: {re.sub('[0-9]{4} is', '0000 is', mail['Subject'])}" for mail in journey.letterbox.mails
        )
        types = Counter(
            (dict(record.headers).get("ce_type") or b"").decode() for log in journey.bus.log.values() for record in log
        )
        return mails, types


@pytest.mark.parametrize("seed", [1])
async def test_INVARIANT_a_bus_that_redelivers_during_the_story_makes_no_difference(  # noqa: N802
    databases: Databases, seed: int
) -> None:
    """INVARIANT: mails and messages are the same when every consumer is set back again and again."""
    assert await shape_of(databases, Random(seed)) == await shape_of(databases, None)
