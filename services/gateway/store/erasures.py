"""Erasure of a person from the gateway's own tables: once when the event is handled, the rest by a task."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.erasing import Subject, erased_data, values_of
from contracts.message import message_class
from contracts.personal import ERASED_NAME, Personal
from contracts.vocabulary import mailbox_of
from database.postgres import Db
from hosting.erasure import personal_types, without
from services.gateway.model.changes import AgencyChanges


async def begin(db: Db, states: Collection[AgencyChanges]) -> None:
    """Keep the mailboxes of erased members for the task, before their rows lose them; end their sessions."""
    for changes in states:
        for member_id, at in changes.erased.items():
            await db.execute(_KEEP, changes.agency_id, member_id, at)
            await db.execute(
                "DELETE FROM sessions WHERE agency_id = $1 AND member_id = $2", changes.agency_id, member_id
            )
            await db.execute("UPDATE members SET mail_failed = NULL WHERE member_id = $1", member_id)


async def forget(db: Db, agency_id: UUID, subject: Subject) -> Subject:
    """Erase a person from the log, the signatures, codes, lists and results; returns all that identifies them."""
    kept = await db.fetchrow(
        "DELETE FROM erasures WHERE agency_id = $1 AND member_id = $2 RETURNING mailboxes, erased_at",
        agency_id,
        subject.person_id,
    )
    if kept is None:  # done before
        return subject
    lines = await db.fetch(_LINES, agency_id, subject.person_id, str(subject.person_id), list(personal_types()))
    found = {*kept["mailboxes"], *(mailbox_of(email) for email in _values(lines, Personal.ADDRESS))}
    signed = await db.fetch(_SIGNED, agency_id, subject.person_id)
    signatures = {*subject.signatures, *(row["signer_name"] for row in signed)} - {ERASED_NAME}
    theirs = Subject(subject.person_id, subject.mailboxes | found, frozenset(signatures))
    changed = [(row["id"], erased_data(_model(row), row["data"], theirs)) for row in lines]
    await db.execute(_CHANGE_LINES, agency_id, [id_ for id_, _ in changed], [data for _, data in changed])
    await db.execute(_UNSIGN, agency_id, subject.person_id, ERASED_NAME)
    await db.execute(_UNSIGN_AGENCY, agency_id, subject.person_id, ERASED_NAME)
    await _forget_requests(db, agency_id, theirs, list(found), kept["erased_at"])
    return theirs


async def _forget_requests(db: Db, agency_id: UUID, theirs: Subject, mailboxes: list[str], at: datetime) -> None:
    """What people typed, kept for some days."""
    await db.execute("DELETE FROM login_codes WHERE mailbox = ANY($1) AND created_at <= $2", mailboxes, at)
    await db.execute("DELETE FROM known_browsers WHERE mailbox = ANY($1)", mailboxes)
    for row in await db.fetch("SELECT id, people FROM invitation_lists WHERE agency_id = $1", agency_id):
        if (people := without(row["people"], theirs)) != row["people"]:
            await db.execute("UPDATE invitation_lists SET people = $2 WHERE id = $1", row["id"], people)
    for row in await db.fetch(_RESULTS, agency_id):
        figures, result = without(_without_signature(row["figures"], theirs), theirs), without(row["result"], theirs)
        if (figures, result) != (row["figures"], row["result"]):
            await db.execute(
                "UPDATE operations SET figures = $2, result = $3 WHERE id = $1", row["id"], figures, result
            )


def _without_signature(figures: Mapping[str, Any] | None, theirs: Subject) -> Mapping[str, Any] | None:
    if figures is None or figures.get("signer_name") not in theirs.signatures:
        return figures
    return {**figures, "signer_name": ERASED_NAME}


def _model(row: Any) -> Any:  # noqa: ANN401  asyncpg's record, and a model
    return message_class(row["type"])


def _values(lines: Collection[Any], kind: Personal) -> Iterator[str]:
    for row in lines:
        yield from (value for found, value in values_of(_model(row), row["data"]) if found is kind)


_KEEP = """
INSERT INTO erasures (agency_id, member_id, mailboxes, erased_at)
SELECT $1, $2, coalesce(array_agg(mailbox), '{}'), $3
FROM (SELECT mailbox FROM members WHERE agency_id = $1 AND member_id = $2) m
ON CONFLICT (agency_id, member_id) DO NOTHING
"""
_LINES = """
SELECT id, type, data FROM activity
WHERE agency_id = $1 AND type = ANY($4) AND (about @> ARRAY[$2::uuid] OR position($3 in data::text) > 0)
"""
_CHANGE_LINES = """
UPDATE activity a SET data = n.data FROM unnest($2::bigint[], $3::jsonb[]) AS n (id, data)
WHERE a.agency_id = $1 AND a.id = n.id
"""
_SIGNED = "SELECT signer_name FROM baa_signatures WHERE agency_id = $1 AND signer_id = $2"
_UNSIGN = "UPDATE baa_signatures SET signer_name = $3, signer_title = $3 WHERE agency_id = $1 AND signer_id = $2"
_UNSIGN_AGENCY = """
UPDATE agencies SET baa_signer_name = $3, baa_signer_title = $3 WHERE agency_id = $1 AND baa_signer_id = $2
"""
_RESULTS = "SELECT id, figures, result FROM operations WHERE agency_id = $1 AND coalesce(figures, result) IS NOT NULL"
