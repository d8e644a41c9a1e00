"""Hands mails to a mail server over SMTP, on a few connections that bursts share.

What counts is where it fails: before the message was sent it was certainly not taken; after that, and before the
server's answer, nobody knows.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import parseaddr
from enum import StrEnum

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifier.domain.after_sending import Delivery, NotNow, PerhapsTaken, Refused, Taken

_FOR_GOOD = 500
IDLE_SECONDS = 20.0
"""How long a connection is kept for the next mail. Mail servers hang up after minutes; this is well before."""
MAILS_A_CONNECTION = 100
"""After so many a connection is renewed: some servers allow no more."""


class Tls(StrEnum):
    """How the connection is protected. AUTO upgrades when it is offered: whoever is on the way can prevent that."""

    AUTO = "auto"
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and how."""

    host: str
    port: int
    tls: Tls = Tls.AUTO
    username: str | None = None
    password: str | None = None
    connections: int = 8
    timeout: float = 30.0
    """Seconds that each answer may take."""


@dataclass(slots=True)
class _Line:
    """A connection and how many mails it has carried."""

    smtp: SMTP
    carried: int = 0
    idle_since: float = 0.0


class SmtpCarrier:
    """Sends mails, at most `connections` at once. Its connections close themselves when no mail follows."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._free = asyncio.Semaphore(server.connections)
        self._idle: deque[_Line] = deque()
        self._closing: asyncio.TimerHandle | None = None

    async def send(self, message: EmailMessage) -> Delivery:
        """Hand over one message to the one address in its To."""
        sender, recipient = parseaddr(str(message["From"]))[1], parseaddr(str(message["To"]))[1]
        content = message.as_bytes(policy=SMTP_POLICY)
        async with self._free:
            line = self._reused()
            if line is not None and await self._is_alive(line):
                return await self._on(line, sender, recipient, content)
            opened = await self._opened()
            if isinstance(opened, NotNow):
                return opened
            return await self._on(opened, sender, recipient, content)

    async def close(self) -> None:
        """Hang up on every idle connection."""
        if self._closing is not None:
            self._closing.cancel()
        while self._idle:
            self._idle.popleft().smtp.close()

    def _reused(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.smtp.is_connected and line.idle_since + IDLE_SECONDS > self._now():
                return line
            line.smtp.close()
        return None

    async def _is_alive(self, line: _Line) -> bool:
        """The server may have hung up unseen: a connection is used again only after it answered."""
        try:
            await line.smtp.rset()
        except (SMTPException, OSError):
            line.smtp.close()
            return False
        return True

    async def _opened(self) -> _Line | NotNow:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout,
            use_tls=server.tls is Tls.TLS,
            start_tls=_START_TLS[server.tls],
            username=server.username,
            password=server.password,
            local_hostname="localhost",  # else it asks DNS for our own name, and blocks meanwhile
        )
        try:
            await smtp.connect()
        except SMTPResponseException as refused:
            smtp.close()
            return NotNow(f"not_let_in_{refused.code}")
        except ssl.SSLError:
            smtp.close()
            return NotNow("tls_failed")
        except (SMTPException, OSError):
            smtp.close()
            return NotNow("not_connected")
        return _Line(smtp)

    async def _on(self, line: _Line, sender: str, recipient: str, content: bytes) -> Delivery:
        kept = False
        try:
            delivery = await self._dialogue(line.smtp, sender, recipient, content)
            kept = isinstance(delivery, Taken | Refused)
        finally:
            if kept:
                self._keep(line)
            else:
                line.smtp.close()
        return delivery

    async def _dialogue(self, smtp: SMTP, sender: str, recipient: str, content: bytes) -> Delivery:
        try:
            await smtp.mail(sender, options=[f"size={len(content)}"] if smtp.supports_extension("size") else None)
            await smtp.rcpt(recipient)
        except SMTPResponseException as answer:
            return _judged(answer)
        except (SMTPException, OSError):
            return NotNow("lost_before_data")
        try:
            await smtp.data(content)
        except SMTPResponseException as answer:
            return _judged(answer)
        except (SMTPException, OSError):
            return PerhapsTaken("lost_after_data")
        return Taken()

    def _keep(self, line: _Line) -> None:
        line.carried += 1
        if line.carried >= MAILS_A_CONNECTION or not line.smtp.is_connected:
            line.smtp.close()
            return
        line.idle_since = self._now()
        self._idle.append(line)
        if self._closing is None:
            self._closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        self._closing = None
        while self._idle and self._idle[0].idle_since + IDLE_SECONDS <= self._now():
            self._idle.popleft().smtp.close()
        if self._idle:
            self._closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


_START_TLS = {Tls.AUTO: None, Tls.STARTTLS: True, Tls.TLS: False, Tls.NONE: False}


def _judged(answer: SMTPResponseException) -> Refused | NotNow:
    if answer.code >= _FOR_GOOD:
        return Refused(f"{answer.code} {one_line(answer.message)}")
    return NotNow(f"answer_{answer.code}")


def one_line(text: str) -> str:
    """A server's words as an event may carry them: one line, no control characters, at most 180 characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:180]
