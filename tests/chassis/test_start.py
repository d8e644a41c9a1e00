"""A process that Postgres rejects, or whose schema is of another release, ends with a sentence."""

import asyncpg
import pytest
from pydantic import SecretStr

from hosting.migrations import migrations
from hosting.process import Process
from hosting.settings import ServiceSettings
from tests.support.databases import Databases
from tests.support.one_service import PASSWORD
from tests.support.sample_service import SCHEMA, migrate_sample, sample_service

KEY = SecretStr("a key of a test that is long enough to be one")


@pytest.mark.parametrize(("database", "password"), [("", "wrong"), ("-that-is-not-there", PASSWORD)])
async def test_a_wrong_password_or_database_is_named_and_ends_the_process(
    migrated: str, database: str, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(
        postgres=f"{migrated}{database}", password=SecretStr(password), kafka="localhost:9", command_keys=KEY
    )
    with pytest.raises(SystemExit) as ended:
        await Process(sample_service(), settings, []).open()
    assert ended.value.code == 2
    assert "See HEADCOUNT_POSTGRES and HEADCOUNT_PASSWORD." in capsys.readouterr().err


FILES = migrations(SCHEMA)
NEXT = "service/002_next.sql"


async def start(url: str) -> Process:
    """Open the sample service; SystemExit if it must not start."""
    settings = ServiceSettings(postgres=url, password=SecretStr(PASSWORD), kafka="localhost:9", command_keys=KEY)
    process = Process(sample_service(), settings, FILES)
    await (await process.open()).pool.close()
    return process


async def alter(url: str, statement: str) -> None:
    db = await asyncpg.connect(url, server_settings={"search_path": "members"})
    await db.execute(statement)
    await db.close()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            f"INSERT INTO migrations (name, checksum, contracts) VALUES ('{NEXT}', '', true)",
            f"The schema of members is newer than this release: {NEXT} has removed what this release may use. ",
        ),
        (
            "DELETE FROM migrations WHERE name LIKE 'service/%'",
            "The schema of members is older than this release: it lacks service/001_words.sql. Run `headcount migrate`",
        ),
        (
            "ALTER TABLE migrations DROP COLUMN contracts",
            "The schema of members is older than this release: it lacks chassis/001_chassis.sql. ",
        ),
        (
            "DROP TABLE migrations",
            "The schema of members is older than this release: it lacks chassis/001_chassis.sql. ",
        ),
    ],
)
async def test_a_service_refuses_a_schema_that_is_newer_or_older_than_its_release(
    databases: Databases, statement: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    await start(url)
    await alter(url, statement)
    with pytest.raises(SystemExit) as ended:
        await start(url)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(sentence)
    await databases.drop(url)


async def test_a_service_starts_on_a_schema_that_a_newer_release_has_only_expanded(databases: Databases) -> None:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    await alter(url, f"INSERT INTO migrations (name, checksum) VALUES ('{NEXT}', '')")
    await start(url)
    await databases.drop(url)
