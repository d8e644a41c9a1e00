"""Real SMTP dialogues: the outcome of a mail, wherever the mail server or the connection fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.clients.smtp import MailServer, SmtpCarrier, Tls, one_line
from services.notifier.domain.after_sending import Accepted, PermanentFailure, TransientFailure, UnknownOutcome
from services.notifier.mails.branding import branding
from services.notifier.mails.rendering import Renderer
from services.notifier.mails.samples import LOGIN_CODE

RENDERER = Renderer(branding("Headcount <no-reply@mail.example>", "https://seats.example"))


def mail(number: int = 1, to: str = "mia@clinic.example") -> EmailMessage:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return RENDERER.message(LOGIN_CODE, to=to, message_id=f"<{number}@mail.example>", at=at)


@dataclass
class Handler:
    """A mail server with scripted replies, which keeps the mails that it accepted."""

    at_mail: str | None = None
    at_rcpt: str | None = None
    at_data: str | None = None
    hang_up_at: str | None = None
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    def hang_up(self, where: str) -> None:
        if self.hang_up_at == where:
            self.transports[-1].abort()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.hang_up("mail")
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        self.senders.append(address)
        return "250 OK"

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.hang_up("rcpt")
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        self.taken.append(envelope.original_content or b"")
        self.hang_up("answer")
        return self.at_data or "250 OK"


class Counted(SMTP):
    """Counts its connections."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections += 1
        self.event_handler.open_now += 1
        self.event_handler.most_open = max(self.event_handler.most_open, self.event_handler.open_now)
        assert isinstance(transport, asyncio.Transport)
        self.event_handler.transports.append(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open_now -= 1
        super().connection_lost(error)


@dataclass
class World:
    handler: Handler
    server: asyncio.Server
    port: int
    carriers: list[SmtpCarrier] = field(default_factory=list)

    def carrier(self, connections: int = 4) -> SmtpCarrier:
        carrier = SmtpCarrier(MailServer("127.0.0.1", self.port, Tls.NONE, connections=connections, timeout=5))
        self.carriers.append(carrier)
        return carrier


@pytest.fixture
async def world() -> AsyncIterator[World]:
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Counted(handler, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    world = World(handler, server, server.sockets[0].getsockname()[1])
    yield world
    for carrier in world.carriers:
        await carrier.close()
    for transport in handler.transports:
        transport.abort()
    server.close()


async def test_an_accepted_mail_arrives_as_it_was_built(world: World) -> None:
    assert await world.carrier().send(mail()) == Accepted()
    (content,) = world.handler.taken
    assert b"Message-ID: <1@mail.example>\r\n" in content
    assert b"Content-Type: text/html" in content
    assert world.handler.senders == ["no-reply@mail.example"]


async def test_the_client_greets_with_its_public_host_name(world: World) -> None:
    carrier = SmtpCarrier(MailServer("127.0.0.1", world.port, Tls.NONE, greeting="seats.example"))
    assert await carrier.send(mail()) == Accepted()
    await carrier.close()
    assert world.handler.greetings == ["seats.example"]


@pytest.mark.parametrize("where", ["at_mail", "at_rcpt", "at_data"])
async def test_a_permanent_failure_carries_the_servers_text(world: World, where: str) -> None:
    setattr(world.handler, where, "550 5.1.1 No such mailbox")
    assert await world.carrier().send(mail()) == PermanentFailure("550 5.1.1 No such mailbox")


@pytest.mark.parametrize("where", ["at_mail", "at_rcpt", "at_data"])
async def test_a_4xx_reply_is_a_transient_failure(world: World, where: str) -> None:
    setattr(world.handler, where, "451 4.3.0 Try later")
    assert await world.carrier().send(mail()) == TransientFailure("answer_451")


@pytest.mark.parametrize("where", ["mail", "rcpt"])
async def test_a_connection_lost_before_the_message_is_a_transient_failure(world: World, where: str) -> None:
    world.handler.hang_up_at = where
    assert await world.carrier().send(mail()) == TransientFailure("lost_before_data")
    assert world.handler.taken == []


async def test_a_connection_lost_after_the_message_is_an_unknown_outcome(world: World) -> None:
    world.handler.hang_up_at = "answer"
    assert await world.carrier().send(mail()) == UnknownOutcome("lost_after_data")
    assert len(world.handler.taken) == 1


async def test_a_mail_server_that_is_down_is_a_transient_failure(world: World) -> None:
    world.server.close()
    await world.server.wait_closed()
    assert await world.carrier().send(mail()) == TransientFailure("not_connected")


async def test_a_5xx_reply_to_the_connection_is_a_transient_failure() -> None:
    async def no_service(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 No service here\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(no_service, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await SmtpCarrier(MailServer("127.0.0.1", port, Tls.NONE)).send(mail()) == TransientFailure("not_let_in_554")
    server.close()


async def test_a_server_without_the_required_tls_gets_no_message(world: World) -> None:
    carrier = SmtpCarrier(MailServer("127.0.0.1", world.port, Tls.STARTTLS))
    assert isinstance(await carrier.send(mail()), TransientFailure)
    assert world.handler.taken == []


async def test_consecutive_mails_share_a_connection(world: World) -> None:
    carrier = world.carrier()
    assert [await carrier.send(mail(n)) for n in range(20)] == [Accepted()] * 20
    assert world.handler.connections == 1


async def test_a_permanent_failure_leaves_the_connection_open_for_the_next_mail(world: World) -> None:
    carrier = world.carrier()
    world.handler.at_rcpt = "550 No"
    await carrier.send(mail(1))
    world.handler.at_rcpt = None
    assert await carrier.send(mail(2)) == Accepted()
    assert world.handler.connections == 1


async def test_a_connection_is_replaced_after_a_hundred_mails(world: World) -> None:
    carrier = world.carrier()
    for n in range(101):
        assert await carrier.send(mail(n)) == Accepted()
    assert world.handler.connections == 2


async def test_a_burst_of_two_hundred_mails_shares_a_few_connections_and_loses_none(world: World) -> None:
    carrier = world.carrier(connections=4)
    assert await asyncio.gather(*(carrier.send(mail(n)) for n in range(200))) == [Accepted()] * 200
    ids = {line for content in world.handler.taken for line in content.split(b"\r\n") if line.startswith(b"Message-ID")}
    assert len(ids) == 200
    assert world.handler.most_open <= 4
    assert world.handler.connections <= 4


async def test_an_idle_connection_that_the_server_closed_is_replaced(world: World) -> None:
    carrier = world.carrier()
    await carrier.send(mail(1))
    world.handler.transports[-1].abort()
    assert await carrier.send(mail(2)) == Accepted()
    assert len(world.handler.taken) == 2


def test_a_servers_text_is_cut_to_one_short_line() -> None:
    assert one_line("No\r\nsuch\x00 mailbox " + "x" * 500) == "No such mailbox " + "x" * 164
