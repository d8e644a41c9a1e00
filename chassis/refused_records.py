"""Records that the broker refuses, whatever is tried: the relay notes them, and tries their agencies each minute.

`hosting/parking.py` publishes which agencies wait. An operator sees to the records (`services/cli/store_refused.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from database.postgres import Db
from telemetry.metrics import DROPPED, RECORDS_REFUSED

log = structlog.get_logger(__name__)

REFUSED_SECONDS = 60.0
"""How long an agency waits after the broker refused a record of its: it is tried again when an operator has helped."""
WAKE = "refused"
"""Tells the leading relay to try every held agency now."""


class Held(dict[UUID, float]):
    """The agencies whose record the broker refused, and until when, by its clock, they are not tried again."""

    def __init__(self, changed: asyncio.Event | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`changed` is set when an agency has to wait, and when one goes on."""
        super().__init__()
        self._changed = changed or asyncio.Event()
        self._clock = clock

    def waiting(self) -> list[UUID]:
        """The agencies that are not tried now."""
        now = self._clock()
        return [agency for agency, until in self.items() if until > now]

    def note(self, refused: set[UUID], taken: set[UUID]) -> None:
        """Note of which agencies the broker refused a record now, and of which it took one."""
        passed = self.keys() & taken - refused
        for agency in passed:
            del self[agency]
        self |= dict.fromkeys(refused, self._clock() + REFUSED_SECONDS)
        if passed or refused:
            self._changed.set()

    def retry(self) -> None:
        """Have every agency tried now."""
        self |= dict.fromkeys(self, 0.0)


async def note(db: Db, refused: Sequence[tuple[Mapping[str, Any], str]], *, replayed: bool) -> set[UUID]:
    """Note rows of the outbox with the reason why the broker refuses each; returns the agencies that wait now.

    A message without a number, a reply for instance, is dropped: nothing waits behind it, and it may be lost.
    """
    first: dict[UUID, tuple[int, str]] = {}
    dropped = [row["id"] for row, _ in refused if not row["seq"]]
    for row, reason in refused:
        RECORDS_REFUSED.labels(row["topic"], reason).inc()
        log.error(
            "relay.record_refused", topic=row["topic"], agency_id=str(row["agency_id"]), reason=reason, type=row["type"]
        )
        if row["seq"]:
            first.setdefault(row["agency_id"], (row["id"], reason))
    if dropped:
        DROPPED.labels("refused_record").inc(len(dropped))
        await db.execute("DELETE FROM unsent WHERE replayed = $2 AND id = ANY($1)", dropped, replayed)
    if first:
        ids, reasons = [id_ for id_, _ in first.values()], [reason for _, reason in first.values()]
        await db.execute(_NOTE, list(first), replayed, ids, reasons)
    return set(first)


_NOTE = """
INSERT INTO refused_records (agency_id, replayed, id, reason)
SELECT agency_id, $2, id, reason FROM unnest($1::uuid[], $3::bigint[], $4::text[]) AS n (agency_id, id, reason)
ON CONFLICT (agency_id, replayed) DO UPDATE SET id = excluded.id, reason = excluded.reason
"""
