"""How often an address, a network or an agency may ask: counted in Postgres, the requests of one moment together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.clock import World
from chassis.postgres import Pool
from contracts.vocabulary import Refusal
from services.gateway import store_sign_in
from services.gateway.application.hashing import Hashing
from services.gateway.application.refused import RefusedError
from services.gateway.application.together import Together
from services.gateway.domain.request_limits import retry_after, window_start

Subjects = Sequence[tuple[str, str, int]]
"""What a request counts against: (what is counted, of whom, how many an hour)."""


class Limits:
    """Counts requests by the hour."""

    def __init__(self, pool: Pool, world: World, hashing: Hashing) -> None:
        self._pool = pool
        self._world = world
        self._hashing = hashing
        self._together: Together[Sequence[bytes], Mapping[bytes, int]] = Together(self._count)

    async def take(self, subjects: Subjects) -> None:
        """Count this request; RefusedError `too_many_attempts`, with the seconds to wait, when it is one too many."""
        hashes = [self._hashing.of("rate", what, whom) for what, whom, _ in subjects]
        counts = await self._together.do(hashes)
        if any(counts[one] > most for one, (_, _, most) in zip(hashes, subjects, strict=True)):
            raise RefusedError(Refusal.TOO_MANY_ATTEMPTS, {"retry_after": retry_after(self._now())})

    def _now(self) -> datetime:
        return self._world.clock()

    async def _count(self, group: list[Sequence[bytes]]) -> Sequence[Mapping[bytes, int]]:
        asked = Counter(subject for one in group for subject in one)
        counts = await store_sign_in.count(self._pool, asked, window_start(self._now()))
        # Those of one moment are let in one by one: each sees the count up to itself.
        left = {subject: counts[subject] - asked[subject] for subject in asked}
        answers = []
        for one in group:
            for subject in one:
                left[subject] += 1
            answers.append({subject: left[subject] for subject in one})
        return answers
