"""Fresh databases on one server in about 20 ms each: every database is a copy of a template that is prepared once."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from database.postgres import Db
from tests.support.servers import MEMORY

Prepare = Callable[[str], Awaitable[None]]


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_quick_passwords(url: str) -> str:
    """Return an address whose sessions set passwords that a client proves in one round of SCRAM instead of 4,096."""
    return urlunsplit(urlsplit(url)._replace(query="scram_iterations=1"))


class Databases:
    """Create databases on a server, and drop them again, over one connection. `close` it at the end."""

    def __init__(self, server_url: str) -> None:
        self._url = server_url
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._made: list[str] = []
        self._connection: Db | None = None
        self._one_at_a_time = asyncio.Lock()
        self._strategy = "WAL_LOG"

    async def close(self) -> None:
        """Close the connection; the databases stay."""
        if self._connection is not None:
            await self._connection.close()

    async def fresh(self, template: str = "template1") -> str:
        """Create a copy of `template` and return its superuser's address."""
        # Two test runs may share a server given by its address, so the name carries the process id.
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        async with self._session() as session:
            await session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {self._strategy}')
        self._made.append(name)
        return with_database(self._url, name)

    async def template(self, kind: str, prepare: Prepare) -> str:
        """Return the name of the database of this kind; `prepare` fills the database on the first call.

        `prepare` gets the superuser's address, and must leave no session open on the database.
        """
        if kind not in self._templates:
            url = await self.fresh()
            await prepare(url)
            self._templates[kind] = urlsplit(url).path.strip("/")
        return self._templates[kind]

    async def drop(self, url: str) -> None:
        """Drop the database, and end every session that is still open on it."""
        name = urlsplit(url).path.strip("/")
        async with self._session() as session:
            await session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    async def drop_all(self) -> None:
        """Drop every database made here that is not dropped yet."""
        for name in list(self._made):
            await self.drop(with_database(self._url, name))

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Db]:
        async with self._one_at_a_time:
            if self._connection is None:
                self._connection = await asyncpg.connect(self._url)
                # Copying files is three times as cheap as logging each page, but waits for a disk to write every file.
                in_memory = str(await self._connection.fetchval("SHOW data_directory")).startswith(f"{MEMORY}/")
                self._strategy = "FILE_COPY" if in_memory else "WAL_LOG"
            yield self._connection
