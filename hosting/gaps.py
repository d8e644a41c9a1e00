"""Gaps: messages that Kafka deleted before this service read them are requested from their sender until they come.

Each sender writes heads into each partition: how far its agencies' numbers go (docs/adr/0021). They stand behind the
messages that they count, so a subscriber that reads them and lacks some has a gap, however far behind it is. Nothing
here has a number of its own: it is not stuck behind the gap that it tells of, and may be lost.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from chassis.clock import wait_for
from chassis.runtime import ActorRuntime
from contracts.envelope import Envelope
from contracts.gaps import HEADS, MOST_HEADS, MOST_NUMBERS, MOST_RANGES, Heads, MissingRange, ResendRequest
from contracts.senders import senders_to
from contracts.topics import PARTITIONS, RESENDS
from contracts.vocabulary import OPERATOR, Service
from database.postgres import connection, transaction
from database.retrying import keep_trying
from hosting.replay import replay_ranges
from telemetry.metrics import DROPPED
from transport.producer import hash_of
from transport.records import Outgoing, Publish, Record
from transport.subscription import HandleRecords
from transport.trust import Trust

log = structlog.get_logger(__name__)

ROUND_SECONDS = 30.0
"""How often requests and heads are sent: 50,000 agencies' heads come around in five minutes."""
GATHER_SECONDS = 2.0
"""How long heads are gathered before what they show is requested: somebody may wait for it."""
NUMBERS_A_ROUND = 20_000
"""How many numbers are requested together: fewer than senders replay until the next round."""
UNFILLED_TRIES = 5
"""After so many requests without an answer, some eight minutes, the sender seems not to have what is missing."""
_MOST_UNSENT = 10_000
_NOTHING = "INSERT 0 0"
_NOBODY = UUID(int=0)
_IS_HEADS = ("ce_type", HEADS)


class Gaps:
    """The healing of gaps in a service's process; any number of replicas may do it at once."""

    def __init__(
        self, runtime: ActorRuntime[Any], publish: Publish, handle: HandleRecords, trust: Trust | None = None
    ) -> None:
        self._runtime = runtime
        self._service = runtime.definition.service
        self._publish = publish
        self._trust = trust or Trust()
        self._handle_messages = handle
        self._noted = asyncio.Event()
        """Set when heads have shown that something is missing, and when heads are requested."""
        self._retrying = keep_trying("gaps.tried_again", longest=5.0, rng=runtime.world.rng)

    async def handle(self, records: Sequence[Record]) -> None:
        """Handle a poll's messages, then the heads and requests among them."""
        messages: list[Record] = []
        own: list[Record] = []
        for record in records:
            (own if record.topic == RESENDS or _IS_HEADS in record.headers else messages).append(record)
        await self._handle_messages(messages)
        for record in own:
            try:
                if record.topic == RESENDS:
                    request = ResendRequest.model_validate_json(record.value or b"")
                    if request.sender is self._service:
                        await self._retrying(self._resend if request.ranges else self._hurry, request)
                    continue
                heads = Heads.model_validate_json(record.value or b"")
                if heads.sender in senders_to(record.topic) and self._trust.is_authentic(record):
                    await self._retrying(self._note, heads, record.topic)
                else:
                    DROPPED.labels("gap_record").inc()
            except ValidationError:
                DROPPED.labels("gap_record").inc()

    async def run(self) -> None:
        """Request the senders' heads; then send requests and heads until cancelled: each round, and soon when noted."""
        await self._retrying(self.request_heads)
        while True:
            await wait_for(self._noted, ROUND_SECONDS * (0.5 + self._runtime.world.rng.random()))
            if self._noted.is_set():
                await asyncio.sleep(GATHER_SECONDS)
                self._noted.clear()
            await self.run_once()

    async def run_once(self) -> None:
        """Send the requests and the heads that are due."""
        now = self._runtime.world.clock()
        requests = await self._due_requests(now)
        heads = await self._due_heads(now)
        if requests or heads:
            await self._publish([*requests, *heads])

    async def request_heads(self) -> None:
        """Have each sender publish its heads: records may have been deleted while this service was away."""
        senders = {sender for topic in self._runtime.definition.topics for sender in senders_to(topic)}
        await self._publish([_request(sender) for sender in sorted(senders)])

    async def _hurry(self, _: ResendRequest) -> None:
        async with connection(self._runtime.pool) as db:
            await db.execute("UPDATE heads_round SET due_at = least(due_at, $1)", self._runtime.world.clock())
        self._noted.set()

    async def _resend(self, request: ResendRequest) -> None:
        async with connection(self._runtime.pool) as db:
            count = await replay_ranges(
                db, [(missing.agency_id, missing.topic, missing.first, missing.last) for missing in request.ranges]
            )
        log.info("gaps.resent", count=count, agencies=len({missing.agency_id for missing in request.ranges}))

    async def _note(self, heads: Heads, topic: str) -> None:
        async with connection(self._runtime.pool) as db:
            noted = await db.execute(
                _NOTE,
                heads.sender,
                topic,
                list(heads.numbers),
                list(heads.numbers.values()),
                self._runtime.world.clock(),
            )
        if noted != _NOTHING:
            self._noted.set()

    async def _due_requests(self, now: datetime) -> list[Outgoing]:
        """Request the gaps that are due, the longest due first, a portion of each.

        A gap is filled when the next number was handled, or waits for its turn with the inbox.
        """
        async with transaction(self._runtime.pool) as db:
            await db.execute(_NOTE_DEFERRED, now)
            await db.execute(_FORGET, self._runtime.definition.topics)
            rows = await db.fetch(_ASK, now, MOST_RANGES, MOST_NUMBERS, NUMBERS_A_ROUND)
        ranges: dict[Service, list[MissingRange]] = defaultdict(list)
        for row in rows:
            ranges[Service(row["sender"])].append(MissingRange.model_validate(dict(row)))
        if rows:
            log.warning("gaps.requested", count=sum(row["last"] - row["first"] + 1 for row in rows), agencies=len(rows))
        if unfilled := sum(row["tries"] >= UNFILLED_TRIES for row in rows):
            log.error("gaps.not_filled", agencies=unfilled)
        return [_request(sender, missing) for sender, missing in ranges.items()]

    async def _due_heads(self, now: datetime) -> list[Outgoing]:
        """The next pages of heads, unless another replica has sent them: a page for each topic and partition."""
        async with transaction(self._runtime.pool) as db:
            after = await db.fetchval(_ROUND, now)
            if after is None:
                return []
            rows = await db.fetch(_HEADS, after, MOST_HEADS)
            # Read after the heads: an agency that is not among them now has nothing unsent that its heads count.
            unsent = await db.fetch(_UNSENT, _MOST_UNSENT)
            await db.execute(
                "UPDATE heads_round SET after = $1, due_at = $2::timestamptz + make_interval(secs => $3)",
                rows[-1]["agency_id"] if len(rows) == MOST_HEADS else _NOBODY, now, ROUND_SECONDS,
            )  # fmt: skip
        pages: dict[tuple[str, int], dict[UUID, int]] = defaultdict(dict)
        busy = {row["agency_id"] for row in unsent}
        for row in rows if len(unsent) < _MOST_UNSENT else ():
            if (agency := row["agency_id"]) not in busy:
                partition = hash_of(str(agency).encode()) % PARTITIONS
                for topic, number in row["published"].items():
                    pages[topic, partition][agency] = number
        return [self._page(topic, numbers, now) for (topic, _), numbers in pages.items()]

    def _page(self, topic: str, numbers: dict[UUID, int], now: datetime) -> Outgoing:
        """A page has the envelope of a message without a number, for its first agency: its key finds the partition."""
        agency, fresh = next(iter(numbers)), self._runtime.world.new_id()
        envelope = Envelope(fresh, HEADS.decode(), self._service.value, now, agency, 0, fresh, fresh, OPERATOR)
        value = _json(Heads(sender=self._service, numbers=numbers))
        return Outgoing(topic, str(agency).encode(), value, envelope.headers())


def _request(sender: Service, missing: Sequence[MissingRange] = ()) -> Outgoing:
    return Outgoing(RESENDS, sender.value.encode(), _json(ResendRequest(sender=sender, ranges=tuple(missing))), [])


def _json(payload: Heads | ResendRequest) -> bytes:
    return payload.model_dump_json().encode()


_NOTE = """
INSERT INTO gaps (agency_id, sender, topic, upto, noted_at, ask_at)
SELECT n.agency_id, $1, $2, n.number, $5, $5
FROM unnest($3::uuid[], $4::bigint[]) AS n (agency_id, number) LEFT JOIN actors a USING (agency_id)
WHERE coalesce((a.handled ->> concat($1::text, '/', $2::text))::bigint, 0) < n.number
ORDER BY n.agency_id
ON CONFLICT (agency_id, sender, topic) DO UPDATE SET upto = greatest(gaps.upto, excluded.upto)
"""
_NOTE_DEFERRED = """
INSERT INTO gaps (agency_id, sender, topic, upto, noted_at, ask_at)
SELECT agency_id, sender, topic, min(seq) - 1, $1, $1 FROM deferred_messages
WHERE kind = 'gap' AND at <= $1::timestamptz - interval '30 seconds'
GROUP BY agency_id, sender, topic ORDER BY agency_id, sender, topic
ON CONFLICT (agency_id, sender, topic) DO UPDATE SET upto = greatest(gaps.upto, excluded.upto)
"""
_FORGET = """
DELETE FROM gaps g WHERE g.topic <> ALL($1::text[]) OR EXISTS (
    SELECT FROM actors a, LATERAL (SELECT coalesce((a.handled ->> concat(g.sender, '/', g.topic))::bigint, 0) AS last) c
    WHERE a.agency_id = g.agency_id AND (c.last >= g.upto OR EXISTS (
        SELECT FROM deferred_messages d
        WHERE d.agency_id = g.agency_id AND d.sender = g.sender AND d.topic = g.topic AND d.seq = c.last + 1
    ))
)
"""
_ASK = """
WITH due AS (
    SELECT g.*, c.last AS cursor, CASE WHEN c.last >= g.requested THEN 0 ELSE g.tries END AS failed
    FROM gaps g LEFT JOIN actors a USING (agency_id)
    CROSS JOIN LATERAL (SELECT coalesce((a.handled ->> concat(g.sender, '/', g.topic))::bigint, 0) AS last) c
    WHERE g.ask_at <= $1 OR c.last >= g.requested
    ORDER BY g.ask_at, g.agency_id, g.sender, g.topic LIMIT $2 FOR UPDATE OF g SKIP LOCKED
), missing AS (
    SELECT due.*, least(upto, cursor + $3, (
        SELECT min(d.seq) - 1 FROM deferred_messages d
        WHERE d.agency_id = due.agency_id AND d.sender = due.sender AND d.topic = due.topic AND d.seq > due.cursor
    )) AS last FROM due
), portion AS (
    SELECT *, sum(last - cursor) OVER (ORDER BY ask_at, agency_id, sender, topic) AS numbers FROM missing
)
UPDATE gaps g
SET requested = p.last, tries = p.failed + 1,
    ask_at = $1 + least(interval '10 minutes', interval '30 seconds' * 2 ^ least(10, p.failed))
FROM portion p
WHERE p.numbers <= $4 AND (g.agency_id, g.sender, g.topic) = (p.agency_id, p.sender, p.topic)
RETURNING g.agency_id, g.sender, g.topic, p.cursor + 1 AS first, p.last, g.tries
"""
_ROUND = "SELECT after FROM heads_round WHERE due_at <= $1 FOR UPDATE SKIP LOCKED"
_HEADS = "SELECT agency_id, published FROM actors WHERE agency_id > $1 ORDER BY agency_id LIMIT $2"
_UNSENT = """
SELECT agency_id FROM outbox
WHERE id = ANY(ARRAY(SELECT id FROM unsent WHERE NOT replayed ORDER BY id LIMIT $1))
"""
