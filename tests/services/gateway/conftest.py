"""The gateway on a real database, listening."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from services.gateway.app import definition
from services.gateway.settings import Settings
from tests.support.clock import HandClock
from tests.support.gateway_harness import EXTENSION, OPERATOR, PUBLIC, WEBHOOK_SECRET, GatewayHarness
from tests.support.one_service import PASSWORD, OneService


@pytest.fixture
async def front(migrated: str) -> AsyncIterator[GatewayHarness]:
    """A gateway with nothing in it yet."""
    service = await OneService.open(definition(), migrated, HandClock())
    settings = Settings(
        postgres=migrated,
        password=SecretStr(PASSWORD),
        kafka="unused:9092",
        public_url=PUBLIC,
        operator_key=SecretStr(OPERATOR),
        pepper=SecretStr("pepper-of-a-test-that-is-long-enough"),
        sealing_keys=[Fernet.generate_key().decode()],
        stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
        cors_origins=frozenset({EXTENSION}),
    )
    made = GatewayHarness(service, settings)
    listening = asyncio.create_task(made.http.gateway.listener.run())
    await made.http.gateway.listener.listening.wait()
    yield made
    made.http.gateway.listener.close()
    await listening
    await service.close()
