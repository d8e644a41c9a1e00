"""The values that every command reads from the environment: addresses, passwords, and a service's own settings."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from contracts.vocabulary import Service
from hosting.settings import read_settings, split_list, with_role

if TYPE_CHECKING:
    import asyncpg

    from transport.access import KafkaAccess
    from transport.trust import Trust

ServiceName = Annotated[Service, typer.Argument(help="members, seats, billing, notifier or gateway.")]


def dsn_of(service: Service) -> str:
    """A service's own address of Postgres. Exits with 2 if a setting is missing."""
    password = os.environ.get("HEADCOUNT_PASSWORD") or setting(f"PASSWORD_{service.upper()}")
    return with_role(setting("POSTGRES"), service.value, password)


@asynccontextmanager
async def connected(service: Service, *, patient: bool = False) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection under the service's role. `patient`: a statement may take longer than five seconds."""
    from database.postgres import connect

    with saying_why_postgres_fails():
        db = await connect(dsn_of(service), service, command_timeout=None)
    try:
        if patient:
            await db.execute("SET statement_timeout = 0")
        yield db
    finally:
        await db.close()


def setting(name: str) -> str:
    """The setting of that name. Exits with 2 if it is missing."""
    value = os.environ.get(f"HEADCOUNT_{name}")
    if not value:
        fail(f"Setting HEADCOUNT_{name}: is not set.")
    return value


def kafka_access() -> KafkaAccess:
    """Where Kafka is, and how we prove who we are. Exits with 2 if the settings are wrong."""
    from transport.settings import KafkaSettings

    return read_settings(KafkaSettings).kafka_access()


@contextmanager
def saying_why_kafka_fails(consequence: str) -> Iterator[None]:
    """End the command with a sentence if Kafka refuses us (exit code 2), or is away or forbids something (1)."""
    from aiokafka.errors import KafkaError

    from transport.access import AccessRefusedError

    try:
        yield
    except AccessRefusedError as why:
        fail(str(why))
    except KafkaError as away:
        fail(f"Kafka does not answer, or does not allow this ({type(away).__name__}). {consequence}", 1)


@contextmanager
def saying_why_postgres_fails() -> Iterator[None]:
    """End the command with a sentence if Postgres rejects role, password or database (exit code 2), or is away (1)."""
    from database.postgres import REJECTED, is_transient

    try:
        yield
    except REJECTED as why:
        fail(f"Postgres: {why}. See HEADCOUNT_POSTGRES and the role's password.")
    except Exception as away:
        if not is_transient(away):
            raise
        fail(f"Postgres does not answer ({type(away).__name__}). See HEADCOUNT_POSTGRES.", 1)


def command_trust() -> Trust:
    """The keys that prove commands. Exits with 2 if a setting is missing or wrong."""
    from hosting.settings import CommandKeySettings

    return read_settings(CommandKeySettings).trust


def operator_url() -> str:
    """Where the gateway serves the operator's calls: its own listener, or the public address."""
    return os.environ.get("HEADCOUNT_OPERATOR_URL") or setting("PUBLIC_URL")


def operator_key() -> str:
    """The operator's key; the first one while it is rolled."""
    keys = split_list(setting("OPERATOR_KEY"))
    return keys[0] if keys else fail("Setting HEADCOUNT_OPERATOR_KEY: has no key.")


def fail(sentence: str, code: int = 2) -> NoReturn:
    """End the command with a sentence on stderr."""
    typer.echo(sentence, err=True)
    sys.exit(code)
