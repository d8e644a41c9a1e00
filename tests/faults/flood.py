"""One agency's flood: thousands of people sign up and log in at once, as commands that the gateway publishes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from contracts.members import RecordLogin, SignUp
from contracts.message import Message
from contracts.vocabulary import Proof, SeatType
from tests.faults.fleet import Fleet

FLOODED = "flood.example"
"""The domain of the agency: full from the start, Auto-Add ON."""
PEOPLE = int(os.environ.get("HEADCOUNT_TEST_FLOOD", "25000"))
_READY_SECONDS = 600


async def sign_up(fleet: Fleet) -> None:
    """Have the people sign up; returns when all of them are Pending."""
    async with fleet.db() as db:
        agency = await db.fetchval("SELECT agency_id FROM gateway.agencies WHERE domain = $1", FLOODED)
        already = await db.fetchval(_PEOPLE, agency)
        people = [
            SignUp(email=f"f{number}@{FLOODED}", name=f"Clinician {number}", seat_type=SeatType.BASE)
            for number in range(already - 1, PEOPLE)
        ]
        await _publish(db, agency, people)
        async with asyncio.timeout(_READY_SECONDS):
            while await db.fetchval(_PEOPLE, agency) <= PEOPLE or await db.fetchval(_BEHIND, agency):
                await asyncio.sleep(0.5)


async def log_in(fleet: Fleet) -> None:
    """Have all of them log in for the first time."""
    async with fleet.db() as db:
        agency = await db.fetchval("SELECT agency_id FROM gateway.agencies WHERE domain = $1", FLOODED)
        rows = await db.fetch(
            "SELECT member_id FROM members.members WHERE agency_id = $1 AND status = 'pending'", agency
        )
        await _publish(db, agency, [RecordLogin(member_id=row["member_id"], proof=Proof.CODE) for row in rows])


async def served(fleet: Fleet) -> str:
    """Wait until all of them are Active; returns how long after Stripe's last answer, and after how many purchases."""
    async with fleet.db() as db:
        async with asyncio.timeout(_READY_SECONDS):
            while await db.fetchval(_ACTIVE, FLOODED) <= PEOPLE:
                await asyncio.sleep(1)
        row = await db.fetchrow(_SERVED, FLOODED)
    assert row is not None
    return f"{PEOPLE:,} Active {row['seconds']:.0f} s after the last answer of Stripe; {row['purchases']} purchases"


async def _publish(db: asyncpg.Connection[asyncpg.Record], agency: UUID, messages: Sequence[Message]) -> None:
    """Store the messages in the gateway's outbox, with the next numbers."""
    if messages:
        topic, type_ = messages[0].topic, messages[0].type
        await db.execute(_STORE, agency, topic, type_, [message.model_dump_json() for message in messages])


_ACTIVE = """
SELECT count(*) FROM gateway.members m JOIN gateway.agencies a USING (agency_id)
WHERE a.domain = $1 AND m.status = 'active'
"""
_SERVED = """
WITH flooded AS (SELECT agency_id FROM gateway.agencies WHERE domain = $1)
SELECT count(*) AS purchases, extract(epoch FROM (
    SELECT max(o.published_at) FROM members.outbox o JOIN flooded USING (agency_id)
    WHERE o.type = 'members.activated.v1'
) - max(b.published_at)) AS seconds
FROM billing.outbox b JOIN flooded USING (agency_id) WHERE b.type = 'billing.quantities_set.v1'
"""
_PEOPLE = "SELECT count(*) FROM members.members WHERE agency_id = $1"
_BEHIND = """
SELECT (SELECT count(*) FROM members.members WHERE agency_id = $1)
     > (SELECT count(*) FROM gateway.members WHERE agency_id = $1)
"""
_STORE = """
WITH locked AS (
    SELECT coalesce((published ->> $2)::bigint, 0) AS last FROM gateway.actors WHERE agency_id = $1 FOR UPDATE
), stored AS (
    INSERT INTO gateway.outbox (agency_id, topic, type, seq, headers, data, published_at)
    SELECT $1, $2, $3, last + place, json_build_object(
        'ce_specversion', '1.0', 'ce_id', id, 'ce_type', $3::text, 'ce_source', '/gateway',
        'ce_time', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'ce_subject', $1::uuid,
        'ce_sequence', (last + place)::text, 'ce_causationid', id, 'ce_correlationid', id, 'ce_actor', 'anyone',
        'ce_seen', '{}', 'content-type', 'application/json'
    )::text, data, now()
    FROM locked, unnest($4::text[]) WITH ORDINALITY AS n (data, place),
         LATERAL (SELECT gen_random_uuid() AS id, place AS of) AS ids
    ORDER BY place
    RETURNING id
), sent AS (
    INSERT INTO gateway.unsent (id) SELECT id FROM stored
)
UPDATE gateway.actors
SET published = published || jsonb_build_object($2::text, coalesce((published ->> $2)::bigint, 0) + cardinality($4))
WHERE agency_id = $1
"""
