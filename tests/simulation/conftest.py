"""The system under simulation, made once per test session."""

from collections.abc import AsyncIterator

import pytest

from tests.simulation.system import System
from tests.support.databases import Databases
from tests.support.migrated import migrate_all


@pytest.fixture(scope="session")
async def system(databases: Databases) -> AsyncIterator[System]:
    url = await databases.fresh(await databases.template("services", migrate_all))
    system = await System.open(url)
    yield system
    await system.close()
    await databases.drop(url)
