"""Limits of requests an hour, for each address, network and agency; Postgres keeps the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.clock import World
from chassis.postgres import Pool, is_transient
from contracts.vocabulary import RejectionCode
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.domain.request_limits import retry_after, window_start
from services.gateway.model.rejected import RejectedError
from services.gateway.store import request_counts as store_request_counts

Subjects = Sequence[tuple[str, str, int]]
"""The subjects that a request counts against: (kind, name, requests an hour)."""


class Limits:
    """Counts requests by the hour."""

    def __init__(self, pool: Pool, world: World, hashing: Hashing) -> None:
        self._pool = pool
        self._world = world
        self._hashing = hashing
        self._batcher: Batcher[Sequence[bytes], Mapping[bytes, int]] = Batcher(self._count)
        self._owed: Counter[tuple[datetime, bytes]] = Counter()
        """By hour and subject, the requests that were counted and then failed: the next count takes them off."""

    @asynccontextmanager
    async def counted(self, subjects: Subjects) -> AsyncIterator[None]:
        """Count a request, as `take` does, but take it off again after a transient fault, which is nobody's.

        Any other fault is the request's own, so that the request stays counted.
        """
        await self.take(subjects)
        starts = window_start(self._now())
        try:
            yield
        except Exception as fault:
            if is_transient(fault):
                self._owed.update((starts, subject) for subject in self._hashes(subjects))
            raise

    async def take(self, subjects: Subjects) -> None:
        """Count this request; RejectedError `too_many_attempts`, with the seconds to wait, when the limit is passed."""
        hashes = self._hashes(subjects)
        counts = await self._batcher.do(hashes)
        if any(counts[subject] > most for subject, (_, _, most) in zip(hashes, subjects, strict=True)):
            raise RejectedError(RejectionCode.TOO_MANY_ATTEMPTS, {"retry_after": retry_after(self._now())})

    def _hashes(self, subjects: Subjects) -> list[bytes]:
        return [self._hashing.of("rate", kind, name) for kind, name, _ in subjects]

    def _now(self) -> datetime:
        return self._world.clock()

    async def _count(self, group: list[Sequence[bytes]]) -> Sequence[Mapping[bytes, int]]:
        requests = Counter(subject for subjects in group for subject in subjects)
        starts = window_start(self._now())
        owed = Counter({(starts, subject): self._owed.pop((starts, subject), 0) for subject in requests})
        try:
            counts = await store_request_counts.count(
                self._pool, {subject: count - owed[starts, subject] for subject, count in requests.items()}, starts
            )
        except BaseException:
            self._owed += owed  # nothing was counted, whatever the fault
            raise
        for old in [hour_and_subject for hour_and_subject in self._owed if hour_and_subject[0] != starts]:
            del self._owed[old]
        # The requests of one moment pass one by one: each gets the count up to itself.
        before = {subject: counts[subject] - count for subject, count in requests.items()}
        results = []
        for subjects in group:
            for subject in subjects:
                before[subject] += 1
            results.append({subject: before[subject] for subject in subjects})
        return results
