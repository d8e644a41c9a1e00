"""How often an address, a network or an agency may ask: counted in Postgres, the requests of one moment together."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.clock import World
from chassis.postgres import AWAY, Pool
from contracts.vocabulary import RejectionCode
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.domain.request_limits import retry_after, window_start
from services.gateway.model.rejected import RejectedError
from services.gateway.store import request_counts as store_request_counts

Subjects = Sequence[tuple[str, str, int]]
"""What a request counts against: (what is counted, of whom, how many an hour)."""


class Limits:
    """Counts requests by the hour."""

    def __init__(self, pool: Pool, world: World, hashing: Hashing) -> None:
        self._pool = pool
        self._world = world
        self._hashing = hashing
        self._together: Batcher[Sequence[bytes], Mapping[bytes, int]] = Batcher(self._count)
        self._owed: Counter[tuple[datetime, bytes]] = Counter()
        """By hour and subject, what was counted and came to nothing: the next count makes up for it."""

    @asynccontextmanager
    async def counted(self, subjects: Subjects) -> AsyncIterator[None]:
        """Count what is done in it, as `take` does, unless Postgres goes away before it is done: that is our fault."""
        await self.take(subjects)
        starts = window_start(self._now())
        try:
            yield
        except AWAY:
            self._owed.update((starts, one) for one in self._hashes(subjects))
            raise

    async def take(self, subjects: Subjects) -> None:
        """Count this request; RejectedError `too_many_attempts`, with the seconds to wait, when it is one too many."""
        hashes = self._hashes(subjects)
        counts = await self._together.do(hashes)
        if any(counts[one] > most for one, (_, _, most) in zip(hashes, subjects, strict=True)):
            raise RejectedError(RejectionCode.TOO_MANY_ATTEMPTS, {"retry_after": retry_after(self._now())})

    def _hashes(self, subjects: Subjects) -> list[bytes]:
        return [self._hashing.of("rate", what, whom) for what, whom, _ in subjects]

    def _now(self) -> datetime:
        return self._world.clock()

    async def _count(self, group: list[Sequence[bytes]]) -> Sequence[Mapping[bytes, int]]:
        asked = Counter(subject for one in group for subject in one)
        starts = window_start(self._now())
        owed = Counter({(starts, one): self._owed.pop((starts, one), 0) for one in asked})
        try:
            counts = await store_request_counts.count(
                self._pool, {one: asked[one] - owed[starts, one] for one in asked}, starts
            )
        except AWAY:
            self._owed += owed
            raise
        for old in [hour_and_subject for hour_and_subject in self._owed if hour_and_subject[0] != starts]:
            del self._owed[old]
        # Those of one moment are let in one by one: each sees the count up to itself.
        left = {subject: counts[subject] - asked[subject] for subject in asked}
        answers = []
        for one in group:
            for subject in one:
                left[subject] += 1
            answers.append({subject: left[subject] for subject in one})
        return answers
