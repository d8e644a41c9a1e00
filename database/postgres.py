"""Postgres: the pool of a service under its own role, and whether an error is transient, ours, or a message's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, cast

import asyncpg
import orjson
from asyncpg.connect_utils import SessionAttribute

from contracts.vocabulary import Service

Db: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Exceptions of a statement while Postgres is away, for an `except` clause. `is_transient` is the exact question."""
_INPUT_CLASSES = frozenset({"21", "22", "23", "54"})
"""SQLSTATE classes that only the written values cause: cardinality (two messages that claim one row), data exception,
integrity violation, and a limit of Postgres itself (a text too long for its index)."""
_BUG_CLASS = "42"
"""SQLSTATE class of statements that cannot run: a syntax error, a table or a column that does not exist."""
COMMAND_SECONDS = 10.0
"""Seconds after which a silent network counts as lost: the server itself gives a statement up after 5."""
_LIMITS = {
    "lock_timeout": "2000",
    "statement_timeout": "5000",
    # A process that is frozen in a transaction holds its agencies' rows for so long. With 5 seconds, large batches on a
    # machine with fifteen times as much to do as it can never ended.
    "idle_in_transaction_session_timeout": "10000",
    # A machine that is lost closes no connection: the server ends its session, and with it its locks, after 6 seconds.
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "6000",
    "jit": "off",  # every statement here is short; planning for the compiler only costs
}


def columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """The arrays that `unnest` takes, one for each column of these rows. Without rows there are no arrays."""
    return [list(column) for column in zip(*rows, strict=True)]


class Fault(Enum):
    """Who has to do something about an error."""

    TRANSIENT = "transient"
    """Nobody: a lost connection, a lock timeout, a full disk. The same attempt may work later."""
    INPUT = "input"
    """The sender: a value that Postgres rejects, or a decision that raises. Only the attempt without it can work."""
    BUG = "bug"
    """The developer: SQL that cannot run. Every attempt fails, so the process ends instead of trying again for ever."""


def fault_of(error: BaseException) -> Fault:
    """Whose fault an error is; the one classification that the whole chassis uses."""
    match error:
        case asyncpg.PostgresError():
            sqlstate = (error.sqlstate or "")[:2]
            if sqlstate == _BUG_CLASS:
                return Fault.BUG
            return Fault.INPUT if sqlstate in _INPUT_CLASSES else Fault.TRANSIENT
        case asyncpg.InterfaceError():
            return Fault.INPUT if isinstance(error, ValueError) else Fault.TRANSIENT
        case OSError() | TimeoutError() | asyncpg.InternalClientError():
            # A connection killed in the middle of a statement leaves asyncpg with an InternalClientError.
            return Fault.TRANSIENT
    return Fault.INPUT


REJECTED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
"""Postgres is there, and knows no such role, password or database: a start that tried again would never end."""


def is_transient(error: BaseException) -> bool:
    """Whether the same attempt may work later."""
    return fault_of(error) is Fault.TRANSIENT


async def _with_json(db: Db) -> None:
    await db.set_type_codec(
        "jsonb", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads, schema="pg_catalog"
    )


async def _as_it_is(db: object) -> None:
    """Give a connection back without the usual resets, a round trip a transaction.

    What lasts longer than a transaction (LISTEN, a lease, a setting) belongs on a connection of its own.
    """


async def open_pool(dsn: str, service: Service, *, size: int) -> Pool:
    """Connections under the service's role, in its schema; `jsonb` comes and goes as Python values."""
    settings = {"search_path": service.value, "application_name": service.value, **_LIMITS}
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        init=_with_json,
        reset=_as_it_is,
        server_settings=settings,
        command_timeout=COMMAND_SECONDS,
        target_session_attrs=SessionAttribute.read_write,
    )
    if pool is None:
        raise RuntimeError("no pool was made")
    return pool


async def connect(
    dsn: str, service: Service, *, command_timeout: float | None = COMMAND_SECONDS
) -> asyncpg.Connection[Any]:
    """A connection of its own, for what must hold it: a lead's lease, LISTEN."""
    settings = {"search_path": service.value, "application_name": f"{service}-direct", **_LIMITS}
    db = await asyncpg.connect(
        dsn, server_settings=settings, command_timeout=command_timeout, target_session_attrs=SessionAttribute.read_write
    )
    await _with_json(db)
    return db


@asynccontextmanager
async def connection(pool: Pool) -> AsyncIterator[Db]:
    """A connection of the pool, given back afterwards."""
    async with pool.acquire() as db:
        yield cast("Db", db)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Db]:
    """A connection of the pool in a transaction, committed at the end unless an exception leaves."""
    async with _unless_read_only(pool), pool.acquire() as db, db.transaction():
        yield cast("Db", db)


@asynccontextmanager
async def _unless_read_only(pool: Pool) -> AsyncIterator[None]:
    """Have every connection of the pool made anew after a failover: the server that they know takes no writes."""
    try:
        yield
    except asyncpg.ReadOnlySQLTransactionError:
        await pool.expire_connections()
        raise


@dataclass(slots=True)
class Trial:
    """A transaction that is rolled back unless `kept` is set."""

    db: Db
    kept: bool = False


@asynccontextmanager
async def trial(pool: Pool) -> AsyncIterator[Trial]:
    """A transaction that is committed at the end only if it was kept. An attempt thus fails with a value."""
    async with _unless_read_only(pool), pool.acquire() as acquired:
        db = cast("Db", acquired)
        transaction_ = db.transaction()
        await transaction_.start()
        attempt = Trial(db)
        try:
            yield attempt
        except BaseException:
            attempt.kept = False
            raise
        finally:
            await (transaction_.commit() if attempt.kept else transaction_.rollback())
