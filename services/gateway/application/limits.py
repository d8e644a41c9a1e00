"""Limits of requests an hour or a day, for each network, address and agency; Postgres keeps the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from prometheus_client import Counter as Metric

from chassis.clock import World
from contracts.vocabulary import RejectionCode
from database.postgres import Pool, is_transient
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.domain.request_limits import Limit, retry_after, window_end
from services.gateway.model.rejected import RejectedError
from services.gateway.store import request_counts as store_request_counts

LIMITED = Metric("headcount_limited", "Requests that a limit of the gateway rejected, or did not mail", ["limit"])

Subjects = Sequence[tuple[Limit, str]]
"""The subjects that a request counts against: a limit, and whose. One that is named twice counts twice."""
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that is counted: how often against each subject, as its keyed hash."""

    limits: Mapping[bytes, tuple[Limit, str]]
    times: Mapping[bytes, int]


class Limits:
    """Counts requests."""

    def __init__(self, pool: Pool, world: World, hashing: Hashing) -> None:
        self._pool = pool
        self._world = world
        self._hashing = hashing
        self._batcher: Batcher[_Request, tuple[Limit, str] | None] = Batcher(self._count)
        self._owed: Counter[tuple[datetime, bytes]] = Counter()
        """By window and subject, the requests that were counted and then failed: the next count takes them off."""

    @asynccontextmanager
    async def counted(self, *alternatives: Subjects, people: Mapping[str, str] = _NOBODY) -> AsyncIterator[None]:
        """Count a request, as `take` does, but take it off again after a transient fault, which is nobody's.

        Any other fault is the request's own, so that the request stays counted.
        """
        request = await self._take(alternatives, people)
        ends = {subject: self._end(limit) for subject, (limit, _) in request.limits.items()}
        try:
            yield
        except Exception as fault:
            if is_transient(fault):
                self._owed.update({(ends[subject], subject): times for subject, times in request.times.items()})
            raise

    async def take(self, *alternatives: Subjects, people: Mapping[str, str] = _NOBODY) -> None:
        """Count this request against the first of the alternatives that has room for it in every subject.

        RejectedError `too_many_attempts`, with the seconds to wait, when none has: it then counts against nobody.
        `people`: whom the rejection names, by the name of the subject that had no room.
        """
        await self._take(alternatives, people)

    async def _take(self, alternatives: Sequence[Subjects], people: Mapping[str, str]) -> _Request:
        reached = None
        for subjects in alternatives:
            request = self._request(subjects)
            if not subjects or (reached := await self._batcher.do(request)) is None:
                return request
        if reached is None:
            raise ValueError("a request is counted against something")
        limit, name = reached
        LIMITED.labels(limit.kind).inc()
        wait = retry_after(self._world.clock(), limit.window)
        person = {"person": people[name]} if name in people else {}
        raise RejectedError(RejectionCode.TOO_MANY_ATTEMPTS, {"retry_after": wait, "limit": limit.kind, **person})

    def _request(self, subjects: Subjects) -> _Request:
        hashes = [self._hashing.of("rate", limit.kind, name) for limit, name in subjects]
        return _Request(dict(zip(hashes, subjects, strict=True)), Counter(hashes))

    def _end(self, limit: Limit) -> datetime:
        return window_end(self._world.clock(), limit.window)

    async def _count(self, group: list[_Request]) -> Sequence[tuple[Limit, str] | None]:
        ends = {subject: self._end(limit) for request in group for subject, (limit, _) in request.limits.items()}
        owed = Counter({(end, subject): self._owed.pop((end, subject), 0) for subject, end in ends.items()})
        results: list[tuple[Limit, str] | None] = []

        def decide(stored: Mapping[bytes, int]) -> Mapping[bytes, int]:
            counts = {subject: count - owed[ends[subject], subject] for subject, count in stored.items()}
            results.extend(_pass(request, counts) for request in group)
            return counts

        try:
            await store_request_counts.change(self._pool, ends, decide)
        except BaseException:
            self._owed += owed  # nothing was counted, whatever the fault
            raise
        now = self._world.clock()
        for past in [window_and_subject for window_and_subject in self._owed if window_and_subject[0] <= now]:
            del self._owed[past]
        return results


def _pass(request: _Request, counts: dict[bytes, int]) -> tuple[Limit, str] | None:
    """Count the request, unless a subject has no room for it. The requests of one moment pass one by one."""
    full = [
        (limit, name)
        for subject, (limit, name) in request.limits.items()
        if counts[subject] + request.times[subject] > limit.most
    ]
    if full:
        return max(full, key=lambda subject: subject[0].window)
    for subject, times in request.times.items():
        counts[subject] += times
    return None
