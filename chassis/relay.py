"""The relay publishes what the outbox holds, in order, while this replica leads.

What this process has just committed is published from memory. The outbox is read after a start, a fault and another
process's commit, and each second in which nothing is new. Sent rows are forgotten together: after a crash they are
published again, and the cursors drop them.

New messages go first. A replay (`hosting/replay.py`) has a lane of its own: a portion of it follows each round of new
messages, at the rate that the operator set.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis import refused_records
from chassis.clock import wait_for
from chassis.outbox import CHANNEL, Row
from chassis.refused_records import Held
from contracts.envelope import headers_of
from contracts.vocabulary import Service
from database.leadership import Connect, Leadership
from database.postgres import Db
from telemetry.metrics import MESSAGES_PUBLISHED
from transport.records import Outgoing, Publish

ROUND = 1000
"""Rows a round: enough to fill the producer's batches, few enough that a failed round is repeated cheaply."""
PORTIONS_A_SECOND = 20
"""Portions of a replay: a new message waits for one portion at most."""
STALLED_SECONDS = 10.0
"""Seconds without an acknowledgement for published messages after which the bus counts as away."""
LOOK_SECONDS = 1.0
"""How soon a standby notices that nobody leads, and how often a leader looks without being woken."""
FORGET_SECONDS = 0.5
"""How long sent rows stay listed at most; a standby counts as missed what is listed for two seconds."""
MOST_FRESH = 20_000
"""Messages in memory: beyond them, the outbox is read until nothing is left."""


class Relay:
    """Publishes what the outbox holds, while this replica leads."""

    def __init__(self, service: Service, connect: Connect, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._connect = connect
        self._clock = clock
        self._leadership = Leadership("relay", service, self._listen)
        self._woken = asyncio.Event()
        self._failing_since: float | None = None
        self._replay_due = self._forget_due = self._look_due = 0.0
        self._fresh: list[Row] = []
        self._sent: list[int] = []
        self.refusals = asyncio.Event()
        """Set when the broker refuses a record, and when it takes one that it refused."""
        self._held, self._held_of_replay = Held(self.refusals, clock), Held(self.refusals, clock)

    @property
    def leads(self) -> bool:
        """Whether this replica's relay is the one that publishes."""
        return self._leadership.leads

    def wake(self) -> None:
        """Look into the outbox now."""
        self._look_due = 0.0
        self._woken.set()

    def offer(self, rows: Sequence[Row]) -> None:
        """Publish rows that this process has committed. A leader that cannot keep up finds them in the outbox."""
        if self.leads and len(self._fresh) < MOST_FRESH:
            self._fresh += rows
            self._woken.set()
        else:
            self.wake()

    def stop(self) -> None:
        """End `run` after its round."""
        self._leadership.stopping = True
        self._woken.set()

    def stalled_for(self) -> float:
        """Seconds for which Kafka has acknowledged no message of the outbox; 0.0 when all is well."""
        return 0.0 if self._failing_since is None else self._clock() - self._failing_since

    async def run(self, publish: Publish) -> None:
        """Lead or stand by until stopped."""

        async def lead(db: Db) -> None:
            async def publish_leading(records: Sequence[Outgoing]) -> Sequence[bool | str]:
                lost: Sequence[bool | str] = [False] * len(records)
                return await self._leadership.while_leading(db, publish(records), lost)

            self._woken.clear()
            if not await self.round(db, publish_leading):
                due = min(self._look_due, self._replay_due, *([self._forget_due] if self._sent else []))
                await wait_for(self._woken, due - self._clock())

        await self._leadership.run(lead, self._stand_by)

    async def round(self, db: Db, publish: Publish) -> int:
        """Publish what is new, then a portion of a replay if one is due; returns how many were acknowledged."""
        count, now = await self._publish_new(db, publish), self._clock()
        if count < ROUND and self.leads and now >= self._replay_due:
            replayed, pause = await replay_once(db, publish, self._note, self._held_of_replay)
            self._replay_due = now + pause
            count += replayed
        return count

    async def _publish_new(self, db: Db, publish: Publish) -> int:
        """Publish what is new, from memory or from the outbox; returns how many messages were acknowledged."""
        now = self._clock()
        looks = bool(self._held) or self._failing_since is not None or not self._look_due
        looks = looks or (now >= self._look_due and not self._fresh)
        if self._sent and (looks or now >= self._forget_due or len(self._sent) >= ROUND):
            sent, self._sent = self._sent, []
            await db.execute(_FORGET, sent)
        if not looks:
            return await self._publish_fresh(publish, now)
        self._fresh.clear()  # what is committed is in the outbox too
        self._look_due = now + LOOK_SECONDS  # unless it is woken meanwhile
        if count := await run_once(db, publish, self._note, lambda: self.leads, self._held):
            self._look_due = 0.0
        return count

    async def _publish_fresh(self, publish: Publish, now: float) -> int:
        """Publish what this process has just committed. The outbox is read after anything but an acknowledgement."""
        rows, self._fresh = self._fresh[:ROUND], self._fresh[ROUND:]
        answers = await publish([_outgoing(row) for row in rows]) if rows else []
        taken = [row.id for row, answer in zip(rows, answers, strict=True) if answer is True]
        if len(taken) < len(rows):
            self._look_due = 0.0
        if not self._sent:
            self._forget_due = now + FORGET_SECONDS
        self._sent += taken
        MESSAGES_PUBLISHED.inc(len(taken))
        return len(taken)

    async def _listen(self) -> Db:
        db = await self._connect()
        # What a crash of Postgres loses of this is published again, and the cursors drop it.
        await db.execute("SET synchronous_commit = off")
        await db.add_listener(f"{CHANNEL}_{self._service}", lambda *notice: self.notified(notice[-1]))
        self._look_due = 0.0
        return db

    def notified(self, payload: object) -> None:
        """Look into the outbox, as another process says: it has committed messages, replays some, or has helped."""
        if payload == refused_records.WAKE:
            self._held.retry()
            self._held_of_replay.retry()
        elif payload:
            self._replay_due = 0.0
        self.wake()

    async def _stand_by(self, db: Db) -> None:
        self._look_due = 0.0  # another leader reads what this process commits
        self._note(ok=not await db.fetchval(_OLD))
        await wait_for(self._woken, LOOK_SECONDS)
        self._woken.clear()

    def _note(self, *, ok: bool) -> None:
        if ok:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._clock()


async def run_once(
    db: Db,
    publish: Publish,
    progress: Callable[..., None] = lambda **_: None,
    leads: Callable[[], bool] = lambda: True,
    held: Held | None = None,
) -> int:
    """Publish the oldest new rows and forget the acknowledged ones; returns how many those were.

    Publishes nothing if this replica has lost the lead while it read. The agencies in `held` wait; others are added.
    """
    held = Held() if held is None else held
    waiting = held.waiting()
    rows = await db.fetch(_UNSENT_OF_OTHERS, ROUND, waiting) if waiting else await db.fetch(_UNSENT, ROUND)
    if not leads():
        return 0
    if not rows:
        progress(ok=True)
        return 0
    return await _publish(db, publish, rows, progress, held, replayed=False)


async def replay_once(
    db: Db,
    publish: Publish,
    progress: Callable[..., None] = lambda **_: None,
    held: Held | None = None,
) -> tuple[int, float]:
    """Publish the next portion of a replay; returns how many were acknowledged, and the seconds until the next one.

    The agencies in `held` wait as those of `run_once` do. New messages of theirs do not.
    """
    held = Held() if held is None else held
    rows = await db.fetch(_REPLAYED, ROUND, PORTIONS_A_SECOND, held.waiting())
    if not rows:
        return 0, LOOK_SECONDS
    return await _publish(db, publish, rows, progress, held, replayed=True), len(rows) / rows[0]["a_second"]


async def _publish(
    db: Db,
    publish: Publish,
    rows: Sequence[Mapping[str, Any]],
    progress: Callable[..., None],
    held: Held,
    *,
    replayed: bool,
) -> int:
    """Publish rows of the outbox and forget the acknowledged ones; returns how many those were."""
    acknowledged = await publish([_outgoing(Row(*map(row.__getitem__, Row._fields))) for row in rows])
    taken = [row for row, answer in zip(rows, acknowledged, strict=True) if answer is True]
    refused = [(row, answer) for row, answer in zip(rows, acknowledged, strict=True) if isinstance(answer, str)]
    progress(ok=bool(taken or refused))
    if taken:
        await db.execute(_FORGET_REPLAYED if replayed else _FORGET, [row["id"] for row in taken])
        MESSAGES_PUBLISHED.inc(len(taken))
    if held or refused:
        noted = await refused_records.note(db, refused, replayed=replayed)
        held.note(noted, {row["agency_id"] for row in taken if row["seq"]})
    return len(taken)


def _outgoing(row: Row) -> Outgoing:
    return Outgoing(row.topic, str(row.agency_id).encode(), row.data.encode(), headers_of(row.headers))


_FORGET = "DELETE FROM unsent WHERE NOT replayed AND id = ANY($1)"
_FORGET_REPLAYED = "DELETE FROM unsent WHERE replayed AND id = ANY($1)"
_UNSENT = """
SELECT id, agency_id, topic, type, seq, headers, data FROM outbox
WHERE id = ANY(ARRAY(SELECT id FROM unsent WHERE NOT replayed ORDER BY id LIMIT $1)) ORDER BY id
"""
_UNSENT_OF_OTHERS = """
SELECT id, agency_id, topic, type, seq, headers, data FROM outbox
WHERE id = ANY(ARRAY(
    SELECT id FROM unsent u
    WHERE NOT replayed AND (SELECT o.agency_id <> ALL($2::uuid[]) OR o.seq = 0 FROM outbox o WHERE o.id = u.id)
    ORDER BY id LIMIT $1
)) ORDER BY id
"""
_OLD = """
SELECT coalesce((
    SELECT (SELECT o.published_at FROM outbox o WHERE o.id = u.id) FROM unsent u
    WHERE NOT replayed AND (SELECT o.agency_id <> ALL(ARRAY(SELECT agency_id FROM refused_records WHERE NOT replayed))
                            FROM outbox o WHERE o.id = u.id)
    ORDER BY id LIMIT 1
) < now() - interval '2 seconds', false)
"""
"""Whether nobody publishes. An agency whose record is refused waits for another reason."""
_REPLAYED = """
SELECT id, agency_id, topic, type, seq, headers, data, (SELECT a_second FROM replay_rate) AS a_second FROM outbox
WHERE id = ANY(ARRAY(
    SELECT id FROM unsent
    WHERE replayed AND ($3::uuid[] = '{}' OR (SELECT x.agency_id FROM outbox x WHERE x.id = unsent.id) <> ALL($3))
    ORDER BY id LIMIT (SELECT least($1, (a_second + $2 - 1) / $2) FROM replay_rate)
)) ORDER BY id
"""
