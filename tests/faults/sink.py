"""A mail server that survives every fault: accepts every mail, and records its arrival and Message-ID."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from deploy.local.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_HEADERS = BytesHeaderParser(policy=policy.default)
_CODE = re.compile(r"^(\d{4}) is your")
_LINK = re.compile(r"/login/([\w-]+)")


@dataclass(frozen=True)
class Mail:
    """One delivery. `at` is in seconds since the epoch."""

    at: float
    to: str
    subject: str
    message_id: str
    raw: bytes

    @property
    def code(self) -> str | None:
        """The login code in the mail, or None."""
        match = _CODE.match(self.subject)
        return match.group(1) if match else None

    @property
    def text(self) -> str:
        """The mail's text part."""
        message = message_from_bytes(self.raw, _class=EmailMessage, policy=policy.default)
        part = message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def link(self) -> str:
        """The token of the mail's one-click link."""
        match = _LINK.search(self.text)
        assert match is not None
        return match.group(1)


class Sink:
    """Stands in for the mailbox of the local world."""

    started = False
    """The sink is no program that could end."""

    def __init__(self) -> None:
        self.smtp_host, self.smtp_port = LOOPBACK, free_port()
        self.mails: list[Mail] = []
        self.by_address: defaultdict[str, list[Mail]] = defaultdict(list)
        self._controller = Controller(self, hostname=self.smtp_host, port=self.smtp_port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        """Keep the mail."""
        raw = envelope.original_content or b""
        headers = _HEADERS.parsebytes(raw)
        mail = Mail(
            time.time(), str(headers["To"].addresses[0].addr_spec), headers["Subject"], headers["Message-ID"], raw
        )
        self.mails.append(mail)
        self.by_address[mail.to].append(mail)
        return "250 OK"

    async def prepare(self) -> None:
        """Do nothing; the sink needs no download."""

    async def start(self) -> None:
        """Start in a thread of its own."""
        self._controller.start()

    async def stop(self) -> None:
        """Stop the server."""
        self._controller.stop(no_assert=True)
