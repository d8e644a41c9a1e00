"""The seams of a process: before and after its database calls, its store's work, and its mails."""

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
from database.postgres import Pool
from services.notifier.domain.after_sending import Accepted, Delivery, TransientFailure, UnknownOutcome
from tests.simulation.turns import current, run_statement, seam
from tests.support.journey import Letterbox, text_of
from tests.support.journey import _code_in as is_code


def seamed(pool: Pool) -> Pool:
    """Return the same pool, with seams."""
    return cast("Pool", _Pool(pool))


class _Pool:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def acquire(self) -> _Acquired:
        return _Acquired(self._pool)

    async def fetch(self, *statement_args: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetch(*statement_args)

    async def fetchrow(self, *statement_args: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetchrow(*statement_args)

    async def fetchval(self, *statement_args: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.fetchval(*statement_args)

    async def execute(self, *statement_args: Any) -> Any:  # noqa: ANN401  as asyncpg's
        async with self.acquire() as db:
            return await db.execute(*statement_args)


class _Acquired:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._db: Any = None
        self._backend = 0

    async def __aenter__(self) -> SeamedConnection:
        await seam("before a connection")
        self._db = await run_statement(0, self._pool.acquire())
        self._backend = self._db.get_server_pid()
        if (turn := current()) is not None:
            turn.backends[self._backend] += 1
        return SeamedConnection(self._db)

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: object) -> None:
        if (turn := current()) is not None:
            turn.backends[self._backend] -= 1
            turn.backends += type(turn.backends)()
        await run_statement(0, self._pool.release(self._db))
        if kind is None:
            await seam("after a connection")


class SeamedConnection:
    """A connection with seams before and after each commit, whose every statement is awaited through the turn."""

    def __init__(self, db: Any) -> None:  # noqa: ANN401  asyncpg's own, or the pool's proxy of it
        self._db = db
        self._backend: int = db.get_server_pid()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever it has
        attribute = getattr(self._db, name)
        if name not in _STATEMENTS:
            return attribute

        async def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as asyncpg's
            return await run_statement(self._backend, attribute(*args, **kwargs))

        return run

    def transaction(self) -> _Transaction:
        return _Transaction(self._db.transaction(), self._backend)


_STATEMENTS = {"execute", "executemany", "fetch", "fetchrow", "fetchval"}


class _Transaction:
    def __init__(self, inner: Any, backend: int) -> None:  # noqa: ANN401  asyncpg's
        self._inner = inner
        self._backend = backend

    async def start(self) -> None:
        await run_statement(self._backend, self._inner.start())

    async def rollback(self) -> None:
        await run_statement(self._backend, self._inner.rollback())

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
        await run_statement(self._backend, self._inner.commit())
        await seam("after commit")


class SeamedStore:
    """A store with a seam after the load and a seam after the save."""

    def __init__(self, inner: Store[Any]) -> None:
        self._inner = inner

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, Any]:
        states = await self._inner.load(db, inputs, now)
        await seam("loaded")
        return states

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Any]) -> None:
        await self._inner.save(db, states)
        await seam("saved")


class MailServer(Letterbox):
    """The mail server: sometimes it takes no mail, and sometimes its response is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = Random(0)
        self.fault_rate = 0.0

    def has_code(self, address: str) -> bool:
        """Return whether a code was mailed to this address."""
        return any(str(mail["To"]).find(address) >= 0 and is_code(mail) for mail in self.mails)

    def links(self, address: str) -> list[str]:
        """Return the tokens of the sign-in links mailed to this address, oldest first."""
        matches = (re.search(r"/login/([\w-]{16,})", text_of(mail)) for mail in self.to(address))
        return [match.group(1) for match in matches if match is not None]

    async def send(self, message: EmailMessage) -> Delivery:
        await seam("before a mail")
        fate = self.rng.random()
        if fate < self.fault_rate / 2:
            return TransientFailure("away")
        self.mails.append(message)
        await seam("after a mail")
        return UnknownOutcome("lost") if fate < self.fault_rate else Accepted()
