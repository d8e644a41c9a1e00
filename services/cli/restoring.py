"""Have a service go on whose schema was restored from a backup, while the bus and the other services are newer.

The lost messages of the service are still on the bus: they go back into its outbox, so that a later replay has no hole,
and its next numbers follow theirs. What it had handled since the backup is published again by its senders.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.vocabulary import Service
from database.postgres import Db
from hosting.replay import replay_after
from services.cli import store
from services.cli.access_lists import subscriptions
from services.cli.known_numbers import KnownNumbers
from services.cli.rebuilding import Connected, NotLostError, add_handled, go_on_from, know
from transport.records import Record
from transport.trust import Trust

_PIECE = 1000
"""Messages a statement."""


class Restored(NamedTuple):
    """How many lost messages are back in the outbox, how many no record holds, and how many are published again."""

    taken_back: int
    missing: int
    again: dict[Service, int]


async def check_stopped(service: Service, connected: Connected) -> None:
    """NotLostError while a process of the service runs."""
    async with connected(service) as db:
        if await store.is_in_use(db):
            raise NotLostError(
                f"A process of {service} runs. Stop it first: it would repeat numbers that it has given."
            )


async def catch_up(service: Service, records: AsyncIterator[Record], connected: Connected, trust: Trust) -> Restored:
    """Bring a service's numbers and its outbox up to the bus. `records`: all that is on the topics that it writes."""
    async with connected(service) as db:
        given = await store.published_of(db)
    known = KnownNumbers()
    for place, seq in given.items():
        known.know(place, seq)
    for other in _others(service):
        async with connected(other) as db:
            await add_handled(known, db, service)
    lost: dict[tuple[UUID, str, int], tuple[Envelope, Record]] = {}
    async for record in records:
        envelope = _own(record, service, trust)
        if envelope is not None:
            know(known, (envelope.agency_id, record.topic), envelope.seq)
            if envelope.seq > given.get((envelope.agency_id, record.topic), 0):
                lost.setdefault((envelope.agency_id, record.topic, envelope.seq), (envelope, record))
    highest = known.highest()
    believed = {key: message for key, message in lost.items() if key[2] <= highest[key[:2]]}
    async with connected(service, patient=True) as db:
        await _take_back(db, believed)
        await go_on_from(db, service, highest)
        cursors = await store.cursors_of(db)
    gone = sum(number - given.get(place, 0) for place, number in highest.items())
    return Restored(len(believed), gone - len(believed), await _publish_again(service, cursors, connected))


def _others(service: Service) -> list[Service]:
    return [other for other in Service if other is not service]


def _own(record: Record, service: Service, trust: Trust) -> Envelope | None:
    try:
        envelope = trust.read(record)
    except UnreadableEnvelopeError:
        return None
    return envelope if envelope.sender == service.value and envelope.seq else None


async def _take_back(db: Db, lost: dict[tuple[UUID, str, int], tuple[Envelope, Record]]) -> None:
    rows = [
        (
            envelope.agency_id,
            record.topic,
            envelope.type,
            envelope.seq,
            envelope.json(),
            (record.value or b"").decode(),
            envelope.time,
        )
        for envelope, record in lost.values()
    ]
    rows.sort(key=lambda row: (row[6], row[3]))
    for start in range(0, len(rows), _PIECE):
        await store.take_back(db, rows[start : start + _PIECE])


async def _publish_again(
    service: Service, cursors: dict[Service, Sequence[tuple[UUID, str, int]]], connected: Connected
) -> dict[Service, int]:
    again = {}
    for other in _others(service):
        async with connected(other, patient=True) as db:
            again[other] = await replay_after(db, subscriptions(service), cursors.get(other, ()))
    return again
