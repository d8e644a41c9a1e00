"""The inbox decides a batch in order and once, and a fault of a message stops no other agency."""

from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis import outbox
from contracts.members import SignUp
from contracts.message import Message, Seats
from contracts.seats import AutoAddSet, CapacityChanged
from contracts.vocabulary import SeatType
from database.postgres import connection
from services.cli import store_deferred
from tests.support.one_service import OneService
from tests.support.sample_service import SampleStore
from transport.records import StoredRecord

A, B = uuid4(), uuid4()


def word(text: str) -> SignUp:
    return SignUp(email="a@clinic.example", name=text, seat_type=SeatType.BASE)


async def words(service: OneService, agency: UUID = A) -> list[str]:
    rows = await service.pool.fetch("SELECT word FROM words WHERE agency_id = $1 ORDER BY place", agency)
    return [row["word"] for row in rows]


async def deferred(service: OneService) -> list[tuple[str, str | None]]:
    async with connection(service.pool) as db:
        return [(row.kind, row.type) for row in await store_deferred.listing(db)]


def records(service: OneService, *published: tuple[Message, UUID]) -> list[StoredRecord]:
    return [service.sender.record(message, agency) for message, agency in published]


async def test_a_batch_is_decided_in_order_and_its_messages_are_numbered_without_a_gap(service: OneService) -> None:
    await service.handle_records(records(service, (word("one"), A), (word("two"), B), (word("three"), A)))
    published = await service.published()
    assert await words(service) == ["one", "three"]
    assert [(message.envelope.agency_id, message.envelope.seq, message.data.name) for message in published] == [
        (A, 1, "one"),
        (B, 1, "two"),
        (A, 2, "three"),
    ]


async def test_a_redelivered_batch_changes_nothing(service: OneService) -> None:
    batch = records(service, (word("one"), A), (word("two"), A))
    await service.handle_records(batch)
    await service.published()
    await service.handle_records(batch)
    assert await words(service) == ["one", "two"]
    assert await service.published() == []


async def test_a_message_after_a_gap_waits_until_the_missing_number_arrives(service: OneService) -> None:
    first, second, third = records(service, (word("one"), A), (word("two"), A), (word("three"), A))
    await service.handle_records([first, third])
    assert await words(service) == ["one"]
    assert await deferred(service) == [("gap", "members.sign_up.v1")]
    await service.handle_records([second])
    assert await words(service) == ["one", "two", "three"]
    assert await deferred(service) == []


async def test_a_deferred_message_is_read_again_unchanged_even_with_a_header_without_a_value(
    service: OneService,
) -> None:
    """A header without a value is ignored beside the same header with one, before and after the record is stored."""
    first, second, third = records(service, (word("one"), A), (word("two"), A), (word("three"), A))
    odd = replace(third, headers=[*third.headers, ("ce_id", None), ("ce_type", None), ("ce_causationid", None)])
    await service.handle_records([first, odd])
    assert await deferred(service) == [("gap", "members.sign_up.v1")]
    await service.handle_records([second, *records(service, (word("other"), B))])
    assert (await words(service), await words(service, B)) == (["one", "two", "three"], ["other"])


async def test_a_message_whose_sender_had_handled_more_events_waits_for_them(service: OneService) -> None:
    command = service.sender.record(word("command"), A, seen={"seats.events": 1})
    await service.handle_records([service.sender.record(word("first"), B), command])
    assert await words(service) == []
    assert await deferred(service) == [("ahead", "members.sign_up.v1")]
    await service.handle(CapacityChanged(purchased=Seats(), incoming=Seats(), waiting=Seats()), A)
    assert await words(service) == ["command"], "the unknown event moved the cursor, and the command was taken up"


async def test_a_message_does_not_wait_for_events_of_a_topic_without_subscription(service: OneService) -> None:
    await service.handle_records([service.sender.record(word("command"), A, seen={"billing.events": 7})])
    assert await words(service) == ["command"]


async def test_a_command_whose_decision_raises_is_rejected_and_listed_and_the_rest_is_decided(
    service: OneService,
) -> None:
    await service.handle_records(
        records(service, (word("one"), A), (word("raise"), A), (word("two"), A), (word("x"), B))
    )
    published = await service.published()
    assert await words(service) == ["one", "two"]
    assert await words(service, B) == ["x"]
    assert [message.type for message in published if message.envelope.agency_id == A] == [
        "members.signed_up.v1",
        "members.command_rejected.v1",
        "members.signed_up.v1",
    ]
    assert next(message.data.code for message in published if "rejected" in message.type) == "internal_error"
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_command_whose_data_cannot_be_read_is_rejected_and_listed(service: OneService) -> None:
    broken = service.sender.record(word("one"), A)
    await service.handle_records([StoredRecord(broken.topic, 0, 1, broken.key, b'{"email": 7}', broken.headers)])
    assert [message.data.code for message in await service.published()] == ["internal_error"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_value_that_postgres_rejects_fails_only_its_own_message(service: OneService) -> None:
    long = "x" * 60
    batch = records(service, *[(word(f"w{n}"), A) for n in range(20)], (word(long), A), (word("last"), B))
    await service.handle_records(batch)
    assert await words(service) == [f"w{n}" for n in range(20)]
    assert await words(service, B) == ["last"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_decision_that_publishes_more_than_a_topic_takes_fails_alone(
    service: OneService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MESSAGE_BYTES", 150)
    await service.handle_records(
        records(service, (word("b"), A), (word("large" * 20), A), (word("c"), A), (word("d"), B))
    )
    assert (await words(service), await words(service, B)) == (["b", "c"], ["d"])
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_an_event_whose_decision_raises_parks_its_agency_and_no_other(service: OneService) -> None:
    event = AutoAddSet(enabled=True)
    await service.handle_records(records(service, (event, A), (word("later"), A), (word("other"), B)))
    assert await words(service) == []
    assert await words(service, B) == ["other"]
    assert await deferred(service) == [("parked", "seats.auto_add_set.v1"), ("parked", "members.sign_up.v1")]
    async with connection(service.pool) as db:
        [row] = await store_deferred.parked(db, UUID(int=0), 10)
        assert (row["agency"], row["type"], row["waiting"]) == (A, "seats.auto_add_set.v1", 2)


async def test_a_resumed_agency_catches_up_in_order_or_is_parked_again(service: OneService) -> None:
    await service.handle_records(records(service, (AutoAddSet(enabled=True), A), (word("later"), A)))
    await service.inbox.take_up(A)
    assert [kind for kind, _ in await deferred(service)] == ["parked", "parked"], "the event still fails"
    await service.pool.execute("INSERT INTO words (agency_id, word) VALUES ($1, 'mended')", A)
    await service.inbox.take_up(A)
    assert await words(service) == ["mended", "event", "later"]
    assert await deferred(service) == []


async def test_a_parked_agency_is_published_once_and_again_when_it_has_caught_up(service: OneService) -> None:
    await service.handle_records(records(service, (AutoAddSet(enabled=True), A), (word("later"), A)))
    [parked] = await service.published()
    assert (parked.type, parked.data.message_type) == ("members.agency_parked.v1", "seats.auto_add_set.v1")
    assert parked.envelope.agency_id == A
    await service.inbox.take_up(A)
    assert await service.published() == [], "the event still fails, and the operator knows"
    await service.pool.execute("INSERT INTO words (agency_id, word) VALUES ($1, 'mended')", A)
    await service.inbox.take_up(A)
    assert [message.type for message in await service.published()][-1] == "members.agency_resumed.v1"
    await service.inbox.take_up(A)
    assert await service.published() == [], "an agency that was not parked has not caught up"


async def test_an_event_without_a_number_counts_once_by_its_id(service: OneService) -> None:
    await service.handle(word("one"), A)
    event = service.sender.record(AutoAddSet(enabled=True), A, seq=0)
    await service.handle_records([event, event])
    await service.handle_records([event])
    assert await words(service) == ["one", "event"]
    await service.handle_records([service.sender.record(AutoAddSet(enabled=True), A, seq=0)])
    assert await words(service) == ["one", "event", "event"], "another one, of another id"


async def test_an_unreadable_record_is_quarantined_once_without_an_agency(service: OneService) -> None:
    stray = StoredRecord("members.commands", 3, 99, b"no agency", b"?", (("ce_id", b"\xff"),))
    await service.handle_records([stray, *records(service, (word("one"), A))])
    await service.handle_records([stray])
    assert await deferred(service) == [("quarantined", None)]
    assert await words(service) == ["one"]


async def test_a_bug_in_our_sql_is_raised_and_neither_retried_nor_blamed_on_a_message(service: OneService) -> None:
    store = service.runtime.definition.store
    assert isinstance(store, SampleStore)
    store.fault = asyncpg.UndefinedTableError("42P01")
    with pytest.raises(asyncpg.UndefinedTableError):
        await service.handle(word("one"), A)
    assert await words(service) == []
    assert await deferred(service) == []


async def test_a_batch_is_retried_after_a_transient_fault_until_it_succeeds(service: OneService) -> None:
    store = service.runtime.definition.store
    assert isinstance(store, SampleStore)
    store.fault = asyncpg.DiskFullError("53100")
    await service.handle(word("one"), A)
    assert await words(service) == ["one"]
    assert await deferred(service) == []


async def test_an_external_event_is_decided_once_and_only_for_a_known_subject(service: OneService) -> None:
    await service.handle(word("cus_1"), A)
    value = b'{"event_id":"evt_1","type":"card","customer_id":"%s","created":"2026-03-02T09:00:00Z"}'
    event = StoredRecord("stripe.events", 0, 0, b"cus_1", value % b"cus_1", ())
    stranger = StoredRecord("stripe.events", 0, 1, b"cus_2", value.replace(b"evt_1", b"evt_2") % b"cus_2", ())
    await service.handle_records([event, stranger])
    await service.handle_records([event])
    assert await words(service) == ["cus_1", "card"]
