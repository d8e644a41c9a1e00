"""The notifier on a real database, with a fake mail server."""

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet

from hosting.sealing import Sealing
from services.notifier.app import definition
from services.notifier.mails.branding import branding
from tests.services.notifier.world import Clinic, FakeMailServer
from tests.support.one_service import OneService


@pytest.fixture
async def clinic(migrated: str) -> AsyncIterator[Clinic]:
    mails, sealing = FakeMailServer(), Sealing([Fernet.generate_key().decode()])
    mail_branding = branding("Headcount <no-reply@mail.example>", "https://seats.example")
    service = await OneService.open(definition(mails, sealing, mail_branding, mails.count), migrated)
    yield Clinic(service, mails, sealing)
    await service.close()
