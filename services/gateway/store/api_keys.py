"""API keys: made and revoked by admins, ended by the events that end their admin."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from chassis.actor import Inputs
from contracts.members import Removed, RoleChanged
from contracts.vocabulary import KeyScope, Role
from database.postgres import Db, Pool
from services.gateway.model.api_keys import ApiKey, HeldKey
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.requests import ApiKeyRequest


async def load(db: Db, states: Mapping[UUID, AgencyChanges], inputs: Inputs) -> None:
    """Load the keys to revoke, the counts of agencies that make a key, and the keys that an admin's end ends."""
    changes = [request for state in states.values() for request in state.requests if isinstance(request, ApiKeyRequest)]
    if revoked := [(request.operation.agency_id, request.key_id) for request in changes if request.key_id is not None]:
        rows = await db.fetch(
            "SELECT k.agency_id, k.id, k.member_id, k.name FROM api_keys k"
            " JOIN unnest($1::uuid[], $2::uuid[]) AS u(agency_id, id) ON k.id = u.id AND k.agency_id = u.agency_id",
            *zip(*revoked, strict=True),
        )
        for row in rows:
            states[row["agency_id"]].api_keys.held[row["id"]] = HeldKey(row["id"], row["member_id"], row["name"])
    if making := sorted({request.operation.agency_id for request in changes if request.key_id is None}):
        rows = await db.fetch(
            "SELECT agency_id, count(*) AS held FROM api_keys WHERE agency_id = ANY($1::uuid[]) GROUP BY agency_id",
            making,
        )
        for row in rows:
            states[row["agency_id"]].api_keys.count = row["held"]
    ending = [
        (agency_id, event.member_id) for agency_id, group in inputs.items() for event in group if _ends_an_admin(event)
    ]
    if ending:
        rows = await db.fetch(
            "SELECT DISTINCT k.agency_id, k.id, k.member_id, k.name FROM api_keys k"
            " JOIN unnest($1::uuid[], $2::uuid[]) AS u(agency_id, member_id)"
            "  ON k.agency_id = u.agency_id AND k.member_id = u.member_id ORDER BY k.id",
            *zip(*ending, strict=True),
        )
        for row in rows:
            states[row["agency_id"]].api_keys.held[row["id"]] = HeldKey(row["id"], row["member_id"], row["name"])


def _ends_an_admin(event: object) -> TypeGuard[Removed | RoleChanged]:
    return isinstance(event, Removed) or (isinstance(event, RoleChanged) and event.role is not Role.ADMIN)


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Store the keys that were made, and delete those that ended."""
    if new := [key for changes in states for key in changes.api_keys.new]:
        await db.execute(
            "INSERT INTO api_keys (id, agency_id, member_id, name, secret_hash, scopes, created_at, expires_at)"
            " SELECT u.id, u.agency_id, u.member_id, u.name, u.secret_hash, string_to_array(u.scopes, ','),"
            "  u.created_at, u.expires_at"
            " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[],"
            "  $8::timestamptz[])"
            "  AS u(id, agency_id, member_id, name, secret_hash, scopes, created_at, expires_at)",
            [key.id for key in new],
            [key.agency_id for key in new],
            [key.member_id for key in new],
            [key.name for key in new],
            [key.secret_hash for key in new],
            [",".join(key.scopes) for key in new],
            [key.created_at for key in new],
            [key.expires_at for key in new],
        )
    if ended := [key_id for changes in states for key_id in changes.api_keys.ended]:
        await db.execute("DELETE FROM api_keys WHERE id = ANY($1::uuid[])", ended)


async def of_agency(pool: Pool, agency_id: UUID) -> list[ApiKey]:
    """The keys of an agency, oldest first, with the names of the admins who made them."""
    rows = await pool.fetch(
        "SELECT k.id, k.name, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.member_id, m.name AS creator"
        " FROM api_keys k JOIN members m ON m.member_id = k.member_id WHERE k.agency_id = $1 ORDER BY k.id",
        agency_id,
    )
    return [
        ApiKey(
            *(row["id"], row["name"], tuple(map(KeyScope, row["scopes"])), row["created_at"], row["expires_at"]),
            *(row["last_used_at"], row["member_id"], row["creator"]),
        )
        for row in rows
    ]


async def mark_used(pool: Pool, secret_hash: bytes, now: datetime) -> None:
    """Record when a key was last used."""
    await pool.execute("UPDATE api_keys SET last_used_at = $2 WHERE secret_hash = $1", secret_hash, now)
