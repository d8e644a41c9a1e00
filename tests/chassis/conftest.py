"""Fixtures of the chassis's tests: the sample service, on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import Outside, migrate_sample, sample_service


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
async def service(databases: Databases, outside: Outside) -> AsyncIterator[OneService]:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(sample_service(outside), url)
    yield service
    await service.close()
    await databases.drop(url)
