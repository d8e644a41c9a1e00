"""After a failover the old server takes reads only, and no connection to it stays in use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import pytest

from contracts.vocabulary import Service
from database.postgres import Pool, connect, connection, is_transient, transaction, trial
from tests.support.one_service import OneService
from tests.support.servers import Postgres


@asynccontextmanager
async def read_only(postgres: Postgres) -> AsyncIterator[None]:
    """All sessions of a server read only, the open ones too, as when it is demoted."""
    admin = await asyncpg.connect(postgres.url)
    try:
        await _set(admin, "ALTER SYSTEM SET default_transaction_read_only = on", "on")
        yield
    finally:
        await _set(admin, "ALTER SYSTEM RESET default_transaction_read_only", "off")
        await admin.close()


async def _set(admin: asyncpg.Connection[asyncpg.Record], statement: str, value: str) -> None:
    await admin.execute(statement)
    await admin.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(30):
        while await admin.fetchval("SHOW default_transaction_read_only") != value:
            await asyncio.sleep(0.01)


async def sessions(pool: Pool) -> set[int]:
    async with connection(pool) as one, connection(pool) as two:
        return {await db.fetchval("SELECT pg_backend_pid()") for db in (one, two)}


@pytest.mark.parametrize("kind", [transaction, trial])
async def test_a_write_that_a_demoted_server_rejects_has_all_connections_made_anew(
    service: OneService, postgres: Postgres, kind: Callable[[Pool], AbstractAsyncContextManager[Any]]
) -> None:
    before = await sessions(service.pool)
    async with read_only(postgres):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError) as rejected:
            async with kind(service.pool) as attempt:
                await getattr(attempt, "db", attempt).execute("DELETE FROM unsent")
        assert is_transient(rejected.value)
    assert not before & await sessions(service.pool)


async def test_a_demoted_server_is_not_connected_to(service: OneService, postgres: Postgres) -> None:
    async with read_only(postgres):
        with pytest.raises(asyncpg.TargetServerAttributeNotMatched) as rejected:
            await connect(service.dsn, Service.MEMBERS)
    assert is_transient(rejected.value)
    await (await connect(service.dsn, Service.MEMBERS)).close()


async def test_of_several_servers_the_one_that_takes_writes_is_connected_to(service: OneService) -> None:
    credentials, _, rest = service.dsn.rpartition("@")
    address, _, database = rest.partition("/")
    db = await connect(f"{credentials}@127.0.0.1:1,{address}/{database}", Service.MEMBERS)
    assert await db.fetchval("SHOW transaction_read_only") == "off"
    await db.close()
