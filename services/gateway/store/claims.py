"""The sign-ups for Pending logins: written and bounded with their events, and read when somebody proves an address."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from contracts.vocabulary import SeatType
from database.postgres import Db, Pool
from services.gateway.domain.first_pick import MOST_CLAIMS, Claim, Wish
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.claims import NewClaim


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """End, correct and add claims. A browser's newer claim for an address replaces its older one."""
    if gone := [changes.agency_id for changes in states if changes.gone]:
        await db.execute("DELETE FROM claims WHERE agency_id = ANY($1::uuid[])", gone)
    present = [changes for changes in states if not changes.gone]
    if ended := [member_id for changes in present for member_id in changes.claims.ended]:
        await db.execute("DELETE FROM claims WHERE member_id = ANY($1::uuid[])", ended)
    corrected = [correction for changes in present for correction in changes.claims.corrected.items()]
    if corrected:
        await db.execute(
            "UPDATE claims c SET name = coalesce(u.name, c.name), seat_type = coalesce(u.seat_type, c.seat_type)"
            " FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(member_id, name, seat_type)"
            " WHERE c.member_id = u.member_id",
            [member_id for member_id, _ in corrected],
            [correction.name for _, correction in corrected],
            [correction.seat_type for _, correction in corrected],
        )
    if new := [(changes.agency_id, claim) for changes in present for claim in changes.claims.new]:
        await _add(db, new)


async def _add(db: Db, new: Collection[tuple[UUID, NewClaim]]) -> None:
    # The browser is the one that the operation of the sign-up was recorded with.
    await db.execute(
        "INSERT INTO claims (member_id, agency_id, email, name, seat_type, browser_hash)"
        " SELECT u.member_id, u.agency_id, u.email, u.name, u.seat_type, o.browser_hash"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])"
        "  WITH ORDINALITY AS u(member_id, agency_id, operation_id, email, name, seat_type, place)"
        " LEFT JOIN operations o ON o.id = u.operation_id ORDER BY u.place",
        [claim.member_id for _, claim in new],
        [agency_id for agency_id, _ in new],
        [claim.operation_id for _, claim in new],
        [claim.email for _, claim in new],
        [claim.name for _, claim in new],
        [claim.seat_type for _, claim in new],
    )
    await db.execute(
        "DELETE FROM claims c USING (SELECT place,"
        "   row_number() OVER (PARTITION BY member_id ORDER BY place DESC) AS nth,"
        "   browser_hash IS NOT NULL AND row_number() OVER (PARTITION BY member_id, email, browser_hash"
        "    ORDER BY place DESC) > 1 AS is_replaced"
        "  FROM claims WHERE member_id = ANY($1::uuid[])) ranked"
        " WHERE c.place = ranked.place AND (ranked.is_replaced OR ranked.nth > $2)",
        list({claim.member_id for _, claim in new}),
        MOST_CLAIMS,
    )


async def of_member(pool: Pool, member_id: UUID) -> list[Claim]:
    """The claims of a Pending login, newest first."""
    rows = await pool.fetch(
        "SELECT email, name, seat_type, browser_hash FROM claims WHERE member_id = $1 ORDER BY place DESC", member_id
    )
    return [Claim(row["email"], Wish(row["name"], SeatType(row["seat_type"])), row["browser_hash"]) for row in rows]
