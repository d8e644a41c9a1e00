"""Erasure of a person from the mails that are queued: those to them end, and those of theirs lose the name."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from contracts.erasing import Subject
from contracts.vocabulary import member
from services.notifier.mailing import CODE, INVITATION, MAIL


async def forget(db: asyncpg.Connection, agency_id: UUID, subject: Subject) -> Subject:
    """End the mails to a person, and leave their name out of the invitations that they sent."""
    person_id = subject.person_id
    await db.execute(_END, agency_id, [MAIL, INVITATION, CODE], str(person_id))
    await db.execute(_UNSIGNED, agency_id, INVITATION, str(member(person_id)))
    return subject


_END = "DELETE FROM tasks WHERE agency_id = $1 AND kind = ANY($2) AND payload ->> 'member_id' = $3"
_UNSIGNED = """
UPDATE tasks SET payload = payload || '{"inviter": null}' WHERE agency_id = $1 AND kind = $2 AND actor = $3
"""
