"""Every mail, handed to a real mail server and read back from it."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.mailbox import MailboxServer
from services.notifier.clients.smtp import MailServer, SmtpCarrier, Tls
from services.notifier.domain.after_sending import Taken
from services.notifier.mails.branding import branding
from services.notifier.mails.gallery import samples
from services.notifier.mails.rendering import Renderer

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("servers")]


async def test_a_real_mail_server_takes_every_mail_and_shows_what_was_written(mailbox: MailboxServer) -> None:
    paper = branding("Headcount <no-reply@mail.example>", "https://seats.example")
    renderer, carrier = Renderer(paper), SmtpCarrier(MailServer(mailbox.smtp_host, mailbox.smtp_port, Tls.NONE))
    mails = samples(paper.public_url)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    messages = {
        name: renderer.message(mail, to=f"{name}@clinic.example", message_id=f"<{name}@mail.example>", at=at)
        for name, mail in mails.items()
    }
    taken = await asyncio.gather(*(carrier.send(message) for message in messages.values()))
    await carrier.close()
    assert taken == [Taken()] * len(mails)
    async with httpx.AsyncClient(base_url=mailbox.url) as client:
        received = (await client.get("/email")).json()
    found = {mail["messageId"]: mail for mail in received}
    for name, mail in mails.items():
        words = renderer.words(mail)
        got = found[f"{name}@mail.example"]
        assert got["subject"] == words.subject
        assert got["text"].strip() == words.text.strip()
        # The mailbox tidies the HTML before it shows it; what leads somewhere must lead there still.
        assert re.findall(r'href="([^"]+)"', got["html"]) == re.findall(r'href="([^"]+)"', words.html)
        assert got["to"][0]["address"] == f"{name}@clinic.example"
