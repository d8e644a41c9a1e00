"""The seats service on a database of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.seats.app import definition
from tests.support.one_service import OneService


@pytest.fixture
async def service(migrated: str, request: pytest.FixtureRequest) -> AsyncIterator[OneService]:
    """Seats with purchases that gather for no time, or for the fixture's parameter."""
    gather = getattr(request, "param", timedelta())
    service = await OneService.open(definition(gather), migrated)
    yield service
    await service.close()
