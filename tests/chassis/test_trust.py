"""What a service does not believe is quarantined, and takes no number away from the real sender."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.gaps import HEADS, Heads
from contracts.members import SignUp
from contracts.message import Message
from contracts.seats import AutoAddSet
from contracts.vocabulary import SeatType, Service
from database.postgres import connection
from hosting.gaps import Gaps
from services.cli.store_deferred import listing
from tests.support.bus import MemoryBus, outgoing
from tests.support.databases import Databases
from tests.support.keys import TRUST
from tests.support.one_service import OneService
from tests.support.sample_service import Outside, migrate_sample, sample_service
from transport.records import Outgoing, StoredRecord

AGENCY = uuid4()


@pytest.fixture
async def wary(databases: Databases) -> AsyncIterator[OneService]:
    """The sample service with keys."""
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(sample_service(Outside()), url, trust=TRUST)
    yield service
    await service.close()
    await databases.drop(url)


def word(text: str) -> SignUp:
    return SignUp(email="a@clinic.example", name=text, seat_type=SeatType.BASE)


def forged(service: OneService, message: Message, sender: str | None = None, seq: int | None = None) -> StoredRecord:
    """A record of somebody who may write to the topic and has no key."""
    record = service.sender.record(message, AGENCY, sender=sender, seq=seq)
    return replace(record, offset=1_000 + record.offset)


def signed(record: StoredRecord) -> StoredRecord:
    assert TRUST.keys is not None
    sent = outgoing(record)
    return replace(record, headers=tuple(TRUST.keys.signed(*sent)))


async def words(service: OneService) -> list[str]:
    return [row["word"] for row in await service.pool.fetch("SELECT word FROM words ORDER BY place")]


async def quarantined(service: OneService) -> list[tuple[str | None, str]]:
    async with connection(service.pool) as db:
        rows = await listing(db)
    assert all((row.kind, row.agency_id) == ("quarantined", AGENCY) for row in rows)
    return [(row.type, row.reason) for row in rows]


async def test_a_command_without_a_mac_is_quarantined_and_the_real_senders_next_one_is_decided(
    wary: OneService,
) -> None:
    await wary.handle_records([forged(wary, word("forged"), seq=1)])
    assert (await words(wary), await wary.published()) == ([], [])
    real = wary.sender.record(word("real"), AGENCY)
    assert real.offset == 1, "it has the number that the forged one claimed"
    await wary.handle_records([signed(real)])
    assert await words(wary) == ["real"]
    assert await quarantined(wary) == [("members.sign_up.v1", "no key of ours has made the MAC of this command")]


async def test_a_forged_command_that_arrives_again_is_listed_once(wary: OneService) -> None:
    record = forged(wary, word("forged"))
    await wary.handle_records([record])
    await wary.handle_records([record])
    assert len(await quarantined(wary)) == 1


async def test_a_forged_number_far_ahead_makes_no_gap(wary: OneService) -> None:
    await wary.handle_records(
        [forged(wary, word("forged"), seq=1_000_000), signed(wary.sender.record(word("a"), AGENCY))]
    )
    await wary.handle_records([signed(wary.sender.record(word("b"), AGENCY))])
    assert await words(wary) == ["a", "b"]


async def test_an_event_of_another_service_than_its_owner_is_quarantined(wary: OneService) -> None:
    await wary.handle_records([signed(wary.sender.record(word("first"), AGENCY))])
    await wary.handle_records([forged(wary, AutoAddSet(before=False, enabled=True), sender="billing")])
    assert await words(wary) == ["first"]
    await wary.handle(AutoAddSet(before=False, enabled=True), AGENCY)
    assert await words(wary) == ["first", "event"]
    assert await quarantined(wary) == [
        ("seats.auto_add_set.v1", "billing may not send seats.auto_add_set.v1 to seats.events")
    ]


async def test_a_type_of_a_newer_release_moves_no_cursor_without_a_mac(wary: OneService) -> None:
    record = forged(wary, word("forged"), seq=1)
    headers = tuple((name, b"members.newer.v1" if name == "ce_type" else value) for name, value in record.headers)
    await wary.handle_records([replace(record, headers=headers)])
    await wary.handle_records([signed(wary.sender.record(word("real"), AGENCY))])
    assert await words(wary) == ["real"]


async def test_only_a_topics_sender_with_the_key_says_how_far_its_numbers_go(wary: OneService) -> None:
    async def handled(record: Outgoing) -> int:
        stored = StoredRecord(record.topic, 0, 1, record.key, record.value, tuple(record.headers))
        await Gaps(wary.runtime, MemoryBus().publish, wary.inbox.handle, TRUST).handle([stored])
        count: int = await wary.pool.fetchval("SELECT count(*) FROM gaps")
        return count

    def heads(topic: str, sender: Service) -> Outgoing:
        value = Heads(sender=sender, numbers={AGENCY: 1_000}).model_dump_json().encode()
        return Outgoing(topic, str(AGENCY).encode(), value, [("ce_type", HEADS)])

    assert TRUST.keys is not None
    of_commands = heads("members.commands", Service.GATEWAY)
    assert await handled(of_commands) == 0
    assert await handled(heads("seats.events", Service.BILLING)) == 0
    assert await handled(of_commands._replace(headers=TRUST.keys.signed(*of_commands))) == 1
    assert await handled(heads("seats.events", Service.SEATS)) == 2
