"""Where the time of one first login goes, hop by hop, from the times that its messages carry.

A message says when it was decided (`ce_time`, after the lock and before the load) and when its producer took it (the
timestamp of its Kafka record). Between a decision and its record lie load, rules, writing, the commit and the relay;
between a record and the next decision lie the acknowledgement, the fetch and the lock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from contracts.envelope import Envelope
from contracts.members import Activated, FirstLogin, RecordLogin
from contracts.message import Message
from contracts.seats import SeatAssigned

CHAIN: tuple[type[Message], ...] = (RecordLogin, FirstLogin, SeatAssigned, Activated)
_TOPICS = sorted({message.topic for message in CHAIN})


class Stamp(NamedTuple):
    """When a message was decided, and when its producer took it: seconds since the epoch."""

    decided: float
    sent: float


@dataclass(frozen=True, slots=True)
class Hop:
    """One stage of a login, with its median in seconds."""

    name: str
    seconds: float


async def hops(bootstrap: str, since: float, arrived: dict[str, float]) -> list[Hop]:
    """The stages of the logins that were sent after `since` (seconds since the epoch), in order.

    `arrived`: by command id in hex, when its outcome could be read (`time.perf_counter`).
    """
    stamps = await _read(bootstrap, since, len(arrived))
    clock = time.time() - time.perf_counter()
    logins = [
        ([stamps[UUID(command), message] for message in CHAIN], at + clock)
        for command, at in arrived.items()
        if all((UUID(command), message) in stamps for message in CHAIN)
    ]
    if not logins:
        return []
    found = []
    for number, message in enumerate(CHAIN):
        sent = [stamps[number].sent for stamps, _ in logins]
        if number:
            decided = [stamps[number].decided for stamps, _ in logins]
            found.append(_hop(f"{message.type}: load, decide, write, commit, relay", decided, sent))
        if number + 1 < len(CHAIN):
            later = [stamps[number + 1].decided for stamps, _ in logins]
            found.append(_hop(f"{message.type}: acknowledged, fetched, locked", sent, later))
    last = [stamps[-1].sent for stamps, _ in logins]
    found.append(_hop("acknowledged, fetched, projected, readable", last, [at for _, at in logins]))
    return found


def _hop(name: str, began: Sequence[float], ended: Sequence[float]) -> Hop:
    return Hop(name, median(end - begin for begin, end in zip(began, ended, strict=True)))


async def _read(bootstrap: str, since: float, count: int) -> dict[tuple[UUID, type[Message]], Stamp]:
    """The stamps by command and message."""
    types = {message.type: message for message in CHAIN}
    consumer = AIOKafkaConsumer(*_TOPICS, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    found: dict[tuple[UUID, type[Message]], Stamp] = {}
    await consumer.start()
    try:
        await consumer.seek_to_beginning()
        while len(found) < count * len(CHAIN):
            polled = await consumer.getmany(timeout_ms=1000)
            if not polled:
                break
            for record in (record for records in polled.values() for record in records):
                if record.timestamp < since * 1000:
                    continue
                envelope = Envelope.read(record.key, record.headers)
                if envelope.type in types:
                    stamp = Stamp(envelope.time.timestamp(), record.timestamp / 1000)
                    found[envelope.correlation_id, types[envelope.type]] = stamp
    finally:
        await consumer.stop()
    return found
