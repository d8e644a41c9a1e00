"""Bytes that cannot be read cost the messages that they held, and stop neither their partition nor any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from chassis.inbox import Inbox
from contracts.members import SignUp
from contracts.vocabulary import SeatType
from deploy.local.kafka import KafkaServer
from services.cli.topics import provision
from tests.chassis.test_inbox import A, B, words
from tests.live.test_bus import TOPICS, running
from tests.support.bus import outgoing
from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import migrate_sample, sample_service
from transport.access import KafkaAccess
from transport.producer import Producer
from transport.subscription import Subscription

pytestmark = pytest.mark.live

MARK = b"this-text-is-damaged"


@pytest.fixture
async def service(databases: Databases) -> AsyncIterator[OneService]:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(sample_service(), url)
    yield service
    await service.close()
    await databases.drop(url)


def word(text: str) -> SignUp:
    return SignUp(email="a@clinic.example", name=text, seat_type=SeatType.BASE)


def damage(folder: Path) -> None:
    """Change a byte of a batch where the broker keeps it, as a failing disk does. The broker does not look at it."""
    [log] = [path for path in folder.rglob("*.log") if MARK in path.read_bytes()]
    content = log.read_bytes()
    with log.open("r+b") as file:
        file.seek(content.index(MARK))
        file.write(b"T")


def faults() -> float:
    return REGISTRY.get_sample_value("headcount_poll_faults_total", {"error": "CorruptRecordException"}) or 0.0


async def test_a_damaged_batch_is_quarantined_by_its_offsets_and_all_other_records_are_decided(
    servers_folder: Path, service: OneService
) -> None:
    folder = servers_folder / f"kafka-{uuid4()}"
    kafka = KafkaServer(folder)
    await kafka.start()
    access = KafkaAccess(kafka.bootstrap)
    await provision(access, TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(access, "test")
    before = faults()
    try:
        damaged = [word(MARK.decode()) for _ in range(3)]
        batches = [[word(f"{n}") for n in range(5)], damaged, [word("after") for _ in range(4)]]
        for batch in batches:
            assert all(await producer.publish([outgoing(service.sender.record(message, A)) for message in batch]))
        others = [outgoing(service.sender.record(word(f"{n}"), B)) for n in range(700)]
        assert all(await producer.publish(others))
        damage(folder)
        subscription = Subscription(access, "members", TOPICS, Inbox(service.runtime).handle, session_timeout=6)
        async with running(subscription), asyncio.timeout(60):
            while await service.pool.fetchval("SELECT count(*) FROM deferred_messages") < 7 or len(
                await words(service, B)
            ) < len(others):
                await asyncio.sleep(0.05)
        rows = await service.pool.fetch("SELECT kind, kafka_offset FROM deferred_messages ORDER BY kafka_offset")
    finally:
        await producer.stop()
        await kafka.stop()
    assert await words(service) == [f"{n}" for n in range(5)]
    assert await words(service, B) == [f"{n}" for n in range(700)]
    quarantined, waiting = rows[:3], rows[3:]
    assert [(row["kind"], row["kafka_offset"]) for row in quarantined] == [("quarantined", n) for n in (5, 6, 7)]
    assert [(row["kind"], row["kafka_offset"]) for row in waiting] == [("gap", n) for n in (8, 9, 10, 11)]
    assert faults() > before
    assert subscription.unreadable() == []
