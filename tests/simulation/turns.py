"""Turns: one turn runs at a time, up to its next seam, where it may rest and be overtaken, or its process may die.

A seam is a place between two steps at which a real process could be killed, or be slower than another: a loaded state,
a commit, a send, a response of Stripe. A turn that waits for another's lock is found in `pg_locks` and left alone until
Postgres responds. A seed must give the same story on any machine, so nothing depends on durations: a turn runs until it
is over, rests, or waits for a lock, and a response of Postgres to another turn is taken in when that turn runs again.
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

_LOOK_SECONDS = 0.01
"""How long to wait for a statement before asking Postgres whether it waits for a lock."""
_LOOKS = 20_000
"""A turn that neither proceeds nor waits for a lock is stuck after this many checks."""

Result = TypeVar("Result")


class Crash(BaseException):
    """The process of this turn is dead."""


@dataclass(eq=False)
class Turn:
    """A unit of work under way. It dies at its `dies_at`-th seam, and rests at each seam with probability `rests`."""

    name: str
    process: str
    rng: Random
    dies_at: int | None = None
    rests: float = 0.0
    rests_at: str | None = None
    """The seam at which the turn always rests, once."""
    dies_there: str | None = None
    """The seam at which the turn always dies."""
    seams: int = 0
    dead: bool = False
    where: str = ""
    committed: bool = False
    """Whether the turn has committed since this was last read."""
    running: bool = False
    """Whether this turn runs now. At most one turn does."""
    backends: Counter[int] = field(default_factory=Counter)
    """The connections that the turn holds, by Postgres's process id."""
    statements: dict[object, int] = field(default_factory=dict)
    """Statements that Postgres has not answered yet, by the process id that runs them; 0 before there is one."""
    resting: deque[asyncio.Future[None]] = field(default_factory=deque)
    returned: deque[asyncio.Future[None]] = field(default_factory=deque)
    """Responses of Postgres that arrived while another turn ran."""
    progressed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    async def reach(self, where: str) -> None:
        """Pass a seam: die, rest, or go on."""
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

    async def run_statement(self, backend: int, statement: Awaitable[Result]) -> Result:
        """Run a statement; its response is taken in when this turn runs."""
        token = object()
        self.statements[token] = backend
        try:
            return await statement
        finally:
            del self.statements[token]
            self.progressed.set()
            if not self.running:
                gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self.returned.append(gate)
                await gate

    @property
    def over(self) -> bool:
        """Whether nothing of the turn is left to run."""
        done = self.task is not None and self.task.done()
        return done and not (self.statements or self.resting or self.returned)


_CURRENT: ContextVar[Turn | None] = ContextVar("turn", default=None)


def current() -> Turn | None:
    """Return the turn that the current task belongs to."""
    return _CURRENT.get()


async def seam(where: str) -> None:
    """Mark a place between two steps."""
    turn = _CURRENT.get()
    if turn is not None:
        await turn.reach(where)


async def run_statement(backend: int, statement: Awaitable[Result]) -> Result:
    """Run a statement as part of the current turn."""
    turn = _CURRENT.get()
    return await (statement if turn is None else turn.run_statement(backend, statement))


class Turns:
    """All turns under way. Between two calls nothing runs: each turn rests, waits for a lock, or is over."""

    def __init__(
        self, db: asyncpg.Connection[Any], on_death: Callable[[str], None], note: Callable[[str], None]
    ) -> None:
        self._db = db
        self._on_death = on_death
        self._note = note
        self.under_way: list[Turn] = []
        self.lock_waits = 0
        self.changed: set[str] = set()
        """The processes that have committed since this was last emptied."""

    def resting(self) -> list[Turn]:
        """Return the turns that could go on."""
        return [turn for turn in self.under_way if turn.resting]

    def is_busy(self, name: str) -> bool:
        """Return whether a turn of this name is under way."""
        return any(turn.name == name and not turn.dead for turn in self.under_way)

    async def begin(self, turn: Turn, work: Coroutine[Any, Any, Any]) -> None:
        """Begin a turn, and return when it is over, rests, or waits for a lock."""
        token = _CURRENT.set(turn)
        try:
            turn.task = asyncio.create_task(work)
        finally:
            _CURRENT.reset(token)
        self.under_way.append(turn)
        await self._run(turn)

    async def go_on(self, turn: Turn) -> None:
        """Let a resting turn go on."""
        turn.resting.popleft().set_result(None)
        await self._run(turn)

    async def kill(self, process: str) -> None:
        """End every turn of a process where it is; a turn that waits for a lock ends when it gets the lock."""
        for turn in [turn for turn in self.under_way if turn.process == process]:
            turn.dead = True
            while turn.resting:
                await self.go_on(turn)

    async def _run(self, turn: Turn) -> None:
        await self._until_still(turn)
        # The turn may have released what others wait for. Each of them goes on in its turn, in the order of their
        # begin.
        while answered := await self._answered_turns():
            while answered[0].returned:
                answered[0].returned.popleft().set_result(None)
            await self._until_still(answered[0])
        for started in self.under_way:
            if started.committed:
                self.changed.add(started.process)
                started.committed = False
        for ended in [started for started in self.under_way if started.over]:
            self.under_way.remove(ended)
            self._end(ended)

    async def _until_still(self, turn: Turn) -> None:
        """Run the turn until it is over, rests, or all its statements wait for another turn's lock."""
        looks = 0
        turn.running = True
        while True:
            turn.progressed.clear()
            await _idle()
            if not turn.statements:
                break
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await turn.progressed.wait()
            except TimeoutError:
                # No other turn runs, and a wait for another turn's lock does not end by itself, so one observation is
                # enough.
                if await self._wait_for_locks([turn]):
                    self.lock_waits += 1
                    self._note(f"{turn.name} waits for a lock")
                    break
                looks += 1
                if looks > _LOOKS:
                    raise RuntimeError(f"{turn.name} is stuck after {turn.where}") from None
        turn.running = False

    async def _answered_turns(self) -> list[Turn]:
        """Return the turns whose statements Postgres has answered, once every other turn waits for a lock."""
        for _ in range(_LOOKS):
            await _idle()
            before = self._open_statements()
            waiting = [turn for turn, answered in before if not answered]
            if not waiting or await self._wait_for_locks(waiting):
                await _idle()
                if self._open_statements() == before:
                    return [turn for turn, answered in before if answered]
            else:
                await asyncio.sleep(_LOOK_SECONDS / 4)
        raise RuntimeError(f"stuck: {', '.join(turn.name for turn, _ in self._open_statements())}")

    def _open_statements(self) -> list[tuple[Turn, bool]]:
        return [(turn, bool(turn.returned)) for turn in self.under_way if turn.statements or turn.returned]

    async def _wait_for_locks(self, turns: list[Turn]) -> bool:
        """Return whether all statements of these turns wait for locks of turns; `pg_locks` is exact at every moment.

        A wait for anything else, such as autovacuum, ends by itself.
        """
        pids = {backend for turn in turns for backend in turn.statements.values()}
        turn_pids = {backend for turn in self.under_way for backend, times in turn.backends.items() if times}
        waiting_pids = {row["pid"] for row in await self._db.fetch(_WAITING, list(pids), list(turn_pids))}
        return bool(pids) and waiting_pids == pids

    def _end(self, turn: Turn) -> None:
        assert turn.task is not None
        try:
            turn.task.result()
        except Crash as crash:
            self._note(f"{turn.process} died in {turn.name}: {crash}")
            if turn.seams == turn.dies_at:
                self._on_death(turn.process)


async def _idle() -> None:
    """Wait until the event loop has nothing ready: all that is left waits for a future, or for Postgres."""
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
