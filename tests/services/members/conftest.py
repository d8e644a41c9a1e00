"""The members service on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from services.members.app import definition
from tests.support.one_service import OneService


@pytest.fixture
async def service(migrated: str) -> AsyncIterator[OneService]:
    service = await OneService.open(definition({"gmail.example"}), migrated)
    yield service
    await service.close()
