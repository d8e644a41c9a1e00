"""What was deleted from the bus before it was read is noticed, requested, and published again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from chassis.actor import ActorContext, Definition
from chassis.relay import replay_once, run_once
from contracts.envelope import Envelope
from contracts.gaps import HEADS, MOST_HEADS, MOST_NUMBERS, Heads, MissingRange, ResendRequest
from contracts.members import SignedUp
from contracts.seats import SeatsAgencyParked, SeatsCommandRejected
from contracts.topics import MESSAGE_BYTES, RESENDS
from contracts.vocabulary import Service
from database.postgres import connection
from hosting.gaps import NUMBERS_A_ROUND, ROUND_SECONDS, UNFILLED_TRIES, Gaps
from hosting.gauges import Gauges
from hosting.replay import progress
from services.cli.store_migrations import migrate
from tests.chassis.test_inbox import A, B, word, words
from tests.support.bus import MemoryBus
from tests.support.databases import Databases
from tests.support.one_service import PASSWORD, OneService
from tests.support.sample_service import SCHEMA, SampleStore, Words, sample_service
from transport.records import Outgoing, StoredRecord

TOPIC = "members.events"
BACK_OFF = (30, 60, 120, 240, 480, 600, 600)


def _write(state: Words, event: SignedUp, _: ActorContext) -> None:
    if event.name == "fail":
        raise RuntimeError("an event that cannot be decided")
    state.new.append(event.name)


def subscriber_of_words() -> Definition[Words]:
    """Define a service that writes down the words of which the sample service publishes events."""
    return Definition(
        service=Service.SEATS,
        store=SampleStore(),
        handlers={SignedUp: _write},
        rejection=SeatsCommandRejected,
        parked=SeatsAgencyParked,
    )


class Pair:
    """The sample service as sender, a subscriber of its events, and the bus between them, which loses records."""

    def __init__(self, sender: OneService, subscriber: OneService) -> None:
        self.sender, self.subscriber = sender, subscriber
        self.bus = MemoryBus()
        self.lost: Callable[[Outgoing], bool] = lambda _: False
        self.records: list[Outgoing] = []
        """Every record that a service has published, the lost ones too."""
        subscriber.clock = sender.clock
        self.gaps = {
            service: Gaps(service.runtime, self.publish, service.inbox.handle) for service in (sender, subscriber)
        }

    async def publish(self, records: Sequence[Outgoing]) -> Sequence[bool]:
        self.records += records
        await self.bus.publish([record for record in records if not self.lost(record)])
        return [True] * len(records)

    async def say(self, *texts: str, agency: UUID = A) -> None:
        """Have the sender publish the events of these words."""
        batch = [self.sender.sender.record(word(text), agency) for text in texts]
        await self.sender.handle_records(batch)
        await self.deliver()

    async def deliver(self) -> None:
        """Publish everything that is unsent, and have it handled, until nothing is left."""
        async with connection(self.sender.pool) as db:
            while await run_once(db, self.publish) or (await replay_once(db, self.publish))[0]:
                pass
        for service, gaps in self.gaps.items():
            name = service.runtime.definition.service.value
            topics = (RESENDS, TOPIC) if service is self.subscriber else (RESENDS,)
            while records := self.bus.poll(name, topics):
                await gaps.handle(records)

    async def round(self, seconds: float = ROUND_SECONDS) -> None:
        """Let time pass; then the sender's heads, the subscriber's requests, and the answers to them."""
        self.sender.clock.advance(seconds)
        await self.gaps[self.sender].run_once()
        await self.deliver()
        await self.gaps[self.subscriber].run_once()
        await self.deliver()
        await self.deliver()

    def requests(self) -> list[tuple[UUID, int, int]]:
        """Return the ranges that were requested so far."""
        return [
            (missing.agency_id, missing.first, missing.last)
            for record in self.records
            if record.topic == RESENDS
            for missing in ResendRequest.model_validate_json(record.value).ranges
        ]

    async def publish_nothing(self, count: int, last: int) -> list[UUID]:
        """Have the sender count this many agencies' messages up to `last`, without any; return the agencies."""
        agencies = sorted(uuid4() for _ in range(count))
        await self.sender.pool.execute(
            "INSERT INTO actors (agency_id, published) SELECT unnest($1::uuid[]), $2", agencies, {TOPIC: last}
        )
        return agencies

    async def open_gaps(self) -> int:
        count: int = await self.subscriber.pool.fetchval("SELECT count(*) FROM gaps")
        return count


async def migrate_two(url: str) -> None:
    services = (Service.MEMBERS, Service.SEATS)
    await migrate(url, dict.fromkeys(services, SCHEMA), dict.fromkeys(services, PASSWORD))


@pytest.fixture
async def pair(databases: Databases) -> AsyncIterator[Pair]:
    url = await databases.fresh(await databases.template("two sample services", migrate_two))
    sender = await OneService.open(sample_service(), url)
    subscriber = await OneService.open(subscriber_of_words(), url, sender.clock)
    yield Pair(sender, subscriber)
    await sender.close()
    await subscriber.close()
    await databases.drop(url)


def numbers(*lost: int) -> Callable[[Outgoing], bool]:
    """Return a loss of the events with these numbers."""

    def is_lost(record: Outgoing) -> bool:
        return record.topic == TOPIC and _number(record) in lost

    return is_lost


def _number(record: Outgoing) -> int:
    return Envelope.read(record.key, record.headers).seq


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def is_request(record: Outgoing) -> bool:
    return record.topic == RESENDS


def nothing(_: Outgoing) -> bool:
    return False


@pytest.mark.parametrize(
    ("lost", "requested"),
    [((1,), (1, 1)), ((1, 2), (1, 2)), ((2,), (2, 2)), ((2, 3), (2, 3)), ((4,), (4, 4)), ((3, 4), (3, 4))],
    ids=["head", "two of the head", "middle", "two of the middle", "tail", "two of the tail"],
)
async def test_lost_messages_are_requested_and_everything_is_handled_once_and_in_order(
    pair: Pair, lost: tuple[int, ...], requested: tuple[int, int]
) -> None:
    pair.lost = numbers(*lost)
    await pair.say("one", "two", "three", "four")
    await pair.say("of B", agency=B)
    assert "four" not in await words(pair.subscriber)
    pair.lost = nothing
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two", "three", "four"]
    assert [request for request in pair.requests() if request[0] == A] == [(A, *requested)]
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two", "three", "four"]
    assert await pair.open_gaps() == 0


async def test_a_subscriber_that_starts_learns_at_once_what_it_lacks(pair: Pair) -> None:
    await pair.round()  # the next heads are due in half a minute
    pair.lost = numbers(2)
    await pair.say("one", "two")
    pair.lost = nothing
    await pair.gaps[pair.subscriber].request_heads()
    await pair.deliver()
    await pair.round(seconds=0)
    assert await words(pair.subscriber) == ["one", "two"]


async def test_all_messages_of_an_agency_may_be_lost(pair: Pair) -> None:
    pair.lost = lambda record: record.topic == TOPIC
    await pair.say("one", "two")
    pair.lost = nothing
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two"]
    assert pair.requests() == [(A, 1, 2)]


async def test_what_heads_show_to_be_missing_is_requested_before_the_next_round(pair: Pair) -> None:
    pair.lost = numbers(1)
    await pair.say("one")
    pair.lost = nothing
    running = asyncio.create_task(pair.gaps[pair.subscriber].run())
    try:
        await pair.gaps[pair.sender].run_once()
        await pair.deliver()
        async with asyncio.timeout(ROUND_SECONDS / 2):
            while not pair.requests():
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
    assert pair.requests() == [(A, 1, 1)]


async def test_a_message_behind_a_gap_shows_it_before_the_heads_come_around(pair: Pair) -> None:
    pair.lost = numbers(1, 3)
    await pair.say("one", "two", "three", "four")
    pair.lost = nothing
    await pair.gaps[pair.subscriber].run_once()
    assert pair.requests() == []
    for _ in range(2):
        pair.sender.clock.advance(ROUND_SECONDS)
        await pair.gaps[pair.subscriber].run_once()
        await pair.deliver()
        await pair.deliver()
    assert await words(pair.subscriber) == ["one", "two", "three", "four"]
    assert pair.requests() == [(A, 1, 1), (A, 3, 3)]


async def test_messages_that_are_only_late_are_not_requested(pair: Pair) -> None:
    pair.bus.held.add("seats")
    await pair.say("one", "two")
    await pair.round()
    pair.bus.held.clear()
    await pair.deliver()
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two"]
    assert pair.requests() == []


async def test_unsent_messages_are_not_among_the_heads(pair: Pair) -> None:
    await pair.say("one")
    batch = [pair.sender.sender.record(word("two"), A), pair.sender.sender.record(word("of B"), B)]
    await pair.sender.handle_records(batch[:1])
    await pair.round(0)
    assert [record for record in pair.records if record.topic == TOPIC and _number(record) == 0] == []
    await pair.round()
    assert pair.requests() == []


async def test_a_lost_request_is_repeated_later_and_later_until_the_messages_come(pair: Pair) -> None:
    pair.lost = numbers(1)
    await pair.say("one")
    pair.lost = is_request
    await pair.round()
    for seconds in BACK_OFF:
        before = len(pair.requests())
        await pair.round(seconds - 1)
        assert len(pair.requests()) == before
        await pair.round(1)
        assert len(pair.requests()) == before + 1
    pair.lost = nothing
    await pair.round(BACK_OFF[-1])
    assert await words(pair.subscriber) == ["one"]
    await pair.round()
    assert await pair.open_gaps() == 0


async def test_what_the_sender_does_not_have_stays_a_gap_that_can_be_watched(pair: Pair) -> None:
    pair.lost = numbers(2)
    await pair.say("one", "two", "three")
    await pair.sender.pool.execute("DELETE FROM outbox WHERE seq = 2")
    pair.lost = nothing
    await pair.round()
    for seconds in BACK_OFF[:UNFILLED_TRIES]:
        await pair.round(seconds)
    assert await words(pair.subscriber) == ["one"]
    await Gauges(pair.subscriber.runtime).read()
    assert metric("headcount_gaps") == 1
    assert metric("headcount_gap_age_seconds") == sum(BACK_OFF[:UNFILLED_TRIES])


async def test_one_agencys_gap_that_stays_does_not_keep_another_ones_from_healing(pair: Pair) -> None:
    pair.lost = numbers(1)
    await pair.say("one")
    await pair.sender.pool.execute("DELETE FROM outbox")
    await pair.round()
    await pair.say("of B", agency=B)
    pair.lost = nothing
    await pair.round()
    assert await words(pair.subscriber, B) == ["of B"]
    assert await words(pair.subscriber) == []


async def test_thousands_of_missing_messages_are_requested_portion_by_portion(pair: Pair) -> None:
    texts = [str(number) for number in range(3 * MOST_NUMBERS)]
    pair.lost = numbers(*range(1, len(texts) + 1))
    await pair.say(*texts)
    pair.lost = nothing
    for _ in range(3):
        await pair.round()
    assert await words(pair.subscriber) == texts
    assert pair.requests() == [(A, 1, 1000), (A, 1001, 2000), (A, 2001, 3000)]


async def test_requests_of_a_round_are_bounded_and_the_longest_due_go_first(pair: Pair) -> None:
    most = NUMBERS_A_ROUND // MOST_NUMBERS
    agencies = await pair.publish_nothing(most + 5, last=MOST_NUMBERS)
    await pair.round()
    assert [(first, last) for _, first, last in pair.requests()] == [(1, MOST_NUMBERS)] * most
    await pair.round()
    assert {agency for agency, *_ in pair.requests()} == set(agencies)


async def test_a_sender_lists_only_the_first_numbers_of_a_range_and_only_its_own(pair: Pair) -> None:
    await pair.say(*(str(number) for number in range(MOST_NUMBERS + 10)))

    async def request(sender: Service, first: int, last: int) -> int:
        missing = MissingRange(agency_id=A, topic=TOPIC, first=first, last=last)
        request = ResendRequest(sender=sender, ranges=(missing,))
        record = StoredRecord(RESENDS, 0, 0, b"seats", request.model_dump_json().encode(), ())
        await pair.gaps[pair.sender].handle([record])
        async with connection(pair.sender.pool) as db:
            return (await progress(db)).left

    assert await request(Service.SEATS, 1, 10) == 0
    assert await request(Service.MEMBERS, MOST_NUMBERS + 20, MOST_NUMBERS + 30) == 0
    assert await request(Service.MEMBERS, 1, 2**62) == MOST_NUMBERS


async def test_a_service_restored_from_a_backup_gets_what_it_has_forgotten(pair: Pair) -> None:
    await pair.say("one", "two", "three")
    await pair.say("of B", agency=B)
    await pair.subscriber.pool.execute("DELETE FROM words WHERE word <> 'one'")
    await pair.subscriber.pool.execute("DELETE FROM actors WHERE agency_id = $1", B)
    await pair.subscriber.pool.execute("UPDATE actors SET handled = '{\"members/members.events\": 1}'::jsonb")
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two", "three"]
    assert await words(pair.subscriber, B) == ["of B"]


async def test_a_parked_agency_is_healed_once_it_is_resumed(pair: Pair) -> None:
    pair.lost = numbers(3)
    await pair.say("one", "fail", "three")
    pair.lost = nothing
    await pair.round()
    assert pair.requests() == []
    await pair.subscriber.pool.execute(
        "UPDATE deferred_messages SET value = convert_to(replace(convert_from(value, 'UTF8'), 'fail', 'two'), 'UTF8')"
    )
    await pair.subscriber.inbox.take_up(A)
    await pair.round()
    assert await words(pair.subscriber) == ["one", "two", "three"]


async def test_two_replicas_send_heads_and_requests_once(pair: Pair) -> None:
    pair.lost = numbers(1)
    await pair.say("one")
    pair.lost = nothing
    for service in (pair.sender, pair.subscriber):
        for _ in range(2):
            await Gaps(service.runtime, pair.publish, service.inbox.handle).run_once()
        await pair.deliver()
    heads = [record for record in pair.records if ("ce_type", HEADS) in record.headers]
    assert (len(heads), len(pair.requests())) == (1, 1)


async def test_heads_come_around_page_by_page(pair: Pair) -> None:
    agencies = await pair.publish_nothing(MOST_HEADS + 3, last=1)
    rounds: list[list[UUID]] = []
    for _ in range(3):
        before = len(pair.records)
        await pair.gaps[pair.sender].run_once()
        pair.sender.clock.advance(ROUND_SECONDS)
        pages = [Heads.model_validate_json(record.value) for record in pair.records[before:]]
        rounds.append(sorted(agency for page in pages for agency in page.numbers))
    assert rounds == [agencies[:MOST_HEADS], agencies[MOST_HEADS:], agencies[:MOST_HEADS]]


def test_a_page_of_heads_fits_into_a_message() -> None:
    numbers = {uuid4(): 2**63 - 1 for _ in range(MOST_HEADS)}
    assert len(Heads(sender=Service.MEMBERS, numbers=numbers).model_dump_json()) < MESSAGE_BYTES


@pytest.mark.parametrize("value", [b"", b"{}", b'{"sender": "nobody", "numbers": {}}', b"\xff"])
async def test_a_record_that_cannot_be_read_is_counted_and_stops_nothing(pair: Pair, value: bytes) -> None:
    before = metric("headcount_dropped_total", what="gap_record")
    await pair.gaps[pair.subscriber].handle(
        [
            StoredRecord(RESENDS, 0, 0, None, value, ()),
            StoredRecord(TOPIC, 0, 0, None, value, (("ce_type", HEADS),)),
        ]
    )
    assert metric("headcount_dropped_total", what="gap_record") == before + 2
    await pair.say("one")
    assert await words(pair.subscriber) == ["one"]
