"""Sealing of the activity logs, so that a line that is changed, added or taken away later is noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.runtime import ActorRuntime
from database.postgres import Db, transaction
from hosting.jobs import Job
from services.gateway.model.activity_seal import Head, Seal, Verdict
from services.gateway.projection.activity.seal import sealed
from services.gateway.store import activity_seals

_EVERY: Final = 60.0
_PAUSE: Final = 1.0
_SETTLED: Final = timedelta(seconds=30)
"""Longer than a transaction lasts: changes of two agencies may be committed in another order than they are numbered."""
_MOST_CHANGES: Final = 200
_PIECE: Final = 1000
"""Lines that are read at once."""


async def seal_logs(runtime: ActorRuntime[Any]) -> float:
    """Seal what came since; returns the seconds until the next time."""
    async with transaction(runtime.pool) as db:
        changes = await activity_seals.changed(db, runtime.world.clock() - _SETTLED, _MOST_CHANGES)
        if changes is None:
            return _EVERY
        last, agencies = changes
        for agency_id in agencies:
            await seal(db, agency_id)
        await activity_seals.looked_at(db, last)
    return _PAUSE


async def seal(db: Db, agency_id: UUID) -> None:
    """Seal the new lines of an agency's log."""
    now = await activity_seals.seal_of(db, agency_id) or Seal(0, {})
    upto, heads = now.upto, now.heads
    while lines := await activity_seals.lines_after(db, agency_id, upto, _PIECE):
        for line in lines:
            heads = sealed(heads, line)
        upto = lines[-1].id
    if upto > now.upto:
        await activity_seals.save(db, agency_id, Seal(upto, heads))


async def verify(db: Db, agency_id: UUID) -> Verdict | None:
    """Compare an agency's log with its seal; None when nothing is sealed yet."""
    stored = await activity_seals.seal_of(db, agency_id)
    if stored is None:
        return None
    heads: dict[str, Head] = {}
    after = 0
    while lines := await activity_seals.lines_after(db, agency_id, after, _PIECE):
        for line in lines:
            if line.id <= stored.upto:
                heads = sealed(heads, line)
        after = lines[-1].id
        if after > stored.upto:
            break
    return Verdict(stored.heads, heads)


SEAL_LOGS: Final = Job("seal_logs", seal_logs)
