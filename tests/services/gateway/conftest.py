"""The gateway on a real database, listening."""

from collections.abc import AsyncIterator

import pytest

from tests.support.gateway_harness import GatewayHarness, gateway_on


@pytest.fixture
async def front(migrated: str) -> AsyncIterator[GatewayHarness]:
    """A gateway with nothing in it yet."""
    async with gateway_on(migrated) as made:
        yield made
