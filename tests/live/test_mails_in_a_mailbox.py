"""Every sample mail, handed to a real mail server and read back from it."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.mailbox import MailboxServer
from services.notifier.clients.smtp import MailServer, SmtpCarrier, Tls
from services.notifier.domain.after_sending import Accepted
from services.notifier.mails.branding import branding
from services.notifier.mails.rendering import Renderer
from services.notifier.mails.samples import samples

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("servers")]


async def test_a_real_mail_server_accepts_every_mail_and_shows_it_as_rendered(mailbox: MailboxServer) -> None:
    mail_branding = branding("Headcount <no-reply@mail.example>", "https://seats.example")
    renderer, carrier = Renderer(mail_branding), SmtpCarrier(MailServer(mailbox.smtp_host, mailbox.smtp_port, Tls.NONE))
    mails = samples(mail_branding.public_url)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    messages = {
        name: renderer.message(mail, to=f"{name}@clinic.example", message_id=f"<{name}@mail.example>", at=at)
        for name, mail in mails.items()
    }
    deliveries = await asyncio.gather(*(carrier.send(message) for message in messages.values()))
    await carrier.close()
    assert deliveries == [Accepted()] * len(mails)
    async with httpx.AsyncClient(base_url=mailbox.url) as client:
        received = (await client.get("/email")).json()
    received_by_id = {mail["messageId"]: mail for mail in received}
    for name, mail in mails.items():
        rendered = renderer.render(mail)
        shown = received_by_id[f"{name}@mail.example"]
        assert shown["subject"] == rendered.subject
        assert shown["text"].strip() == rendered.text.strip()
        # The mailbox rewrites the HTML before it shows it. The links must be unchanged.
        assert re.findall(r'href="([^"]+)"', shown["html"]) == re.findall(r'href="([^"]+)"', rendered.html)
        assert shown["to"][0]["address"] == f"{name}@clinic.example"
