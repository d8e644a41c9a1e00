"""The schemas are made as people have Postgres: by an administrator of the provider's, who is no superuser."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from contracts.vocabulary import Service
from database.postgres import Db
from deploy.local.postgres import PostgresServer
from hosting.settings import with_role
from services.cli.commands import app
from services.cli.store_migrations import LockedError, Patience, migrate, owner_of
from tests.support.databases import with_database
from tests.support.migrated import HOME
from tests.support.one_service import PASSWORD

SCHEMAS = {service: HOME / service.value / "schema" for service in Service}


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Db]:
    db = await asyncpg.connect(dsn)
    try:
        yield db
    finally:
        await db.close()


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
    roles = {f"{service}: role {role} made" for service in Service for role in (service, owner_of(service))}
    assert {line for line in done if ": role" in line} == roles
    assert await migrate(administrator, SCHEMAS, passwords) == []
    for service in Service:
        async with connected(with_role(administrator, service, PASSWORD)) as db:
            assert await db.fetchval(f'SELECT count(*) FROM "{service}".outbox') == 0


async def test_the_tables_of_an_earlier_release_are_taken_from_the_services_role(administrator: str) -> None:
    passwords = dict.fromkeys(Service, PASSWORD)
    await migrate(administrator, SCHEMAS, passwords)
    async with connected(administrator) as db:
        await db.execute("GRANT seats TO CURRENT_USER")
        await db.execute("REASSIGN OWNED BY seats_owner TO seats")
        await db.execute("ALTER TABLE seats.migrations DROP COLUMN contracts")
        await db.execute("REVOKE seats FROM CURRENT_USER")
    assert await migrate(administrator, SCHEMAS, passwords) == ["seats: its tables now belong to seats_owner"]
    assert await migrate(administrator, SCHEMAS, passwords) == []
    async with connected(with_role(administrator, "seats", PASSWORD)) as db:
        await db.execute("UPDATE seats.ledgers SET auto_add = false")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute("DROP TABLE seats.ledgers")


async def test_a_migration_gives_way_to_who_holds_a_table_and_ends_with_a_sentence_and_changes_nothing(
    migrated: str, tmp_path: Path
) -> None:
    schema = shutil.copytree(SCHEMAS[Service.SEATS], tmp_path / "schema")
    (schema / "998_first.sql").write_text("CREATE TABLE first (n integer);")
    (schema / "999_second.sql").write_text("ALTER TABLE ledgers ADD COLUMN second integer;")
    schemas, passwords = {Service.SEATS: schema}, {Service.SEATS: PASSWORD}
    async with connected(migrated) as holder, connected(migrated) as db:
        async with holder.transaction():
            await holder.execute("LOCK TABLE seats.ledgers IN ACCESS SHARE MODE")
            with pytest.raises(LockedError, match=r"Nothing of seats was changed\. .* run this again"):
                await migrate(migrated, schemas, passwords, Patience(seconds=0.01, pause=0, tries=2))
            assert await db.fetchval("SELECT to_regclass('seats.first')") is None
        done = await migrate(migrated, schemas, passwords, Patience(seconds=0.01, pause=0, tries=2))
    assert done == ["seats: service/998_first.sql", "seats: service/999_second.sql"]


async def test_a_table_that_is_let_go_meanwhile_is_migrated_by_a_later_attempt(migrated: str, tmp_path: Path) -> None:
    schema = shutil.copytree(SCHEMAS[Service.SEATS], tmp_path / "schema")
    (schema / "999_last.sql").write_text("ALTER TABLE ledgers ADD COLUMN last integer;")
    patience = Patience(seconds=0.01, pause=0.01, tries=10_000)
    async with connected(migrated) as holder:
        held = holder.transaction()
        await held.start()
        await holder.execute("LOCK TABLE seats.ledgers IN ACCESS SHARE MODE")
        migration = asyncio.create_task(migrate(migrated, {Service.SEATS: schema}, {Service.SEATS: PASSWORD}, patience))
        async with connected(migrated) as db:
            while not await db.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                assert not migration.done()
        await held.rollback()
        assert await migration == ["seats: service/999_last.sql"]


async def test_a_file_that_was_edited_after_it_ran_ends_the_command_with_a_sentence(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in Service:
        monkeypatch.setenv(f"HEADCOUNT_PASSWORD_{service.upper()}", PASSWORD)
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    async with connected(migrated) as db:
        await db.execute("UPDATE billing.migrations SET checksum = 'another' WHERE name = 'service/001_billing.sql'")
    ended = await asyncio.to_thread(CliRunner().invoke, app, ["migrate"])
    assert ended.exit_code == 2
    assert "billing: service/001_billing.sql was changed after it ran. Nothing of billing was changed." in ended.output


@pytest.mark.parametrize("user", ["administrator", "nobody"])
async def test_a_wrong_user_or_password_ends_the_command_with_a_sentence(
    administrator: str, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        await migrate(with_role(administrator, user, "wrong"), {}, {})
    assert ended.value.code == 2
    assert "See HEADCOUNT_POSTGRES" in capsys.readouterr().err
