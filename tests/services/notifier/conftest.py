"""The notifier on a real database, its mails kept in memory."""

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet

from chassis.sealing import Sealing
from services.notifier.app import definition
from services.notifier.mails.branding import branding
from tests.services.notifier.world import Clinic, Tray
from tests.support.one_service import OneService


@pytest.fixture
async def clinic(migrated: str) -> AsyncIterator[Clinic]:
    tray, sealing = Tray(), Sealing([Fernet.generate_key().decode()])
    paper = branding("Headcount <no-reply@mail.example>", "https://seats.example")
    one = await OneService.open(definition(tray, sealing, paper, tray.count), migrated)
    yield Clinic(one, tray, sealing)
    await one.close()
