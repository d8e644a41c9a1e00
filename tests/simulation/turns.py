"""Turns: one thing goes on at a time, up to its next seam; there it may rest and be overtaken, or its process dies.

A seam is a place between two steps that a real process could be killed at, or be slower than another at: a state
loaded, a commit, a send, an answer of Stripe's. A turn that waits for a lock of Postgres's is seen in
`pg_stat_activity` and left alone until it is granted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg

_LOOK_SECONDS = 0.004
_STUCK_SECONDS = 30.0


class Crash(BaseException):
    """The process that this happened in is gone."""


@dataclass(eq=False)
class Turn:
    """Something under way. It dies at its `dies_at`-th seam, and rests at each with a probability of `rests`."""

    name: str
    process: str
    chance: Random
    dies_at: int | None = None
    rests: float = 0.0
    seams: int = 0
    dead: bool = False
    where: str = ""
    backends: Counter[int] = field(default_factory=Counter)
    resting: deque[asyncio.Future[None]] = field(default_factory=deque)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    async def reach(self, where: str) -> None:
        """A seam."""
        self.seams += 1
        self.where = where
        if self.seams == self.dies_at:
            self.dead = True
        if not self.dead and self.rests and self.chance.random() < self.rests:
            rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.resting.append(rest)
            self.quiet.set()
            await rest
        if self.dead:
            raise Crash(where)

    @property
    def over(self) -> bool:
        return self.task is not None and self.task.done()


_CURRENT: ContextVar[Turn | None] = ContextVar("turn", default=None)


def current() -> Turn | None:
    """The turn that this is part of."""
    return _CURRENT.get()


async def seam(where: str) -> None:
    """A place between two steps."""
    turn = _CURRENT.get()
    if turn is not None:
        await turn.reach(where)


class Turns:
    """All that is under way. Between two calls nothing runs: each turn rests, waits for a lock, or is over."""

    def __init__(self, look: asyncpg.Connection[Any], died: Callable[[str], None], note: Callable[[str], None]) -> None:
        self._look = look
        self._died = died
        self._note = note
        self.under_way: list[Turn] = []
        self.lock_waits = 0

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
        turn.task.add_done_callback(lambda _: turn.quiet.set())
        self.under_way.append(turn)
        await self._until_all_quiet(turn)

    async def go_on(self, turn: Turn) -> None:
        """Let a resting turn go on."""
        turn.quiet.clear()
        turn.resting.popleft().set_result(None)
        if turn.resting:
            turn.quiet.set()
        await self._until_all_quiet(turn)

    async def kill(self, process: str) -> None:
        """Everything of a process ends where it is; what waits for a lock ends when it is granted."""
        for turn in [one for one in self.under_way if one.process == process]:
            turn.dead = True
            while turn.resting:
                await self.go_on(turn)

    async def _until_all_quiet(self, moved: Turn) -> None:
        await self._until_quiet(moved)
        # What it let go of may be what others wait for.
        for turn in [one for one in self.under_way if one is not moved and not one.quiet.is_set()]:
            await self._until_quiet(turn)
        for turn in [one for one in self.under_way if one.over]:
            self.under_way.remove(turn)
            self._end(turn)

    async def _until_quiet(self, turn: Turn) -> None:
        deadline = asyncio.get_running_loop().time() + _STUCK_SECONDS
        waits = False
        while not turn.quiet.is_set():
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await turn.quiet.wait()
            except TimeoutError:
                waiting = {row["pid"] for row in await self._look.fetch(_WAITING)} if turn.backends else set()
                waits_now = bool(waiting & set(turn.backends))
                if waits and waits_now:  # seen twice: it is no wait that was just about to end
                    self.lock_waits += 1
                    self._note(f"{turn.name} waits for a lock")
                    return
                waits = waits_now
                if asyncio.get_running_loop().time() > deadline:
                    raise RuntimeError(f"{turn.name} is stuck after {turn.where}") from None

    def _end(self, turn: Turn) -> None:
        assert turn.task is not None
        try:
            turn.task.result()
        except Crash as crash:
            self._note(f"{turn.process} died in {turn.name}: {crash}")
            if turn.seams == turn.dies_at:
                self._died(turn.process)


_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
