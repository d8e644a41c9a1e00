"""A gateway that lost its schema goes on above the numbers that it gave, whatever somebody wrote to the bus."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from contracts.vocabulary import Service
from database.postgres import connect
from hosting.settings import with_role
from services.cli.known_numbers import MOST_CLAIMS, KnownNumbers
from services.cli.rebuilding import add_handled
from tests.support.one_service import PASSWORD

AGENCY = uuid4()
COMMANDS, EVENTS = (AGENCY, "notifier.commands"), (AGENCY, "gateway.events")


@pytest.mark.parametrize(
    ("handled", "claimed", "highest", "unbelieved"),
    [
        (4, [5, 6, 7], 7, 0),
        (4, [7, 6, 5], 7, 0),
        (4, [1, 2, 3], 4, 0),
        (0, [1, 2], 2, 0),
        (4, [5, 2**62], 5, 1),
        (0, [2**62, 2**62 + 1], None, 2),
    ],
)
def test_a_number_that_anybody_could_have_written_counts_only_behind_one_that_counts(
    handled: int, claimed: Sequence[int], highest: int | None, unbelieved: int
) -> None:
    known = KnownNumbers()
    for number in claimed[:1]:
        known.claim(EVENTS, number)
    if handled:
        known.know(EVENTS, handled)
    for number in claimed[1:]:
        known.claim(EVENTS, number)
    assert known.highest().get(EVENTS) == highest
    assert known.unbelieved() == unbelieved


def test_a_number_that_is_proven_counts_by_itself() -> None:
    known = KnownNumbers()
    for number in (3, 9, 4):
        known.know(COMMANDS, number)
    assert (known.highest(), known.unbelieved()) == ({COMMANDS: 9}, 0)


def test_a_flood_of_numbers_is_not_kept() -> None:
    known = KnownNumbers()
    for number in range(10, 10 + 2 * MOST_CLAIMS):
        known.claim(EVENTS, number)
    assert (known.highest(), known.unbelieved()) == ({}, MOST_CLAIMS)


async def test_a_deferred_event_counts_no_more_than_one_on_the_bus_and_a_deferred_command_as_it_was_checked(
    migrated: str,
) -> None:
    db = await connect(with_role(migrated, Service.NOTIFIER, PASSWORD), Service.NOTIFIER)
    try:
        await db.execute(
            "INSERT INTO actors (agency_id, handled) VALUES ($1, $2)",
            AGENCY,
            {"gateway/gateway.events": 2, "gateway/notifier.commands": 2},
        )
        for place, number in ((EVENTS, 4), (EVENTS, 3), (EVENTS, 2**62), (COMMANDS, 6)):
            await db.execute(
                "INSERT INTO deferred_messages"
                " (agency_id, kind, reason, topic, kafka_partition, kafka_offset, headers, at, sender, seq)"
                " VALUES ($1, 'gap', '', $2, 0, 0, '', now(), 'gateway', $3)",
                *place,
                number,
            )
        known = KnownNumbers()
        await add_handled(known, db, Service.GATEWAY)
    finally:
        await db.close()
    assert known.highest() == {EVENTS: 4, COMMANDS: 6}
    assert known.unbelieved() == 1
