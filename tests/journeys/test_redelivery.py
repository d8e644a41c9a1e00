"""Redelivery: whatever has been heard may be heard again, at any time and in any order, and nothing comes of it.

The story in `tests/support/story.py` says everything that any service hears. What a service hears and the story does
not say fails here, with what to do.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

import asyncpg
import pytest

from chassis.postgres import Db
from chassis.records import StoredRecord
from contracts.vocabulary import Service
from tests.support.databases import Databases
from tests.support.journey import Journey, journey_on
from tests.support.migrated import migrate_all
from tests.support.rows import changes, read_rows
from tests.support.story import Story

NOT_SAID_YET: Mapping[str, str] = {}
"""What the story cannot have said, and why. It is to be empty in the end."""


@asynccontextmanager
async def told_on(databases: Databases) -> AsyncIterator[tuple[Story, Db]]:
    """The story, about to begin, and the superuser's connection."""
    database = await databases.fresh(await databases.template("services", migrate_all))
    db = await asyncpg.connect(database)
    try:
        async with journey_on(database) as journey:
            yield Story(journey), db
    finally:
        await db.close()
        await databases.drop(database)


def log_of(journey: Journey, service: Service) -> list[StoredRecord]:
    """All that a service has been brought, topic by topic."""
    return [
        record for topic in journey.services[service].runtime.definition.topics for record in journey.bus.log[topic]
    ]


async def handle(journey: Journey, service: Service, records: Sequence[StoredRecord]) -> None:
    await journey.services[service].inbox.handle(records)


async def test_INVARIANT_what_is_heard_again_at_any_step_changes_nothing_and_mails_nobody(  # noqa: N802
    databases: Databases,
) -> None:
    """INVARIANT: all that was heard, in whole batches after each step and one by one in the end: no row changes."""
    rng = Random(1)
    async with told_on(databases) as (story, db):
        journey = story.journey

        async def all_again(step: str) -> None:
            before, mails = await read_rows(db), len(journey.letterbox.mails)
            for service in journey.services:
                log = log_of(journey, service)
                await handle(journey, service, log)
                rng.shuffle(log)
                await handle(journey, service, log)
            await journey.drain()
            assert changes(before, await read_rows(db)) == {}, step
            assert len(journey.letterbox.mails) == mails, step

        await story.run(all_again)
        before, mails = await read_rows(db), len(journey.letterbox.mails)
        for service in journey.services:
            for record in log_of(journey, service):
                await handle(journey, service, [record])
        await journey.drain()
        assert changes(before, await read_rows(db)) == {}
        assert len(journey.letterbox.mails) == mails
        unsaid = not_said(journey)
    assert not unsaid, (
        f"{unsaid}: the story in tests/support/story.py never has these said, so nobody knows what their redelivery"
        " does. Add a step in which they are"
    )


def not_said(journey: Journey) -> list[str]:
    """By service, what it hears and the story has not said."""
    published = {
        (dict(record.headers).get("ce_type") or b"").decode() for log in journey.bus.log.values() for record in log
    }
    missing = []
    for service, instance in journey.services.items():
        for message in instance.runtime.definition.handlers:
            if message.type in NOT_SAID_YET:
                assert message.type not in published, f"{message.type} is said by now: take it out of NOT_SAID_YET"
            elif message.type not in published:
                missing.append(f"{service}: {message.type}")
    return missing


async def shape_of(databases: Databases, rewinds: Random | None) -> tuple[Counter[str], Counter[str]]:
    """What was mailed and what was said when the story was told, with or without a bus that brings things again."""
    async with told_on(databases) as (story, _):
        journey = story.journey
        journey.bus.rewinds = rewinds

        async def nothing(_: str) -> None:
            pass

        await story.run(nothing)
        mails = Counter(
            f"{mail['To']}: {re.sub('[0-9]{4} is', '0000 is', mail['Subject'])}" for mail in journey.letterbox.mails
        )
        types = Counter(
            (dict(record.headers).get("ce_type") or b"").decode() for log in journey.bus.log.values() for record in log
        )
        return mails, types


@pytest.mark.parametrize("seed", [1])
async def test_INVARIANT_a_bus_that_goes_back_while_all_is_under_way_makes_no_difference(  # noqa: N802
    databases: Databases, seed: int
) -> None:
    """INVARIANT: the same mails and the same messages, though each consumer is set back again and again."""
    assert await shape_of(databases, Random(seed)) == await shape_of(databases, None)
