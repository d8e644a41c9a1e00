"""The standing of members who make a request, read in the transaction that decides the request."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.vocabulary import MemberStatus, Role
from database.postgres import Db
from services.gateway.model.requests import MemberRequest, Standing


async def load(db: Db, requests: Sequence[MemberRequest]) -> None:
    """Fill in where each request's member stands in its agency; None when the agency has no such member."""
    rows = await db.fetch(
        "SELECT m.member_id, m.status, m.role, m.removed_at FROM members m"
        " JOIN unnest($1::uuid[], $2::uuid[]) AS u(agency_id, member_id)"
        "  ON m.agency_id = u.agency_id AND m.member_id = u.member_id",
        [request.operation.agency_id for request in requests],
        [request.member_id for request in requests],
    )
    standings = {
        row["member_id"]: Standing(MemberStatus(row["status"]), Role(row["role"]), row["removed_at"]) for row in rows
    }
    for request in requests:
        request.standing = standings.get(request.member_id)
