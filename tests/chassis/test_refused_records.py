"""A record that the broker refuses parks its agency, is published as such past what waits, and can be discarded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from chassis.refused_records import Held
from chassis.relay import replay_once, run_once
from database.postgres import connection
from hosting.parking import OF_A_TOPIC, Parking
from hosting.replay import replay
from services.cli import store_refused
from tests.chassis.test_inbox import A, B, word
from tests.support.bus import MemoryBus, PublishedMessage, read_record
from tests.support.one_service import OneService
from transport.records import Outgoing
from transport.trust import Trust

TOPIC = "members.events"
PARKED, RESUMED = "members.agency_parked.v1", "members.agency_resumed.v1"


class PickyBus(MemoryBus):
    """A broker that refuses what contains these bytes."""

    def __init__(self, refused: bytes = b"too large", reason: str = "MessageSizeTooLargeError") -> None:
        super().__init__()
        self.refused: bytes | None = refused
        self.reason = reason

    async def publish(self, records: Sequence[Outgoing]) -> list[bool | str]:
        takes = [self.refused is None or self.refused not in record.value for record in records]
        await super().publish([record for record, fine in zip(records, takes, strict=True) if fine])
        return [True if fine else self.reason for fine in takes]

    def messages(self) -> list[PublishedMessage]:
        return [read_record(record) for record in self.log[TOPIC]]

    def types(self) -> list[str]:
        """What is on the bus: a word by itself, everything else by its type."""
        return [getattr(message.data, "name", message.type) for message in self.messages()]


async def relay(service: OneService, bus: PickyBus, held: Held | None = None) -> None:
    """Publish until the relay has nothing more that the broker takes."""
    held = Held() if held is None else held
    async with connection(service.pool) as db:
        while await run_once(db, bus.publish, held=held):
            pass


async def test_an_agency_waits_the_operator_is_told_past_it_and_it_goes_on_when_the_broker_is_helped(
    service: OneService,
) -> None:
    bus, held = PickyBus(), Held()
    for text, agency in (("first", A), ("too large", A), ("behind", A), ("fine", B)):
        await service.handle(word(text), agency)
    await relay(service, bus, held)
    await service.handle(word("later"), A)
    for _ in range(2):
        await Parking(service.runtime).run_once()
        await relay(service, bus, held)
    assert bus.types() == ["first", "behind", "fine", PARKED]
    [parked] = [message for message in bus.messages() if message.type == PARKED]
    assert (parked.envelope.agency_id, parked.envelope.seq) == (A, 0)
    assert (parked.data.message_type, parked.data.refused) == ("members.signed_up.v1", True)

    bus.refused = None
    await relay(service, bus)
    for _ in range(2):
        await Parking(service.runtime).run_once()
        await relay(service, bus)
    assert bus.types()[4:] == ["too large", "later", RESUMED]
    assert [m.envelope.seq for m in bus.messages() if m.envelope.agency_id == A and m.envelope.seq] == [1, 3, 2, 4]
    async with connection(service.pool) as db:
        assert await store_refused.listing(db) == []


async def test_it_is_published_of_many_agencies_together_as_soon_as_the_relay_knows(service: OneService) -> None:
    changed = asyncio.Event()
    bus, held, agencies = PickyBus(), Held(changed), [uuid4() for _ in range(5)]
    for agency in agencies:
        await service.handle(word("too large"), agency)
    running = asyncio.create_task(Parking(service.runtime, changed).run())
    try:
        await relay(service, bus, held)
        while bus.types().count(PARKED) < len(agencies):
            await relay(service, bus, held)
        bus.refused = None
        held.retry()
        while bus.types().count(RESUMED) < len(agencies):
            await relay(service, bus, held)
    finally:
        running.cancel()
    parked = [message for message in bus.messages() if message.type == PARKED]
    assert sorted(message.data.others for message in parked) == [0, 1, 2, 3, 4], "how many waited already"
    resumed = [message for message in bus.messages() if message.type == RESUMED]
    assert {(message.envelope.agency_id, message.data.refused) for message in resumed} == {(a, True) for a in agencies}


async def test_a_discarded_message_leaves_its_number_and_nothing_of_its_content(service: OneService) -> None:
    bus, held = PickyBus(), Held()
    for text in ("too large", "behind"):
        await service.handle(word(text), A)
    await relay(service, bus, held)
    async with connection(service.pool) as db:
        [refused] = await store_refused.listing(db)
        assert (refused.agency_id, refused.type, refused.reason) == (A, "members.signed_up.v1", bus.reason)
        assert "too large" in refused.data
        assert not await store_refused.discard(db, refused.id + 1)
        assert await store_refused.discard(db, refused.id)
    await relay(service, bus)
    [record] = [record for record in bus.log[TOPIC] if record.value == b"{}"]
    emptied = Trust().read(record)
    assert (emptied.type, emptied.seq, emptied.agency_id) == ("members.discarded.v1", 1, A)
    assert not any("too large" in (record.value or b"").decode() for record in bus.log[TOPIC])


async def test_a_topic_without_rights_is_not_told_once_for_each_agency(service: OneService) -> None:
    bus = PickyBus(reason=OF_A_TOPIC)
    await service.handle(word("too large"), A)
    await relay(service, bus)
    await Parking(service.runtime).run_once()
    await relay(service, bus)
    assert bus.types() == []
    async with connection(service.pool) as db:
        assert [row.reason for row in await store_refused.listing(db)] == [OF_A_TOPIC]
    bus.refused = None
    await relay(service, bus)
    await Parking(service.runtime).run_once()
    async with connection(service.pool) as db:
        assert await store_refused.listing(db) == []


async def test_a_replayed_message_that_is_refused_holds_back_no_new_one(service: OneService) -> None:
    bus, held = PickyBus(), Held()
    for text in ("too large", "again"):
        await service.handle(word(text), A)
    await service.published()
    async with connection(service.pool) as db:
        await replay(db)
        assert (await replay_once(db, bus.publish, held=held))[0] == 1
        assert (await replay_once(db, bus.publish, held=held))[0] == 0
        assert list(held) == [A]
        await service.handle(word("new"), A)
        await relay(service, bus)
        await Parking(service.runtime).run_once()
        assert [row.replayed for row in await store_refused.listing(db)] == [True]
        bus.refused = None
        assert (await replay_once(db, bus.publish))[0] == 1
        await Parking(service.runtime).run_once()
        assert await store_refused.listing(db) == []
    assert bus.types() == ["again", "new", "too large"]


@pytest.mark.parametrize("told", [True, False])
async def test_a_second_refusal_of_an_agency_that_waits_is_told_no_second_time(
    service: OneService, *, told: bool
) -> None:
    bus, held = PickyBus(), Held()
    for text in ("too large", "too large as well"):
        await service.handle(word(text), A)
    await relay(service, bus, held)
    if told:
        await Parking(service.runtime).run_once()
    bus.refused = b"as well"
    await relay(service, bus)
    await Parking(service.runtime).run_once()
    await relay(service, bus, held)
    assert [type_ for type_ in bus.types() if type_ in {PARKED, RESUMED}] == [PARKED]
