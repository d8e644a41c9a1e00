"""What a fault may never do: stop its partition, lose a message, or be told of twice."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from uuid import uuid4

from chassis.inbound import read_message
from chassis.records import StoredRecord
from contracts.billing import PortalOpened
from contracts.members import MembersCommandRejected
from tests.chassis.test_inbox import A, B, aside, records, word, words
from tests.support.bus import Voice, spoken
from tests.support.one_service import OneService

UNSTORABLE = "no text of Postgres holds a \0"
FOR_EVER = 20.0
"""Seconds after which a test gives a batch up as hanging."""


async def handled(service: OneService, batch: Sequence[StoredRecord]) -> None:
    async with asyncio.timeout(FOR_EVER):
        await service.handle_records(batch)


async def test_a_value_that_postgres_refuses_while_loading_is_its_own_messages_fault(service: OneService) -> None:
    await handled(service, records(service, (word("one"), A), (word(UNSTORABLE), A), (word("two"), A), (word("x"), B)))
    assert await words(service) == ["one", "two"]
    assert await words(service, B) == ["x"]
    assert await aside(service) == [("rejected", "members.sign_up.v1")]


async def test_a_value_that_postgres_refuses_while_loading_waits_like_any_other(service: OneService) -> None:
    first, second, third = records(service, (word("one"), A), (word(UNSTORABLE), A), (word("three"), A))
    await handled(service, [second, third])
    await handled(service, [first])
    assert await words(service) == ["one", "three"]
    assert await aside(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_taken_up_in_a_batch_that_is_halved_is_not_lost(service: OneService) -> None:
    early = [
        service.voice.record(word(sender), A, sender=sender, seen={"seats.events": 1})
        for sender in ("gateway", "billing", "notifier")
    ]
    cause = service.voice.record(word("cause"), A, sender="seats")
    event = StoredRecord("seats.events", 0, 1, cause.key, cause.value, cause.headers)
    await handled(service, early[:2])
    await handled(service, [early[2], event, *records(service, (word("x" * 60), B))])
    assert await words(service) == ["cause", "gateway", "billing", "notifier"]
    assert await aside(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_is_not_blamed_for_another_agencys_that_has_its_id(service: OneService) -> None:
    same = uuid4()
    good = service.voice.record(word("one"), A, id=same)
    bad = service.voice.record(word("raise"), B, id=same)
    await handled(service, [bad, good])
    assert await words(service) == ["one"]
    assert await aside(service) == [("rejected", "members.sign_up.v1")]


async def test_an_answer_that_cannot_be_decided_is_listed_and_holds_nobody_up(service: OneService) -> None:
    await handled(service, records(service, (PortalOpened(sealed="raise"), A), (word("later"), A), (word("other"), B)))
    assert await words(service) == ["later"]
    assert await words(service, B) == ["other"]
    assert await aside(service) == [("rejected", "billing.portal_opened.v1")]


async def test_answers_that_wait_for_their_cause_are_each_taken_up(service: OneService) -> None:
    early = [
        service.voice.record(PortalOpened(sealed=sealed), A, seen={"seats.events": 1}) for sealed in ("first", "second")
    ]
    await handled(service, early)
    cause = service.voice.record(word("cause"), A, sender="seats")
    await handled(service, [StoredRecord("seats.events", 0, 1, cause.key, cause.value, cause.headers)])
    assert await words(service) == ["cause", "first", "second"]


async def test_an_event_of_somebody_elses_that_cannot_be_decided_is_dropped_and_the_others_are_not(
    service: OneService,
) -> None:
    await service.handle(word("cus_1"), A)
    event = b'{"event_id":"%s","type":"%s","customer_id":"%s","created":"2026-03-02T09:00:00Z"}'
    events = ((b"evt_1", b"card", b"cus_1"), (b"evt_2", b"raise", b"cus_1"), (b"evt_3", b"x", b"cus_\\u0000"))
    batch = [StoredRecord("stripe.events", 0, place, b"cus_1", event % one, ()) for place, one in enumerate(events)]
    await handled(service, [*batch, *records(service, (word("other"), B))])
    await handled(service, batch)
    assert await words(service) == ["cus_1", "card"]
    assert await words(service, B) == ["other"]


def test_the_reason_of_a_fault_never_quotes_a_key_of_the_data() -> None:
    figures = {"a\0b": [], "x" * 9: 1}
    voice, command = Voice(), MembersCommandRejected(command_id="0" * 36, command_type="t", code="c")
    record = voice.record(command, A)
    value = json.dumps({**command.model_dump(), "figures": figures}).encode()
    read = read_message(
        {MembersCommandRejected: lambda *_: None}, spoken(record).envelope, dataclasses.replace(record, value=value)
    )
    assert read.fault is not None
    assert read.fault.startswith("data: figures: ")
    assert read.fault.isprintable()


async def test_an_unreadable_record_is_kept_whatever_its_reason_quotes(service: OneService) -> None:
    good = service.voice.record(word("one"), A)
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
