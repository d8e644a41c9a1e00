"""The floor: one hop as bare as possible, run as a process: `python -m bench.floor HOP BOOTSTRAP DSN`.

A batch of up to 500 records becomes one transaction with one `unnest` per table (state, outbox, cursor: the tables that
our services write per hop), then goes on to the next topic with `acks=all`. There is no model, check, retry or relay,
so this is the least that a hop costs on this broker and database. Acknowledgements are awaited while the next batch is
written.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

HOPS = 4
"""As in our services: members, seats, members again, the gateway's projector."""
BATCH = 500
CHANNEL = "floor_projected"
SCHEMA = """
CREATE SCHEMA floor;
SET search_path = floor;
CREATE TABLE members (agency_id uuid, member_id uuid, status text NOT NULL, PRIMARY KEY (agency_id, member_id))
    WITH (fillfactor = 70);
CREATE TABLE holders (agency_id uuid, member_id uuid, status text NOT NULL, PRIMARY KEY (agency_id, member_id));
CREATE TABLE read_model (agency_id uuid, member_id uuid, status text NOT NULL, PRIMARY KEY (agency_id, member_id))
    WITH (fillfactor = 70);
"""
_TABLES_OF_A_HOP = """
SET search_path = floor;
CREATE TABLE cursors_{hop} (agency_id uuid PRIMARY KEY, handled bigint NOT NULL) WITH (fillfactor = 60);
CREATE TABLE outbox_{hop} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, agency_id uuid NOT NULL, topic text NOT NULL,
    seq bigint NOT NULL, data text NOT NULL, published_at timestamptz NOT NULL
);
"""
_STATE = ("members", "holders", "members", "read_model")
_STATUS = ("waiting", "held", "active", "active")


def schema() -> str:
    """Return the SQL of the floor's tables."""
    return SCHEMA + "".join(_TABLES_OF_A_HOP.format(hop=hop) for hop in range(HOPS))


def topic(hop: int) -> str:
    """Return the topic that this hop reads."""
    return f"floor.{hop}"


class Hop:
    """One of the four hops."""

    def __init__(self, number: int, db: asyncpg.Connection[Any]) -> None:
        self._number = number
        self._db = db
        self._save_state = (
            f"INSERT INTO {_STATE[number]} SELECT unnest($1::uuid[]), unnest($2::uuid[]), '{_STATUS[number]}'"
            " ON CONFLICT (agency_id, member_id) DO UPDATE SET status = excluded.status"
        )
        self._save_outbox = (
            f"INSERT INTO outbox_{number} (agency_id, topic, seq, data, published_at)"
            " SELECT unnest($1::uuid[]), $2, unnest($3::bigint[]), unnest($4::text[]), $5"
        )
        self._save_cursors = (
            f"INSERT INTO cursors_{number} SELECT unnest($1::uuid[]), unnest($2::bigint[])"
            " ON CONFLICT (agency_id) DO UPDATE SET handled = excluded.handled"
        )

    @property
    def last(self) -> bool:
        """Whether this hop is the projector, which publishes nothing and wakes waiting requests."""
        return self._number == HOPS - 1

    async def write(self, values: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """Write one batch in one transaction; return the records to publish."""
        messages = [orjson.loads(value) for value in values]
        agencies = [UUID(message["agency_id"]) for message in messages]
        numbers = [message["seq"] for message in messages]
        handled = dict(zip(agencies, numbers, strict=True))
        records = [] if self.last else [orjson.dumps(message) for message in messages]
        async with self._db.transaction():
            await self._db.execute(self._save_state, agencies, [UUID(message["member_id"]) for message in messages])
            if self.last:
                command_ids = [message["command_id"] for message in messages]
                payloads = [
                    "o" + ",".join(command_ids[start : start + 200]) for start in range(0, len(command_ids), 200)
                ]
                await self._db.execute("SELECT pg_notify($1, p) FROM unnest($2::text[]) p", CHANNEL, payloads)
            else:
                texts = [record.decode() for record in records]
                now = datetime.now(UTC)
                await self._db.execute(self._save_outbox, agencies, topic(self._number + 1), numbers, texts, now)
            await self._db.execute(self._save_cursors, list(handled), list(handled.values()))
        return [(str(agency).encode(), value) for agency, value in zip(agencies, records, strict=False)]


async def run(number: int, bootstrap: str, dsn: str) -> None:
    """Run the hop until the process is killed."""
    db = await asyncpg.connect(dsn, server_settings={"search_path": "floor", "jit": "off"})
    consumer = AIOKafkaConsumer(
        topic(number),
        bootstrap_servers=bootstrap,
        group_id=f"floor-{number}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=64 * 1024
    )
    await consumer.start()
    await producer.start()
    hop = Hop(number, db)
    committed: asyncio.Future[None] | asyncio.Task[None] = asyncio.get_running_loop().create_future()
    committed.set_result(None)
    while True:
        polled = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
        values = [record.value or b"" for records in polled.values() for record in records]
        if not values:
            continue
        offsets = {partition: records[-1].offset + 1 for partition, records in polled.items()}
        to_publish = await hop.write(values)
        await committed
        sent = [await producer.send(topic(number + 1), value, key) for key, value in to_publish]
        committed = asyncio.create_task(_commit(consumer, sent, offsets))


async def _commit(consumer: AIOKafkaConsumer, sent: Sequence[Any], offsets: dict[Any, int]) -> None:
    await asyncio.gather(*sent)
    await consumer.commit(offsets)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), *sys.argv[2:]))
