"""Where a process meets the world, with a seam on either side: its pool, its store, its mail server."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from email.message import EmailMessage
from random import Random
from types import TracebackType
from typing import Any, Self, cast
from uuid import UUID

import asyncpg

from chassis.actor import Inputs, Store
from chassis.postgres import Pool
from services.notifier.domain.after_sending import Delivery, NotNow, PerhapsTaken, Taken
from tests.simulation.turns import ask, current, seam
from tests.support.journey import Letterbox, text_of
from tests.support.journey import _code_in as is_code


def seamed(pool: Pool) -> Pool:
    """The same pool, with seams."""
    return cast("Pool", _Pool(pool))


class _Pool:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def acquire(self) -> _Acquired:
        return _Acquired(self._pool)

    async def fetch(self, *asked: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetch(*asked)

    async def fetchrow(self, *asked: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetchrow(*asked)

    async def fetchval(self, *asked: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetchval(*asked)

    async def execute(self, *asked: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.execute(*asked)


class _Acquired:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._db: Any = None
        self._backend = 0

    async def __aenter__(self) -> SeamedConnection:
        await seam("before a connection")
        self._db = await ask(0, self._pool.acquire())
        self._backend = self._db.get_server_pid()
        if (ctx := current()) is not None:
            ctx.backends[self._backend] += 1
        return SeamedConnection(self._db)

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: object) -> None:
        if (ctx := current()) is not None:
            ctx.backends[self._backend] -= 1
            ctx.backends += type(ctx.backends)()
        await ask(0, self._pool.release(self._db))
        if kind is None:
            await seam("after a connection")


class SeamedConnection:
    """A connection whose transactions have seams before and after their commit, and whose every answer is awaited."""

    def __init__(self, db: Any) -> None:  # noqa: ANN401  asyncpg's own, or the pool's proxy of it
        self._db = db
        self._backend: int = db.get_server_pid()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever it has
        found = getattr(self._db, name)
        if name not in _STATEMENTS:
            return found

        async def asked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as asyncpg's
            return await ask(self._backend, found(*args, **kwargs))

        return asked

    def transaction(self) -> _Transaction:
        return _Transaction(self._db.transaction(), self._backend)


_STATEMENTS = {"execute", "executemany", "fetch", "fetchrow", "fetchval"}


class _Transaction:
    def __init__(self, inner: Any, backend: int) -> None:  # noqa: ANN401  asyncpg's
        self._inner = inner
        self._backend = backend

    async def start(self) -> None:
        await ask(self._backend, self._inner.start())

    async def rollback(self) -> None:
        await ask(self._backend, self._inner.rollback())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await (self.commit() if kind is None else self.rollback())

    async def commit(self) -> None:
        try:
            await seam("before commit")
        except BaseException:
            await self.rollback()
            raise
        await ask(self._backend, self._inner.commit())
        await seam("after commit")


class SeamedStore:
    """A store with a seam when the state is loaded, and one when it is saved."""

    def __init__(self, inner: Store[Any]) -> None:
        self._inner = inner

    async def load(self, db: asyncpg.Connection[Any], wanted: Inputs, now: datetime) -> Mapping[UUID, Any]:
        states = await self._inner.load(db, wanted, now)
        await seam("loaded")
        return states

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Any]) -> None:
        await self._inner.save(db, states)
        await seam("saved")


class MailServer(Letterbox):
    """The mail server: sometimes it cannot, and sometimes its answer is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = Random(0)
        self.mischief = 0.0

    def has_code(self, address: str) -> bool:
        """Whether a code was mailed to somebody."""
        return any(str(mail["To"]).find(address) >= 0 and is_code(mail) for mail in self.mails)

    def links(self, address: str) -> list[str]:
        """The tokens of the sign-in links that somebody got, oldest first."""
        found = (re.search(r"/login/([\w-]{16,})", text_of(mail)) for mail in self.to(address))
        return [one.group(1) for one in found if one is not None]

    async def send(self, message: EmailMessage) -> Delivery:
        await seam("before a mail")
        fate = self.rng.random()
        if fate < self.mischief / 2:
            return NotNow("away")
        self.mails.append(message)
        await seam("after a mail")
        return PerhapsTaken("lost") if fate < self.mischief else Taken()
