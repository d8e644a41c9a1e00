"""Turns: one thing goes on at a time, up to its next seam; there it may rest and be overtaken, or its process dies.

A seam is a place between two steps that a real process could be killed at, or be slower than another at: a state
loaded, a commit, a send, an answer of Stripe's. A turn that waits for another's lock is seen in `pg_locks` and left
alone until Postgres answers. So that a seed is the same story on any machine, nothing hangs on how long something
takes: whoever has the turn keeps it until it is seen to be over, to rest or to wait, and what Postgres answers
meanwhile to another is taken in when that one's turn has come.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Sized
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import asyncpg

_LOOK_SECONDS = 0.002
"""How long a statement is waited for before Postgres is asked whether it waits for a lock."""
_LOOKS = 20_000
"""After so many looks at something that neither goes on nor waits, it is stuck."""

Answer = TypeVar("Answer")


class Crash(BaseException):
    """The process that this happened in is gone."""


@dataclass(eq=False)
class Turn:
    """Something under way. It dies at its `dies_at`-th seam, and rests at each with a probability of `rests`."""

    name: str
    process: str
    rng: Random
    dies_at: int | None = None
    rests: float = 0.0
    rests_at: str | None = None
    """The seam at which it rests in any case, once."""
    dies_there: str | None = None
    """The seam at which it dies in any case."""
    seams: int = 0
    dead: bool = False
    where: str = ""
    committed: bool = False
    """Whether it has changed anything since this was last looked at."""
    moves: bool = False
    """Whether it is this one's turn now: of all that are under way, one's at most."""
    backends: Counter[int] = field(default_factory=Counter)
    """The connections in its hands, by Postgres's process."""
    asked: dict[object, int] = field(default_factory=dict)
    """Statements that Postgres has not answered yet, each with the process that has it; 0 before there is one."""
    resting: deque[asyncio.Future[None]] = field(default_factory=deque)
    returned: deque[asyncio.Future[None]] = field(default_factory=deque)
    """What Postgres answered while it was another's turn."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    async def reach(self, where: str) -> None:
        """A seam."""
        self.seams += 1
        self.where = where
        self.committed = self.committed or where == "after commit"
        if self.seams == self.dies_at or where == self.dies_there:
            self.dies_at, self.dead = self.seams, True
        if not self.dead and (where == self.rests_at or (self.rests and self.rng.random() < self.rests)):
            self.rests_at = None
            rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.resting.append(rest)
            await rest
        if self.dead:
            raise Crash(where)

    async def ask(self, backend: int, statement: Awaitable[Answer]) -> Answer:
        """Have Postgres do something; its answer is taken in when it is this one's turn."""
        token = object()
        self.asked[token] = backend
        try:
            return await statement
        finally:
            del self.asked[token]
            self.stirred.set()
            if not self.moves:
                gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self.returned.append(gate)
                await gate

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on any more."""
        done = self.task is not None and self.task.done()
        return done and not (self.asked or self.resting or self.returned)


_CURRENT: ContextVar[Turn | None] = ContextVar("turn", default=None)


def current() -> Turn | None:
    """The turn that this is part of."""
    return _CURRENT.get()


async def seam(where: str) -> None:
    """A place between two steps."""
    turn = _CURRENT.get()
    if turn is not None:
        await turn.reach(where)


async def ask(backend: int, statement: Awaitable[Answer]) -> Answer:
    """Have Postgres do something, as part of whoever's turn it is."""
    turn = _CURRENT.get()
    return await (statement if turn is None else turn.ask(backend, statement))


class Turns:
    """All that is under way. Between two calls nothing runs: each turn rests, waits for a lock, or is over."""

    def __init__(self, look: asyncpg.Connection[Any], died: Callable[[str], None], note: Callable[[str], None]) -> None:
        self._look = look
        self._died = died
        self._note = note
        self.under_way: list[Turn] = []
        self.lock_waits = 0
        self.changed: set[str] = set()
        """The processes that have committed something since this was last emptied."""

    def resting(self) -> list[Turn]:
        """Those that could go on."""
        return [turn for turn in self.under_way if turn.resting]

    def is_busy(self, name: str) -> bool:
        """Whether a turn of this name is under way."""
        return any(turn.name == name and not turn.dead for turn in self.under_way)

    async def begin(self, turn: Turn, work: Coroutine[Any, Any, Any]) -> None:
        """Begin it, and return when it is over, rests or waits for a lock."""
        token = _CURRENT.set(turn)
        try:
            turn.task = asyncio.create_task(work)
        finally:
            _CURRENT.reset(token)
        self.under_way.append(turn)
        await self._move(turn)

    async def go_on(self, turn: Turn) -> None:
        """Let a resting turn go on."""
        turn.resting.popleft().set_result(None)
        await self._move(turn)

    async def kill(self, process: str) -> None:
        """Everything of a process ends where it is; what waits for a lock ends when it is granted."""
        for turn in [turn for turn in self.under_way if turn.process == process]:
            turn.dead = True
            while turn.resting:
                await self.go_on(turn)

    async def _move(self, turn: Turn) -> None:
        await self._until_still(turn)
        # What it let go of may be what others wait for: each goes on in its turn, those that began first first.
        while back := await self._who_came_back():
            while back[0].returned:
                back[0].returned.popleft().set_result(None)
            await self._until_still(back[0])
        for started in self.under_way:
            if started.committed:
                self.changed.add(started.process)
                started.committed = False
        for ended in [started for started in self.under_way if started.over]:
            self.under_way.remove(ended)
            self._end(ended)

    async def _until_still(self, turn: Turn) -> None:
        """Until nothing of it runs: it is over, rests, or all that it asked of Postgres waits for another's lock."""
        looks = 0
        turn.moves = True
        while True:
            turn.stirred.clear()
            await _idle()
            if not turn.asked:
                break
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await turn.stirred.wait()
            except TimeoutError:
                # Nobody else runs: a wait for another turn's lock does not end by itself, so to see it once is enough.
                if await self._wait_for_locks([turn]):
                    self.lock_waits += 1
                    self._note(f"{turn.name} waits for a lock")
                    break
                looks += 1
                if looks > _LOOKS:
                    raise RuntimeError(f"{turn.name} is stuck after {turn.where}") from None
        turn.moves = False

    async def _who_came_back(self) -> list[Turn]:
        """Those whose statements Postgres has answered; every other one is seen to wait for a lock still."""
        for _ in range(_LOOKS):
            await _idle()
            before = self._standing()
            waiting = [turn for turn, came_back in before if not came_back]
            if not waiting or await self._wait_for_locks(waiting):
                await _idle()
                if self._standing() == before:
                    return [turn for turn, came_back in before if came_back]
            else:
                await asyncio.sleep(_LOOK_SECONDS / 4)
        raise RuntimeError(f"stuck: {', '.join(turn.name for turn, _ in self._standing())}")

    def _standing(self) -> list[tuple[Turn, bool]]:
        return [(turn, bool(turn.returned)) for turn in self.under_way if turn.asked or turn.returned]

    async def _wait_for_locks(self, turns: list[Turn]) -> bool:
        """Whether all that these asked waits for locks that turns have: in `pg_locks`, which is exact at every moment.

        A wait for somebody else (autovacuum) ends by itself.
        """
        asked = {backend for turn in turns for backend in turn.asked.values()}
        ours = {backend for turn in self.under_way for backend, times in turn.backends.items() if times}
        seen = {row["pid"] for row in await self._look.fetch(_WAITING, list(asked), list(ours))}
        return bool(asked) and seen == asked

    def _end(self, turn: Turn) -> None:
        assert turn.task is not None
        try:
            turn.task.result()
        except Crash as crash:
            self._note(f"{turn.process} died in {turn.name}: {crash}")
            if turn.seams == turn.dies_at:
                self._died(turn.process)


async def _idle() -> None:
    """Until the event loop has nothing more to run: all that is left waits for a future, or for Postgres."""
    loop: Any = asyncio.get_running_loop()
    ready: Sized = loop._ready
    rounds = 0
    while rounds < 2:
        await asyncio.sleep(0)
        rounds = 0 if ready else rounds + 1


_WAITING = """
SELECT pid FROM (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted AND pid = ANY($1::int[])) AS waiting
WHERE pg_blocking_pids(pid) && $2::int[]
"""
