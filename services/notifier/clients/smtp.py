"""Hands mails to a mail server over SMTP, on a few connections that a burst of mails shares.

The moment of a failure decides its outcome. Before the message is sent, the mail was certainly not taken; between the
message and the server's reply, the outcome is unknown.
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
from opentelemetry import trace

from services.notifier.domain.after_sending import (
    Accepted,
    Delivery,
    PermanentFailure,
    TransientFailure,
    UnknownOutcome,
)

_PERMANENT = 500
IDLE_SECONDS = 20.0
"""How long an idle connection is kept open. Mail servers close idle connections after minutes."""
MAILS_PER_CONNECTION = 100
"""After so many mails a connection is closed: some servers allow no more."""


class Tls(StrEnum):
    """How the connection is protected. AUTO uses STARTTLS if offered; an attacker on the way can hide the offer."""

    AUTO = "auto"
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to reach it."""

    host: str
    port: int
    tls: Tls = Tls.AUTO
    username: str | None = None
    password: str | None = None
    connections: int = 8
    timeout: float = 30.0
    """Seconds to wait for each reply."""
    greeting: str = "localhost"
    """The host name that EHLO sends. Some servers refuse a client that calls itself localhost."""


@dataclass(slots=True)
class _Connection:
    """A connection and how many mails it has carried."""

    smtp: SMTP
    carried: int = 0
    idle_since: float = 0.0


class SmtpCarrier:
    """Sends mails, at most `connections` at once. Idle connections are closed after a while."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._slots = asyncio.Semaphore(server.connections)
        self._idle: deque[_Connection] = deque()
        self._close_timer: asyncio.TimerHandle | None = None

    async def send(self, message: EmailMessage) -> Delivery:
        """Hand over one message to the single address in its To header."""
        attributes: dict[str, str | int] = {"server.address": self._server.host, "server.port": self._server.port}
        with trace.get_tracer("headcount").start_as_current_span(
            "send mail", kind=trace.SpanKind.CLIENT, attributes=attributes
        ) as span:
            delivery = await self._hand_over(message)
            span.set_attribute("network.protocol.name", "smtp")
            span.set_attribute("outcome", type(delivery).__name__)
            return delivery

    async def _hand_over(self, message: EmailMessage) -> Delivery:
        sender, recipient = envelope_of(message)
        content = message.as_bytes(policy=SMTP_POLICY)
        async with self._slots:
            connection = self._reuse()
            if connection is not None and await self._is_alive(connection):
                return await self._send_on(connection, sender, recipient, content)
            opened = await self._open()
            if isinstance(opened, TransientFailure):
                return opened
            return await self._send_on(opened, sender, recipient, content)

    async def close(self) -> None:
        """Close every idle connection."""
        if self._close_timer is not None:
            self._close_timer.cancel()
        while self._idle:
            self._idle.popleft().smtp.close()

    def _reuse(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.smtp.is_connected and connection.idle_since + IDLE_SECONDS > self._now():
                return connection
            connection.smtp.close()
        return None

    async def _is_alive(self, connection: _Connection) -> bool:
        """Whether the server still answers: it may have closed the connection unnoticed."""
        try:
            await connection.smtp.rset()
        except (SMTPException, OSError):
            connection.smtp.close()
            return False
        return True

    async def _open(self) -> _Connection | TransientFailure:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout,
            use_tls=server.tls is Tls.TLS,
            start_tls=_START_TLS[server.tls],
            username=server.username,
            password=server.password,
            local_hostname=server.greeting,  # without a name it looks up our own in DNS, and blocks meanwhile
        )
        try:
            await smtp.connect()
        except SMTPResponseException as reply:
            smtp.close()
            return TransientFailure(f"not_let_in_{reply.code}")
        except ssl.SSLError:
            smtp.close()
            return TransientFailure("tls_failed")
        except (SMTPException, OSError):
            smtp.close()
            return TransientFailure("not_connected")
        return _Connection(smtp)

    async def _send_on(self, connection: _Connection, sender: str, recipient: str, content: bytes) -> Delivery:
        reusable = False
        try:
            delivery = await self._transmit(connection.smtp, sender, recipient, content)
            reusable = isinstance(delivery, Accepted | PermanentFailure)
        finally:
            if reusable:
                self._keep(connection)
            else:
                connection.smtp.close()
        return delivery

    async def _transmit(self, smtp: SMTP, sender: str, recipient: str, content: bytes) -> Delivery:
        try:
            await smtp.mail(sender, options=[f"size={len(content)}"] if smtp.supports_extension("size") else None)
            await smtp.rcpt(recipient)
        except SMTPResponseException as reply:
            return _failure(reply)
        except (SMTPException, OSError):
            return TransientFailure("lost_before_data")
        try:
            await smtp.data(content)
        except SMTPResponseException as reply:
            return _failure(reply)
        except (SMTPException, OSError):
            return UnknownOutcome("lost_after_data")
        return Accepted()

    def _keep(self, connection: _Connection) -> None:
        connection.carried += 1
        if connection.carried >= MAILS_PER_CONNECTION or not connection.smtp.is_connected:
            connection.smtp.close()
            return
        connection.idle_since = self._now()
        self._idle.append(connection)
        if self._close_timer is None:
            self._close_timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        self._close_timer = None
        while self._idle and self._idle[0].idle_since + IDLE_SECONDS <= self._now():
            self._idle.popleft().smtp.close()
        if self._idle:
            self._close_timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def envelope_of(message: EmailMessage) -> tuple[str, str]:
    """The sender and the recipient that the server is given: the addresses of the From and To headers."""
    return parseaddr(str(message["From"]))[1], parseaddr(str(message["To"]))[1]


_START_TLS = {Tls.AUTO: None, Tls.STARTTLS: True, Tls.TLS: False, Tls.NONE: False}


def _failure(reply: SMTPResponseException) -> PermanentFailure | TransientFailure:
    if reply.code >= _PERMANENT:
        return PermanentFailure(f"{reply.code} {one_line(reply.message)}")
    return TransientFailure(f"answer_{reply.code}")


def one_line(text: str) -> str:
    """A server's text as an event may carry it: one line, no control characters, at most 180 characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:180]
