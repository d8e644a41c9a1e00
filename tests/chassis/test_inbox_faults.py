"""A fault never stops its partition, never loses a message, and is never published twice."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from uuid import uuid4

from chassis.inbound import read_message
from contracts.billing import PortalOpened
from contracts.members import MembersCommandRejected
from contracts.seats import AutoAddSet
from tests.chassis.test_inbox import A, B, deferred, records, word, words
from tests.support.bus import Sender, read_record
from tests.support.one_service import OneService
from transport.records import StoredRecord

UNSTORABLE = "no text of Postgres holds a \0"
BATCH_TIMEOUT = 20.0
"""Seconds after which a test fails because its batch hangs."""


async def handled(service: OneService, batch: Sequence[StoredRecord]) -> None:
    async with asyncio.timeout(BATCH_TIMEOUT):
        await service.handle_records(batch)


async def test_a_value_that_postgres_rejects_while_loading_fails_only_its_own_message(service: OneService) -> None:
    await handled(service, records(service, (word("one"), A), (word(UNSTORABLE), A), (word("two"), A), (word("x"), B)))
    assert await words(service) == ["one", "two"]
    assert await words(service, B) == ["x"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_with_a_value_that_postgres_rejects_while_loading_waits_like_any_other(
    service: OneService,
) -> None:
    first, second, third = records(service, (word("one"), A), (word(UNSTORABLE), A), (word("three"), A))
    await handled(service, [second, third])
    await handled(service, [first])
    assert await words(service) == ["one", "three"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_taken_up_in_a_batch_that_is_halved_is_not_lost(service: OneService) -> None:
    await handled(service, records(service, (word("first"), A)))
    early = [service.sender.record(word(name), A, seen={"seats.events": 1}) for name in ("one", "two", "three")]
    cause = service.sender.record(AutoAddSet(enabled=True), A)
    await handled(service, early[:2])
    await handled(service, [early[2], cause, *records(service, (word("x" * 60), B))])
    assert await words(service) == ["first", "event", "one", "two", "three"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_is_not_blamed_for_another_agencys_message_with_the_same_id(service: OneService) -> None:
    same = uuid4()
    good = service.sender.record(word("one"), A, id=same)
    bad = service.sender.record(word("raise"), B, id=same)
    await handled(service, [bad, good])
    assert await words(service) == ["one"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_reply_that_cannot_be_decided_is_listed_and_holds_up_no_other_message(service: OneService) -> None:
    await handled(service, records(service, (PortalOpened(sealed="raise"), A), (word("later"), A), (word("other"), B)))
    assert await words(service) == ["later"]
    assert await words(service, B) == ["other"]
    assert await deferred(service) == [("rejected", "billing.portal_opened.v1")]


async def test_every_reply_that_waits_for_its_cause_is_taken_up(service: OneService) -> None:
    await handled(service, records(service, (word("before"), A)))
    early = [
        service.sender.record(PortalOpened(sealed=sealed), A, seen={"seats.events": 1})
        for sealed in ("first", "second")
    ]
    await handled(service, early)
    await handled(service, records(service, (AutoAddSet(enabled=True), A)))
    assert await words(service) == ["before", "event", "first", "second"]


async def test_an_external_event_that_cannot_be_decided_is_dropped_and_the_others_are_decided(
    service: OneService,
) -> None:
    await service.handle(word("cus_1"), A)
    event = b'{"event_id":"%s","type":"%s","customer_id":"%s","created":"2026-03-02T09:00:00Z"}'
    events = ((b"evt_1", b"card", b"cus_1"), (b"evt_2", b"raise", b"cus_1"), (b"evt_3", b"x", b"cus_\\u0000"))
    batch = [
        StoredRecord("stripe.events", 0, place, b"cus_1", event % values, ()) for place, values in enumerate(events)
    ]
    await handled(service, [*batch, *records(service, (word("other"), B))])
    await handled(service, batch)
    assert await words(service) == ["cus_1", "card"]
    assert await words(service, B) == ["other"]


def test_the_reason_of_a_fault_never_quotes_a_key_of_the_data() -> None:
    figures = {"a\0b": [], "x" * 9: 1}
    sender, rejection = Sender(), MembersCommandRejected(command_id="0" * 36, command_type="t", code="c")
    record = sender.record(rejection, A)
    value = json.dumps({**rejection.model_dump(), "figures": figures}).encode()
    read = read_message(
        {MembersCommandRejected: lambda *_: None},
        read_record(record).envelope,
        dataclasses.replace(record, value=value),
    )
    assert read.fault is not None
    assert read.fault.startswith("data: figures: ")
    assert read.fault.isprintable()


async def test_an_unreadable_record_is_quarantined_with_a_printable_reason(service: OneService) -> None:
    good = service.sender.record(word("one"), A)
    bad = [
        dataclasses.replace(
            good, offset=100 + n, headers=tuple((k, v if k != name else b"a\0b") for k, v in good.headers)
        )
        for n, name in enumerate(dict(good.headers))
    ]
    await handled(service, [*bad, good])
    assert await words(service) == ["one"]
    rows = await service.pool.fetch("SELECT reason FROM deferred_messages")
    assert rows
    assert all(row["reason"].isprintable() for row in rows)
