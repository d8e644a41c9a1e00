"""The statements of invitations' links: written with the command, opened and closed by events, used once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from chassis.postgres import Pool
from services.gateway.domain.invitation_link import LinkState
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.invitations import InvitationAddress
from services.gateway.model.request_state import Desk, Follow, Invitation

Db: TypeAlias = "asyncpg.Connection[Any]"


async def of_link(pool: Pool, link_hash: bytes) -> InvitationAddress | None:
    """The invitation of a link; None when we never sent it, or have forgotten it."""
    row = await pool.fetchrow("SELECT id, agency_id, member_id FROM invitations WHERE link_hash = $1", link_hash)
    return None if row is None else InvitationAddress(*row.values())


async def load(db: Db, request_state: Desk, wanted: Sequence[object]) -> None:
    """Fetch and lock the invitations whose links are followed."""
    if follows := [one for one in wanted if isinstance(one, Follow)]:
        rows = await db.fetch(
            "SELECT i.id, i.member_id, i.state, i.expires_at FROM invitations i WHERE i.id = ANY($1::uuid[])"
            " ORDER BY i.id FOR UPDATE",
            [one.invitation_id for one in follows],
        )
        request_state.invitations = {
            row["id"]: Invitation(row["id"], row["member_id"], LinkState(row["state"]), row["expires_at"])
            for row in rows
        }


async def save(db: Db, request_state: Desk) -> None:
    """Write the links that were ordered and those that were used."""
    if request_state.new_links:
        await db.execute(
            "INSERT INTO invitations (id, agency_id, link_hash, state, created_at, expires_at)"
            " SELECT u.id, u.agency_id, u.link_hash, 'ordered', clock_timestamp(), u.expires_at"
            " FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::timestamptz[])"
            "  AS u(id, agency_id, link_hash, expires_at)",
            [link.id for _, link in request_state.new_links],
            [agency_id for agency_id, _ in request_state.new_links],
            [link.link_hash for _, link in request_state.new_links],
            [link.expires_at for _, link in request_state.new_links],
        )
    if used := [one.id for one in request_state.invitations.values() if one.touched]:
        await db.execute("UPDATE invitations SET state = 'used' WHERE id = ANY($1::uuid[])", used)


async def project(db: Db, states: Collection[AgencyChanges]) -> None:
    """What events made of links: older ones close before newer ones open."""
    closed = [
        (one.agency_id, member, state) for one in states if not one.gone for member, state in one.closed_links.items()
    ]
    if closed:
        await db.execute(
            "UPDATE invitations i SET state = u.state FROM unnest($1::uuid[], $2::uuid[], $3::text[])"
            "  AS u(agency_id, member_id, state)"
            " WHERE i.agency_id = u.agency_id AND i.member_id = u.member_id AND i.state = 'open'",
            *zip(*closed, strict=True),
        )
    opened = [(one.agency_id, *link) for one in states if not one.gone for link in one.opened_links.items()]
    if opened:
        await db.execute(
            "UPDATE invitations i SET member_id = u.member_id, expires_at = u.expires_at, state = u.state"
            " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[])"
            "  AS u(agency_id, id, member_id, expires_at, state)"
            " WHERE i.agency_id = u.agency_id AND i.id = u.id AND i.state = 'ordered'",
            [agency_id for agency_id, _, _ in opened],
            [invitation_id for _, invitation_id, _ in opened],
            [link.member_id for _, _, link in opened],
            [link.expires_at for _, _, link in opened],
            [link.state.value for _, _, link in opened],
        )


async def give_back(pool: Pool, invitation_id: UUID) -> None:
    """The acceptance failed on our side, so the link is good again."""
    await pool.execute("UPDATE invitations SET state = 'open' WHERE id = $1 AND state = 'used'", invitation_id)
