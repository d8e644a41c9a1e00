"""All SQL statements of members. `store_rows.py` has what a row means, `store_needs.py` which rows a message needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from contracts.baa import CURRENT_BAA, BaaVersion
from contracts.moving_line import SetMovingLine
from contracts.vocabulary import BaaStage, SeatType
from database.postgres import columns
from services.members.domain.agency import stands
from services.members.domain.capacity import Capacity
from services.members.domain.found_agency import Claim
from services.members.domain.moving_line import DECIDED_BY_ADMINS
from services.members.state import Roster
from services.members.store_needs import FREES_A_SEAT, Mentioned
from services.members.store_rows import agency_of, agency_row, capacity_of, capacity_row, member_of, member_row

HEAD = 100
"""How many members of each seat type's line are loaded beyond those whom the batch's messages may let in.

The rest moves on when seats are assigned to these. Each message that may free a seat goes through them, so more would
slow the other agencies of a batch.
"""

_AGENCIES = """
SELECT agency_id, name, domain, rejected, baa_signer_id, baa_name, baa_title, baa_version, baa_signed_at,
    baa_request_version, baa_request_stage, moving_line,
    purchased_base, purchased_voice, active_base, active_voice, waiting_base, waiting_voice, frozen, last_blocked
FROM agencies LEFT JOIN capacities USING (agency_id) WHERE agency_id = ANY($1)
"""
_CLAIM = """
INSERT INTO domains (domain, agency_id)
SELECT domain, agency_id FROM unnest($1::text[], $2::uuid[]) AS claimed (domain, agency_id)
ON CONFLICT DO NOTHING
RETURNING domain, agency_id
"""
_MEMBER = (
    "m.agency_id, member_id, email, name, seat_type, role, status, waiting, plan_type, blocked_reason, "
    "invitation_id, invitation_expires_at, accepted_by, proven, removed_at, removed_seat_type, undone_by, "
    "blocked_place, seat_offered"
)
_BY_ID = f"""
SELECT {_MEMBER} FROM members m
JOIN unnest($1::uuid[], $2::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
"""  # noqa: S608  a constant list of columns
_BY_MAILBOX = f"""
SELECT {_MEMBER} FROM members m
JOIN unnest($1::uuid[], $2::text[]) AS requested (agency_id, mailbox) USING (agency_id, mailbox)
"""  # noqa: S608  as above
_ADMINS = f"""
SELECT {_MEMBER} FROM unnest($1::uuid[], $2::integer[]) AS requested (agency_id, most) CROSS JOIN LATERAL (
    SELECT * FROM members a
    WHERE a.agency_id = requested.agency_id AND a.role = 'admin' AND a.status = 'active'
    ORDER BY a.member_id LIMIT requested.most
) m
"""  # noqa: S608  as above
_LINE = f"""
SELECT {_MEMBER} FROM unnest($1::uuid[]) AS a (agency_id) CROSS JOIN unnest($2::text[]) AS t (kind)
CROSS JOIN LATERAL (
    SELECT * FROM members b
    WHERE b.agency_id = a.agency_id AND b.seat_type = t.kind AND b.status = 'blocked'
        AND b.blocked_reason <> ALL($3)
    ORDER BY b.blocked_place, b.member_id LIMIT $4
) m ORDER BY m.blocked_place, m.member_id
"""  # noqa: S608  as above
_SAVE_AGENCIES = """
INSERT INTO agencies
    (agency_id, name, domain, rejected, baa_signer_id, baa_name, baa_title, baa_version, baa_signed_at,
     baa_request_version, baa_request_stage, moving_line)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::uuid[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::text[], $11::text[], $12::boolean[])
ON CONFLICT (agency_id) DO UPDATE SET
    name = excluded.name, domain = excluded.domain, rejected = excluded.rejected,
    baa_signer_id = excluded.baa_signer_id,
    baa_name = excluded.baa_name, baa_title = excluded.baa_title, baa_version = excluded.baa_version,
    baa_signed_at = excluded.baa_signed_at,
    baa_request_version = excluded.baa_request_version, baa_request_stage = excluded.baa_request_stage,
    moving_line = excluded.moving_line
"""
_OUTDATED_BAAS = """
SELECT agency_id FROM agencies
WHERE NOT rejected AND baa_version <> $1 AND baa_request_stage IS DISTINCT FROM 'lapsed'
    AND (baa_request_version IS DISTINCT FROM $1 OR baa_request_stage IS DISTINCT FROM $2)
ORDER BY agency_id LIMIT $3
"""
_SAVE_CAPACITIES = """
INSERT INTO capacities
    (agency_id, purchased_base, purchased_voice, active_base, active_voice, waiting_base, waiting_voice, frozen,
     last_blocked)
SELECT * FROM unnest(
    $1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::text[],
    $9::bigint[])
ON CONFLICT (agency_id) DO UPDATE SET
    purchased_base = excluded.purchased_base, purchased_voice = excluded.purchased_voice,
    active_base = excluded.active_base, active_voice = excluded.active_voice,
    waiting_base = excluded.waiting_base, waiting_voice = excluded.waiting_voice, frozen = excluded.frozen,
    last_blocked = excluded.last_blocked
"""
_FREE_DOMAINS = """
DELETE FROM domains d USING unnest($1::uuid[], $2::text[]) AS kept (agency_id, domain)
WHERE d.agency_id = kept.agency_id AND d.domain IS DISTINCT FROM kept.domain
"""
_ENTER = """
INSERT INTO members
    (agency_id, member_id, mailbox, email, name, seat_type, role, status, waiting, plan_type, blocked_reason,
     invitation_id, invitation_expires_at, accepted_by, proven, removed_at, removed_seat_type, undone_by,
     blocked_place, seat_offered)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
    $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::uuid[], $15::boolean[], $16::timestamptz[],
    $17::text[], $18::uuid[], $19::bigint[], $20::boolean[])
"""
_CHANGE = """
UPDATE members m SET
    mailbox = c.mailbox, email = c.email, name = c.name, seat_type = c.seat_type, role = c.role, status = c.status,
    waiting = c.waiting, plan_type = c.plan_type, blocked_reason = c.blocked_reason, invitation_id = c.invitation_id,
    invitation_expires_at = c.invitation_expires_at, accepted_by = c.accepted_by, proven = c.proven,
    removed_at = c.removed_at, removed_seat_type = c.removed_seat_type, undone_by = c.undone_by,
    blocked_place = c.blocked_place, seat_offered = c.seat_offered
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
    $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::uuid[], $15::boolean[], $16::timestamptz[],
    $17::text[], $18::uuid[], $19::bigint[], $20::boolean[])
    AS c (agency_id, member_id, mailbox, email, name, seat_type, role, status, waiting, plan_type, blocked_reason,
          invitation_id, invitation_expires_at, accepted_by, proven, removed_at, removed_seat_type, undone_by,
          blocked_place, seat_offered)
WHERE m.agency_id = c.agency_id AND m.member_id = c.member_id
"""


class MembersStore:
    """Loads the members that a batch names, and writes only changed rows."""

    def __init__(self, public_domains: AbstractSet[str], current_baa: BaaVersion = CURRENT_BAA) -> None:
        """`public_domains`: the lower-case mail domains on which anybody can get an address."""
        self._public = public_domains
        self._current_baa = current_baa

    async def load(self, db: asyncpg.Connection[Any], requested: Inputs, now: datetime) -> Mapping[UUID, Roster]:  # noqa: ARG002  nothing here depends on the time
        """Each requested agency with the members that the batch names. Claims the domains that it names."""
        rosters = {agency_id: Roster(agency_id, current_baa=self._current_baa) for agency_id in requested}
        for row in await db.fetch(_AGENCIES, list(requested)):
            roster = rosters[row["agency_id"]]
            roster.agency = agency_of(row)
            if row["purchased_base"] is not None:
                roster.capacity = roster.stored_capacity = capacity_of(row)
        mentioned = Mentioned.by(requested)
        rows: list[asyncpg.Record] = []
        if mentioned.ids:
            rows += await db.fetch(_BY_ID, *columns(mentioned.ids))
        if mentioned.mailboxes:
            rows += await db.fetch(_BY_MAILBOX, *columns(mentioned.mailboxes))
        if mentioned.admins:
            rows += await db.fetch(_ADMINS, *columns(mentioned.admins.items()))
        for row in rows:
            rosters[row["agency_id"]].know(member_of(row))
        await self._load_lines(db, rosters, requested)
        if mentioned.applications or mentioned.domains:
            await self._claim(db, rosters, mentioned)
        return rosters

    async def _load_lines(self, db: asyncpg.Connection[Any], rosters: Mapping[UUID, Roster], requested: Inputs) -> None:
        """Load the heads of the lines that a message of the batch may move."""
        moving = [agency_id for agency_id, subjects in requested.items() if _may_move(rosters[agency_id], subjects)]
        if not moving:
            return
        decided_by_admins = [str(reason) for reason in DECIDED_BY_ADMINS]
        most = HEAD + max(len(requested[agency_id]) for agency_id in moving)
        for row in await db.fetch(_LINE, moving, list(SeatType), decided_by_admins, most):
            roster = rosters[row["agency_id"]]
            roster.know(member_of(row))
            roster.line.append(row["member_id"])

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Roster]) -> None:
        """Write the changed rows. Of an agency's claims, free all but the domain that it has now."""
        agencies = [agency_row(s.agency_id, s.agency) for s in states if s.agency_changed and s.agency is not None]
        if agencies:
            await db.execute(_SAVE_AGENCIES, *columns(agencies))
        decided = [(s.agency_id, s.agency.domain if stands(s.agency) else None) for s in states if _decides_domain(s)]
        if decided:
            await db.execute(_FREE_DOMAINS, *columns(decided))
        capacities = [capacity_row(s.agency_id, s.capacity) for s in states if _capacity_changed(s)]
        if capacities:
            await db.execute(_SAVE_CAPACITIES, *columns(capacities))
        entered = [member_row(s.agency_id, s.by_id[member]) for s in states for member in s.entered]
        if entered:
            await db.execute(_ENTER, *columns(entered))
        changed = [member_row(s.agency_id, s.by_id[member]) for s in states for member in s.changed]
        if changed:
            await db.execute(_CHANGE, *columns(changed))

    async def _claim(self, db: asyncpg.Connection[Any], rosters: Mapping[UUID, Roster], mentioned: Mentioned) -> None:
        """Claim the domains that the batch names. An agency claims no domain that none of its admins could prove."""
        requests = [(domain, agency_id) for agency_id, domain in mentioned.applications.items()]
        requests = [(domain, agency_id) for domain, agency_id in requests if rosters[agency_id].agency is None]
        requests += [
            (domain, agency_id) for agency_id, domain in mentioned.domains if stands(rosters[agency_id].agency)
        ]
        claims: list[tuple[str, UUID]] = []
        # Claim in sorted order, so that two batches with the same domains never deadlock.
        for domain, agency_id in sorted(requests):
            roster = rosters[agency_id]
            if domain in self._public:
                roster.claims[domain] = Claim.PUBLIC
            elif roster.has(domain):
                roster.claims[domain] = Claim.WON
            elif roster.agency is None or roster.could_prove(domain):
                roster.claims[domain] = Claim.TAKEN
                claims.append((domain, agency_id))
        if claims:
            for row in await db.fetch(_CLAIM, *columns(claims)):
                rosters[row["agency_id"]].claims[row["domain"]] = Claim.WON


def _may_move(roster: Roster, subjects: Sequence[object]) -> bool:
    """Whether one of these messages may move the agency's line."""
    if roster.agency is None:
        return False
    frees = any(type(subject) in FREES_A_SEAT for subject in subjects)
    sets = any(isinstance(subject, SetMovingLine) for subject in subjects)
    return sets or (frees and roster.agency.moving_line)


async def outdated_baas(db: asyncpg.Connection[Any], version: str, stage: BaaStage, most: int) -> list[UUID]:
    """Agencies that signed another version than this one, and got no request at this stage."""
    rows = await db.fetch(_OUTDATED_BAAS, version, stage, most)
    return [row["agency_id"] for row in rows]


def _decides_domain(state: Roster) -> bool:
    """Whether this batch decides which domain the agency has."""
    return state.agency_changed or Claim.WON in state.claims.values()


def _capacity_changed(state: Roster) -> bool:
    """Whether the agency's capacity has changed."""
    return state.capacity != (state.stored_capacity or Capacity())
