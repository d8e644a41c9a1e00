"""Fresh databases on one server in about 50 ms each: every database is a copy of a template that is prepared once."""

import itertools
import os
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

import asyncpg

Prepare = Callable[[str], Awaitable[None]]


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class Databases:
    """Create databases on a server, and drop them again."""

    def __init__(self, server_url: str) -> None:
        self._url = server_url
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    async def fresh(self, template: str = "template1") -> str:
        """Create a copy of `template` and return its superuser's address. The copy takes some 50 ms."""
        # Two test runs may share a server given by its address, so the name carries the process id.
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
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
        await self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    async def drop_all(self) -> None:
        """Drop every database made here that is not dropped yet."""
        for name in list(self._made):
            await self.drop(with_database(self._url, name))

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
