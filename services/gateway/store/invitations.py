"""Links of invitations: stored with the command, opened and closed by events, and used once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.vocabulary import MemberStatus
from database.postgres import Db, Pool
from services.gateway.domain.invitation_link import LinkState
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.invitations import InvitationAddress, InvitationLink, ShownInvitation
from services.gateway.model.requests import AcceptRequest, InvitationRequest


async def of_link(pool: Pool, link_hash: bytes) -> InvitationAddress | None:
    """The invitation of a link; None for a link that was never sent or has been forgotten."""
    row = await pool.fetchrow(
        "SELECT i.id, i.agency_id, i.member_id, m.mailbox FROM invitations i"
        " LEFT JOIN members m ON m.member_id = i.member_id WHERE i.link_hash = $1",
        link_hash,
    )
    return None if row is None else InvitationAddress(*row.values())


async def shown(pool: Pool, link_hash: bytes) -> ShownInvitation | None:
    """The invitation of a link with the names that its page shows; None for a link that was never sent."""
    row = await pool.fetchrow(
        "SELECT i.member_id, i.state, i.expires_at, m.status, m.email, a.name AS agency, inviter.name AS inviter"
        " FROM invitations i LEFT JOIN agencies a ON a.agency_id = i.agency_id"
        " LEFT JOIN members m ON m.member_id = i.member_id AND m.agency_id = i.agency_id"
        " LEFT JOIN members inviter ON inviter.member_id = i.inviter_id AND inviter.agency_id = i.agency_id"
        " WHERE i.link_hash = $1",
        link_hash,
    )
    if row is None:
        return None
    member_id, state, expires_at, status, *names = row.values()
    return ShownInvitation(
        member_id, LinkState(state), expires_at, None if status is None else MemberStatus(status), *names
    )


async def load(db: Db, acceptances: Sequence[AcceptRequest]) -> None:
    """Lock the links that are followed."""
    rows = await db.fetch(
        "SELECT i.id, i.state, i.expires_at FROM invitations i WHERE i.id = ANY($1::uuid[]) ORDER BY i.id FOR UPDATE",
        [request.invitation_id for request in acceptances],
    )
    links = {row["id"]: InvitationLink(row["id"], LinkState(row["state"]), row["expires_at"]) for row in rows}
    for request in acceptances:
        request.link = links.get(request.invitation_id)


async def save_new(db: Db, requests: Sequence[InvitationRequest]) -> None:
    """Store the links of the invitations that are commanded now."""
    links = [(request.operation.agency_id, link) for request in requests if request.begun for link in request.links]
    if links:
        await db.execute(
            "INSERT INTO invitations (id, agency_id, link_hash, state, created_at, expires_at)"
            " SELECT u.id, u.agency_id, u.link_hash, 'ordered', clock_timestamp(), u.expires_at"
            " FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::timestamptz[])"
            "  AS u(id, agency_id, link_hash, expires_at)",
            [link.id for _, link in links],
            [agency_id for agency_id, _ in links],
            [link.link_hash for _, link in links],
            [link.expires_at for _, link in links],
        )


async def save_used(db: Db, acceptances: Sequence[AcceptRequest]) -> None:
    """Write which links were followed."""
    if used := [request.link.id for request in acceptances if request.link is not None and request.link.changed]:
        await db.execute("UPDATE invitations SET state = 'used' WHERE id = ANY($1::uuid[])", used)


async def project(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write what events changed of links: older links close before newer ones open."""
    present = [changes for changes in states if not changes.gone]
    closed = [(changes.agency_id, *link) for changes in present for link in changes.closed_links.items()]
    if closed:
        await db.execute(
            "UPDATE invitations i SET state = u.state FROM unnest($1::uuid[], $2::uuid[], $3::text[])"
            "  AS u(agency_id, member_id, state)"
            " WHERE i.agency_id = u.agency_id AND i.member_id = u.member_id AND i.state = 'open'",
            *zip(*closed, strict=True),
        )
    opened = [(changes.agency_id, *link) for changes in present for link in changes.opened_links.items()]
    if opened:
        await db.execute(
            "UPDATE invitations i SET member_id = u.member_id, expires_at = u.expires_at, state = u.state,"
            "  inviter_id = u.inviter_id"
            " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[])"
            "  AS u(agency_id, id, member_id, expires_at, state, inviter_id)"
            " WHERE i.agency_id = u.agency_id AND i.id = u.id AND i.state = 'ordered'",
            [agency_id for agency_id, _, _ in opened],
            [invitation_id for _, invitation_id, _ in opened],
            [link.member_id for _, _, link in opened],
            [link.expires_at for _, _, link in opened],
            [link.state.value for _, _, link in opened],
            [link.inviter_id for _, _, link in opened],
        )


async def reopen(pool: Pool, invitation_id: UUID) -> None:
    """Open a used link again: its acceptance failed on our side."""
    await pool.execute("UPDATE invitations SET state = 'open' WHERE id = $1 AND state = 'used'", invitation_id)
