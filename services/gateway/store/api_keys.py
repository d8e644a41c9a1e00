"""The statements of API keys: made and revoked by admins, ended by the events that end their admin."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, TypeGuard
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from chassis.postgres import Pool
from contracts.members import Removed, RoleChanged
from contracts.vocabulary import Role
from services.gateway.model.api_keys import ApiKey
from services.gateway.model.request_state import ChangeKeys, Desk, HeldKey

Db: TypeAlias = "asyncpg.Connection[Any]"


async def load(db: Db, request_state: Desk, wanted: Inputs) -> None:
    """Fetch how many keys those have who make one, the keys to be revoked, and those that an admin's end ends."""
    asked = [(agency_id, one) for agency_id, group in wanted.items() for one in group]
    if named := [one for _, one in asked if isinstance(one, ChangeKeys) and one.key_id is not None]:
        rows = await db.fetch(
            "SELECT k.id, k.name FROM api_keys k JOIN unnest($1::uuid[], $2::uuid[]) AS u(id, agency_id)"
            "  ON k.id = u.id AND k.agency_id = u.agency_id",
            [one.key_id for one in named],
            [one.agency_id for one in named],
        )
        request_state.keys = {row["id"]: HeldKey(row["id"], row["name"]) for row in rows}
    if making := sorted({one.agency_id for _, one in asked if isinstance(one, ChangeKeys) and one.key_id is None}):
        rows = await db.fetch(
            "SELECT agency_id, count(*) AS held FROM api_keys WHERE agency_id = ANY($1::uuid[]) GROUP BY agency_id",
            making,
        )
        request_state.key_counts = {row["agency_id"]: row["held"] for row in rows}
    if ending := [(agency_id, one.member_id) for agency_id, one in asked if _ends_an_admin(one)]:
        rows = await db.fetch(
            "SELECT DISTINCT k.id, k.name, k.member_id FROM api_keys k"
            " JOIN unnest($1::uuid[], $2::uuid[]) AS u(agency_id, member_id)"
            "  ON k.agency_id = u.agency_id AND k.member_id = u.member_id ORDER BY k.id",
            *zip(*ending, strict=True),
        )
        for row in rows:
            request_state.keys_of.setdefault(row["member_id"], []).append(HeldKey(row["id"], row["name"]))


def _ends_an_admin(one: object) -> TypeGuard[Removed | RoleChanged]:
    return isinstance(one, Removed) or (isinstance(one, RoleChanged) and one.role is not Role.ADMIN)


async def save(db: Db, request_state: Desk) -> None:
    """Write the keys that were made, forget those that ended."""
    if request_state.new_keys:
        await db.execute(
            "INSERT INTO api_keys (id, agency_id, member_id, name, secret_hash, created_at)"
            " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[])",
            [key.id for key in request_state.new_keys],
            [key.agency_id for key in request_state.new_keys],
            [key.member_id for key in request_state.new_keys],
            [key.name for key in request_state.new_keys],
            [key.secret_hash for key in request_state.new_keys],
            [key.created_at for key in request_state.new_keys],
        )
    if request_state.dead_keys:
        await db.execute("DELETE FROM api_keys WHERE id = ANY($1::uuid[])", request_state.dead_keys)


async def of_agency(pool: Pool, agency_id: UUID) -> list[ApiKey]:
    """The keys of an agency, oldest first."""
    rows = await pool.fetch(
        "SELECT k.id, k.name, k.created_at, k.last_used_at, k.member_id, m.name AS creator_name"
        " FROM api_keys k JOIN members m ON m.member_id = k.member_id WHERE k.agency_id = $1 ORDER BY k.id",
        agency_id,
    )
    return [ApiKey(*row.values()) for row in rows]


async def used(pool: Pool, secret_hash: bytes, now: datetime) -> None:
    """Remember that a key was used."""
    await pool.execute("UPDATE api_keys SET last_used_at = $2 WHERE secret_hash = $1", secret_hash, now)
