"""Retention: a service forgets the rows that it needs no more, once an hour and a piece at a time.

A replay needs every event for ever, because a rebuilt service begins with the first one. It leaves messages without a
number out, and a command is needed until its owner has handled it: an owner that is restored from a backup requests
what it lacks. So commands outlive the oldest backup that may be restored.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import structlog

from chassis.external_events import forget_old
from chassis.runtime import ActorRuntime
from database.postgres import transaction

log = structlog.get_logger(__name__)

COMMANDS_KEPT: Final = timedelta(days=90)
"""A backup that is older cannot be restored alone: the commands that it lacks are forgotten."""
UNNUMBERED_KEPT: Final = timedelta(days=7)
"""Of replies, for which nobody waits any more: as long as the bus keeps them."""
LOOKED_AT_KEPT: Final = timedelta(days=90)
"""Of rejected and quarantined messages, which wait for nothing but the operator's look."""
PIECE: Final = 5000
"""Rows that a transaction looks at."""


class _Rule(NamedTuple):
    name: str
    which: str
    kept: timedelta


_OUTBOX: Final = (
    _Rule("unnumbered", "seq = 0", UNNUMBERED_KEPT),
    _Rule("commands", "topic LIKE '%.commands'", COMMANDS_KEPT),
)


async def forget(runtime: ActorRuntime[Any]) -> int:
    """Forget all whose time is over; returns how many messages of the outbox and of the deferred ones are gone."""
    now = runtime.world.clock()
    forgotten = 0
    for rule in _OUTBOX:
        while (piece := await _forget_piece(runtime, rule, now - rule.kept)) is not None:
            forgotten += piece
    while piece := await _forget_looked_at(runtime, now - LOOKED_AT_KEPT):
        forgotten += piece
    await forget_old(runtime)
    if forgotten:
        log.info("retention.forgot", count=forgotten)
    return forgotten


async def _forget_piece(runtime: ActorRuntime[Any], rule: _Rule, before: datetime) -> int | None:
    """Look at the next rows of the outbox. None if there are none yet, or another process does it."""
    async with transaction(runtime.pool) as db:
        after = await db.fetchval(_PLACE, rule.name)
        upto = None if after is None else await db.fetchval(_OLD, after, PIECE, before)
        if upto is None:
            return None
        status = await db.execute(_FORGET.format(which=rule.which), after, upto)
        await db.execute("UPDATE retention SET upto = $2 WHERE rule = $1", rule.name, upto)
        return int(status.rpartition(" ")[2])


async def _forget_looked_at(runtime: ActorRuntime[Any], before: datetime) -> int:
    async with transaction(runtime.pool) as db:
        status = await db.execute(_FORGET_LOOKED_AT, before, PIECE)
        return int(status.rpartition(" ")[2])


_PLACE = "SELECT upto FROM retention WHERE rule = $1 FOR UPDATE SKIP LOCKED"
_OLD = """
WITH piece AS (SELECT id, published_at FROM outbox WHERE id > $1 ORDER BY id LIMIT $2)
SELECT max(id) FROM piece
WHERE id < coalesce((SELECT min(id) FROM piece WHERE published_at >= $3), 9223372036854775807)
"""
_FORGET = """
DELETE FROM outbox o
WHERE o.id > $1 AND o.id <= $2 AND o.{which} AND NOT EXISTS (SELECT FROM unsent u WHERE u.id = o.id)
"""
_FORGET_LOOKED_AT = """
DELETE FROM deferred_messages
WHERE id = ANY(ARRAY(
    SELECT id FROM deferred_messages
    WHERE kind IN ('rejected', 'quarantined') AND at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))
"""
