"""A service that was away: how fast it catches up with one agency's messages, beside as many of 1,000 agencies.

The service has nothing but the chassis in it (its store holds no state), and runs in this process on real Kafka and
Postgres. A third of the messages are events, the others are of two topics whose senders had handled these events.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import asyncpg

import services.members
from bench.command_encoder import new_id
from chassis.actor import ActorContext, Definition, Inputs
from chassis.inbox import Inbox
from chassis.runtime import ActorRuntime
from contracts.billing_payments import CardChanged
from contracts.envelope import Envelope
from contracts.members import MembersCommandRejected, SignedUp, SignUp
from contracts.message import Message
from contracts.seats import AutoAddSet
from contracts.topics import PARTITIONS, RETENTION_MS
from contracts.vocabulary import ANYONE, SeatType, Service
from database.postgres import open_pool
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from hosting.settings import with_role
from services.cli.store_migrations import migrate
from services.cli.topics import provision
from transport.access import KafkaAccess
from transport.producer import Producer, hash_of
from transport.records import Outgoing
from transport.subscription import Subscription

_PASSWORD = "of-a-bench"  # noqa: S105  of a database that this run makes and deletes
_EVENT = AutoAddSet(enabled=True)
_DEPENDANTS: tuple[tuple[str, Message], ...] = (
    ("gateway", SignUp(email="ada@clinic.example", name="Ada Park", seat_type=SeatType.BASE)),
    ("billing", CardChanged()),
)
_PIECE = 2_000
"""Records that are published together."""
_LATER = 3_000
"""How many events later, at most, a message is published than the messages that rest on it."""
_OTHERS = 50
_OTHERS_PER_SECOND = 100.0


@dataclass(frozen=True, slots=True)
class Side:
    """One run: how long the backlog took, and when other agencies' messages were decided meanwhile."""

    agencies: int
    messages: int
    seconds: float
    others: Sequence[float] = ()

    @property
    def rate(self) -> float:
        """Messages of the backlog a second."""
        return self.messages / self.seconds

    @property
    def others_p99(self) -> float:
        """The 99th percentile of the other agencies' seconds from being due to being decided."""
        return quantiles(self.others, n=100)[98]


class _Nothing:
    """A store without state: what is measured is the chassis."""

    async def load(self, _: asyncpg.Connection[Any], inputs: Inputs, __: datetime) -> Mapping[UUID, UUID]:
        return {agency: agency for agency in inputs}

    async def save(self, _: asyncpg.Connection[Any], __: Collection[UUID]) -> None: ...


@dataclass
class _Decided:
    """What the service has decided, by agency; and when, of the agencies that are watched."""

    counts: Counter[UUID] = field(default_factory=Counter)
    watched: dict[UUID, float] = field(default_factory=dict)
    """By message id, when it was due; then how many seconds later it was decided."""
    seconds: list[float] = field(default_factory=list)

    def note(self, _: UUID, message: Message, ctx: ActorContext) -> None:
        self.counts[ctx.agency_id] += 1
        if (due := self.watched.pop(ctx.id, None)) is not None:
            self.seconds.append(time.monotonic() - due)
        if isinstance(message, SignUp):
            ctx.publish(
                SignedUp(member_id=ctx.new_id(), email=message.email, name=message.name, seat_type=message.seat_type)
            )


class _Sender:
    """Makes records as the services do: numbered, and with what their sender had handled."""

    def __init__(self) -> None:
        self._numbers: Counter[tuple[UUID, str]] = Counter()

    def record(self, sender: str, message: Message, agency: UUID, seen: int = 0) -> tuple[UUID, Outgoing]:
        stream = agency, message.topic
        self._numbers[stream] += 1
        own = new_id()
        envelope = Envelope(
            own, message.type, sender, datetime.now(UTC), agency, self._numbers[stream], own, own, ANYONE,
            {_EVENT.topic: seen} if seen else {},
        )  # fmt: skip
        value = message.model_dump_json().encode()
        return own, Outgoing(message.topic, str(agency).encode(), value, envelope.headers())


def backlog(agencies: Sequence[UUID], messages: int) -> list[Outgoing]:
    """The messages of these agencies in the order in which they were published; what they rest on comes later."""
    sender, made = _Sender(), []
    rounds = messages // (len(agencies) * (1 + len(_DEPENDANTS)))
    lead = min(_LATER, rounds)
    for number in range(1, rounds + lead + 1):
        for agency in agencies:
            if number <= rounds:
                made += [sender.record(name, message, agency, number)[1] for name, message in _DEPENDANTS]
            if number > lead:
                made.append(sender.record("seats", _EVENT, agency)[1])
    return made


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[tuple[KafkaServer, PostgresServer]]:
    kafka, postgres = KafkaServer(folder / "kafka"), PostgresServer(folder / "postgres")
    await asyncio.gather(kafka.start(), postgres.start())
    try:
        yield kafka, postgres
    finally:
        await asyncio.gather(kafka.stop(), postgres.stop())


async def compare(folder: Path, messages: int, rounds: int, step: Callable[[str], None]) -> list[tuple[Side, Side]]:
    """Catch up with this many messages of one agency and of 1,000, in turns, on the same servers."""
    sides: list[tuple[Side, Side]] = []
    async with _servers(folder) as (kafka, postgres):
        for number in range(rounds):
            step(f"{messages:,} messages of one agency, then of 1,000: {number + 1} ...")
            one = await catch_up(kafka, postgres, [new_id()], messages)
            many = await catch_up(kafka, postgres, [new_id() for _ in range(1_000)], messages)
            sides.append((one, many))
    return sides


async def catch_up(kafka: KafkaServer, postgres: PostgresServer, agencies: Sequence[UUID], messages: int) -> Side:
    """Start the service with this backlog, and publish other agencies' messages at a steady rate until it is done."""
    records, access = backlog(agencies, messages), KafkaAccess(kafka.bootstrap)
    decided = _Decided()
    definition = Definition(
        service=Service.MEMBERS,
        store=_Nothing(),
        handlers=dict.fromkeys((SignUp, AutoAddSet, CardChanged), decided.note),
        rejection=MembersCommandRejected,
    )
    await provision(access, definition.topics, partitions=PARTITIONS, replication=1, retention_ms=RETENTION_MS)
    schema = Path(services.members.__file__).with_name("schema")
    await migrate(postgres.url, {Service.MEMBERS: schema}, {Service.MEMBERS: _PASSWORD})
    pool = await open_pool(with_role(postgres.url, "members", _PASSWORD), Service.MEMBERS, size=8)
    await pool.execute("DELETE FROM actors; DELETE FROM outbox; DELETE FROM unsent; DELETE FROM deferred_messages")
    producer = Producer(access, "bench")
    for start in range(0, len(records), _PIECE):
        if not all(await producer.publish(records[start : start + _PIECE])):
            raise RuntimeError("the broker did not take the backlog")
    inbox = Inbox(ActorRuntime(definition, pool))
    subscription = Subscription(access, "members", definition.topics, inbox.handle, session_timeout=30)
    began = time.monotonic()
    running = [asyncio.create_task(subscription.run()), asyncio.create_task(inbox.run())]
    others = asyncio.create_task(_others(producer, decided, agencies))
    waiting = set(agencies)
    each = len(records) // len(agencies)
    while waiting := {agency for agency in waiting if decided.counts[agency] < each}:
        await asyncio.sleep(0.05)
        for task in running:
            if task.done():
                task.result()
    seconds = time.monotonic() - began
    others.cancel()
    await asyncio.sleep(1)
    await subscription.stop()
    running[1].cancel()
    await asyncio.gather(*running, others, return_exceptions=True)
    await producer.stop()
    await pool.close()
    return Side(len(agencies), len(records), seconds, decided.seconds)


async def _others(producer: Producer, decided: _Decided, behind: Sequence[UUID]) -> None:
    """Publish a message of another agency a hundred times a second, none behind the one agency in its partition."""
    sender = _Sender()
    agencies = [new_id() for _ in range(2 * _OTHERS)]
    if len(behind) == 1:
        agencies = [agency for agency in agencies if _partition(agency) != _partition(behind[0])]
    began, number = time.monotonic(), 0
    while True:
        due = began + number / _OTHERS_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        own, record = sender.record("seats", _EVENT, agencies[number % _OTHERS])
        decided.watched[own] = due
        await producer.publish([record])
        number += 1


def _partition(agency: UUID) -> int:
    return hash_of(str(agency).encode()) % PARTITIONS
