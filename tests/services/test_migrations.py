"""The schemas are made as people have Postgres: by an administrator of the provider's, who is no superuser."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from contracts.vocabulary import Service
from deploy.local.postgres import PostgresServer
from hosting.settings import with_role
from services.cli.store_migrations import migrate
from tests.support.databases import with_database
from tests.support.migrated import HOME
from tests.support.one_service import PASSWORD

SCHEMAS = {service: HOME / service.value / "schema" for service in Service}


@pytest.fixture(scope="session")
async def administrator(servers_folder: Path) -> AsyncIterator[str]:
    """The address of a user who may make roles and owns the database, on a server of its own."""
    server = PostgresServer(servers_folder / "postgres-of-an-administrator")
    await server.start()
    superuser = await asyncpg.connect(server.url)
    await superuser.execute(f"CREATE ROLE administrator LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
    await superuser.execute("CREATE DATABASE product OWNER administrator")
    await superuser.close()
    yield with_database(with_role(server.url, "administrator", PASSWORD), "product")
    await server.kill()


async def test_an_administrator_who_is_no_superuser_makes_every_schema_and_finds_nothing_to_do_again(
    administrator: str,
) -> None:
    passwords = dict.fromkeys(Service, PASSWORD)
    done = await migrate(administrator, SCHEMAS, passwords)
    assert {line for line in done if line.endswith("role made")} == {f"{service}: role made" for service in Service}
    assert await migrate(administrator, SCHEMAS, passwords) == []
    for service in Service:
        db = await asyncpg.connect(with_role(administrator, service, PASSWORD))
        assert await db.fetchval(f'SELECT count(*) FROM "{service}".outbox') == 0
        await db.close()


@pytest.mark.parametrize("user", ["administrator", "nobody"])
async def test_a_wrong_user_or_password_ends_the_command_with_a_sentence(
    administrator: str, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        await migrate(with_role(administrator, user, "wrong"), {}, {})
    assert ended.value.code == 2
    assert "See HEADCOUNT_POSTGRES" in capsys.readouterr().err
