"""Fixtures of every test: the real servers. A server starts with the first test that uses it, and stops at the end."""

import asyncio
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local import assets
from deploy.local.external_server import ExternalServer
from deploy.local.mailbox import MailboxServer
from tests.support.databases import Databases
from tests.support.migrated import migrate_all
from tests.support.servers import MEMORY, Kafka, Postgres, discard, kafka_for_tests, postgres_for_tests

_ROOM_BYTES = 2 << 30


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the races (length, first seed), and of the file that gets the seconds of each part."""
    parser.addoption("--rounds", type=int, default=6, help="rounds of each race (tests/journeys/test_races.py)")
    parser.addoption("--seconds-to", type=Path, help="a file that gets the seconds of each part, as JSON")
    parser.addoption("--first-seed", type=int, default=0, help="the seed of the first round")


def pytest_sessionstart() -> None:
    """Make the pages' style sheet and script from the present templates: once, before any worker begins."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        asyncio.run(assets.prepare())


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """The folder for the data of this run's servers: in memory if there is such a folder, so that databases are cheap.

    Memory outlives a SIGKILL as a disk does, and no test cuts the power. pytest's own folder would not do: an
    unprivileged database cannot enter it.
    """
    roomy = MEMORY is not None and shutil.disk_usage(MEMORY).free > _ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="headcount-tests-", dir=MEMORY if roomy else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def postgres(servers_folder: Path) -> AsyncIterator[Postgres]:
    """A real Postgres 18: `.url` is its superuser's address. A test that kills it starts its own instead."""
    server = postgres_for_tests(servers_folder / "postgres")
    await server.start()
    yield server
    await discard(server)


@pytest.fixture(scope="session")
async def databases(postgres: Postgres) -> AsyncIterator[Databases]:
    """Make fresh databases: `await databases.fresh()`, or copies of `await databases.template(kind, prepare)`."""
    fresh = Databases(postgres.url)
    yield fresh
    if isinstance(postgres, ExternalServer):
        await fresh.drop_all()
    await fresh.close()


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The superuser's address of an empty database for one test."""
    url = await databases.fresh()
    yield url
    await databases.drop(url)


@pytest.fixture
async def migrated(databases: Databases) -> AsyncIterator[str]:
    """The superuser's address of a database with every service's role, schema and tables."""
    url = await databases.fresh(await databases.template("services", migrate_all))
    yield url
    await databases.drop(url)


@pytest.fixture(scope="session")
async def kafka(servers_folder: Path) -> AsyncIterator[Kafka]:
    """A real Kafka 4.3: `.bootstrap` is its address. A test that kills it starts its own instead."""
    server = kafka_for_tests(servers_folder / "kafka")
    await server.start()
    yield server
    await discard(server)


@pytest.fixture(scope="session")
async def mailbox(servers_folder: Path) -> AsyncIterator[MailboxServer]:
    """A real SMTP mailbox: `.smtp_host` and `.smtp_port` take mail, `.url` has `GET /email`."""
    server = MailboxServer(servers_folder / "mailbox")
    await server.start()
    yield server
    await discard(server)


# The order of the parts: the quickest tests come first, so that their failures show early.
PARTS = (
    "architecture",
    "domain",
    "contracts",
    "webserver",
    "transport",
    "chassis",
    "services",
    "clients",
    "journeys",
    "fuzz",
    "simulation",
    "live",
    "browser",
)


def part_of(path: Path) -> str:
    """The part of the tests that a file belongs to: its folder under `tests/`."""
    return path.relative_to(Path(__file__).parent).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the parts in their order; on several workers the longest part begins first, so that no worker ends late."""
    order = {part: number for number, part in enumerate(PARTS)}
    if "PYTEST_XDIST_WORKER" in os.environ:
        order["live"] = -1
    items.sort(key=lambda item: order.get(part_of(item.path), len(PARTS)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds of each part, fixtures included, summed over the workers; below it, the races' results."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                part = part_of(terminalreporter.config.rootpath / report.fspath)
                seconds[part] += report.duration
                tests[part].add(report.nodeid)
    terminalreporter.section("seconds of each part")
    order = sorted(seconds, key=lambda part: PARTS.index(part) if part in PARTS else len(PARTS))
    for part in order:
        terminalreporter.write_line(f"{part:14}{seconds[part]:8.1f}{len(tests[part]):8} tests")
    if (file := terminalreporter.config.getoption("--seconds-to")) is not None:
        file.write_text(json.dumps({part: (seconds[part], len(tests[part])) for part in order}))
    for report in terminalreporter.stats.get("passed", []):
        for _, result in report.user_properties:
            terminalreporter.write_line(str(result))
