"""The `journey` fixture: the whole system for one test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.journey import Journey, journey_on


@pytest.fixture
async def journey(migrated: str) -> AsyncIterator[Journey]:
    async with journey_on(migrated) as system:
        yield system
