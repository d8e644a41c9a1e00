"""The signatures of the agencies' BAAs, each under one version of the text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from database.postgres import Db, Pool
from services.gateway.model.agency import Signature
from services.gateway.model.changes import AgencyChanges

MOST_SHOWN = 100
"""An agency signs each version once; there is a version every few years."""


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Add the signatures of the batch, and by when a new one is due. The first signature under a version stands."""
    if signed := [(changes.agency_id, changes.baa) for changes in states if changes.baa is not None]:
        await db.execute(
            "INSERT INTO baa_signatures (agency_id, version, signer_id, signer_name, signer_title, signed_at,"
            " agency_name) SELECT * FROM"
            " unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])"
            " ON CONFLICT (agency_id, version) DO NOTHING",
            [agency_id for agency_id, _ in signed],
            [event.version for _, event in signed],
            [event.signer_id for _, event in signed],
            [event.signer_name for _, event in signed],
            [event.signer_title for _, event in signed],
            [event.signed_at for _, event in signed],
            [event.agency_name for _, event in signed],
        )
    if due := [(changes.agency_id, again) for changes in states if (again := changes.sign_again) is not None]:
        await db.execute(
            "UPDATE agencies a SET baa_sign_again_by = u.sign_by, baa_lapsed = u.lapsed"
            " FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) AS u (agency_id, sign_by, lapsed)"
            " WHERE a.agency_id = u.agency_id",
            [agency_id for agency_id, _ in due],
            [again.by for _, again in due],
            [again.lapsed for _, again in due],
        )
    if gone := [changes.agency_id for changes in states if changes.gone]:
        await db.execute("DELETE FROM baa_signatures WHERE agency_id = ANY($1::uuid[])", gone)


async def of_agency(pool: Pool, agency_id: UUID) -> Sequence[Signature]:
    """The agency's signatures, newest first."""
    rows = await pool.fetch(
        "SELECT signer_id, signer_name, signer_title, version, signed_at, agency_name FROM baa_signatures"
        " WHERE agency_id = $1 ORDER BY signed_at DESC, version LIMIT $2",
        agency_id,
        MOST_SHOWN,
    )
    return [Signature(*row.values()) for row in rows]
