"""Real SMTP dialogues: what came of a mail, wherever the mail server or the connection fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.clients.smtp import MailServer, SmtpCarrier, Tls, one_line
from services.notifier.domain.after_sending import NotNow, PerhapsTaken, Refused, Taken
from services.notifier.mails.branding import branding
from services.notifier.mails.kinds import LoginCode
from services.notifier.mails.rendering import Renderer

RENDERER = Renderer(branding("Headcount <no-reply@mail.example>", "https://seats.example"))


def mail(number: int = 1, to: str = "mia@clinic.example") -> EmailMessage:
    code = LoginCode("0412", "https://seats.example/login/abc", 10)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return RENDERER.message(code, to=to, message_id=f"<{number}@mail.example>", at=at)


@dataclass
class Handler:
    """A mail server's mind: answers as told, keeps what it took."""

    at_mail: str | None = None
    at_rcpt: str | None = None
    at_data: str | None = None
    hang_up_at: str | None = None
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    lines: list[asyncio.Transport] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    def hang_up(self, where: str) -> None:
        if self.hang_up_at == where:
            self.lines[-1].abort()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.hang_up("mail")
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        self.senders.append(address)
        return "250 OK"

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
        self.event_handler.lines.append(transport)
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
        made = SmtpCarrier(MailServer("127.0.0.1", self.port, Tls.NONE, connections=connections, timeout=5))
        self.carriers.append(made)
        return made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Counted(handler, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    made = World(handler, server, server.sockets[0].getsockname()[1])
    yield made
    for carrier in made.carriers:
        await carrier.close()
    for line in handler.lines:
        line.abort()
    server.close()


async def test_a_mail_that_the_server_takes_is_taken_as_it_was_built(world: World) -> None:
    assert await world.carrier().send(mail()) == Taken()
    (content,) = world.handler.taken
    assert b"Message-ID: <1@mail.example>\r\n" in content
    assert b"Content-Type: text/html" in content
    assert world.handler.senders == ["no-reply@mail.example"]


@pytest.mark.parametrize("where", ["at_mail", "at_rcpt", "at_data"])
async def test_a_refusal_for_good_is_told_in_the_servers_words(world: World, where: str) -> None:
    setattr(world.handler, where, "550 5.1.1 No such mailbox")
    assert await world.carrier().send(mail()) == Refused("550 5.1.1 No such mailbox")


@pytest.mark.parametrize("where", ["at_mail", "at_rcpt", "at_data"])
async def test_a_refusal_for_now_is_not_now(world: World, where: str) -> None:
    setattr(world.handler, where, "451 4.3.0 Try later")
    assert await world.carrier().send(mail()) == NotNow("answer_451")


@pytest.mark.parametrize("where", ["mail", "rcpt"])
async def test_a_connection_lost_before_the_message_was_sent_is_not_now(world: World, where: str) -> None:
    world.handler.hang_up_at = where
    assert await world.carrier().send(mail()) == NotNow("lost_before_data")
    assert world.handler.taken == []


async def test_a_connection_lost_after_the_message_was_sent_is_perhaps_taken(world: World) -> None:
    world.handler.hang_up_at = "answer"
    assert await world.carrier().send(mail()) == PerhapsTaken("lost_after_data")
    assert len(world.handler.taken) == 1


async def test_a_mail_server_that_is_not_there_is_not_now(world: World) -> None:
    world.server.close()
    await world.server.wait_closed()
    assert await world.carrier().send(mail()) == NotNow("not_connected")


async def test_a_server_that_lets_nobody_in_is_not_now_even_with_a_five_hundred() -> None:
    async def no_service(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 No service here\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(no_service, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await SmtpCarrier(MailServer("127.0.0.1", port, Tls.NONE)).send(mail()) == NotNow("not_let_in_554")
    server.close()


async def test_a_server_that_offers_no_tls_where_it_is_required_is_handed_nothing(world: World) -> None:
    carrier = SmtpCarrier(MailServer("127.0.0.1", world.port, Tls.STARTTLS))
    assert isinstance(await carrier.send(mail()), NotNow)
    assert world.handler.taken == []


async def test_mails_one_after_another_share_a_connection(world: World) -> None:
    carrier = world.carrier()
    assert [await carrier.send(mail(n)) for n in range(20)] == [Taken()] * 20
    assert world.handler.connections == 1


async def test_a_refused_mail_leaves_the_connection_to_the_next(world: World) -> None:
    carrier = world.carrier()
    world.handler.at_rcpt = "550 No"
    await carrier.send(mail(1))
    world.handler.at_rcpt = None
    assert await carrier.send(mail(2)) == Taken()
    assert world.handler.connections == 1


async def test_a_connection_is_renewed_after_a_hundred_mails(world: World) -> None:
    carrier = world.carrier()
    for n in range(101):
        assert await carrier.send(mail(n)) == Taken()
    assert world.handler.connections == 2


async def test_a_burst_of_two_hundred_shares_a_few_connections_and_loses_none(world: World) -> None:
    carrier = world.carrier(connections=4)
    assert await asyncio.gather(*(carrier.send(mail(n)) for n in range(200))) == [Taken()] * 200
    ids = {line for content in world.handler.taken for line in content.split(b"\r\n") if line.startswith(b"Message-ID")}
    assert len(ids) == 200
    assert world.handler.most_open <= 4
    assert world.handler.connections <= 4


async def test_a_kept_connection_that_the_server_hung_up_is_replaced_unnoticed(world: World) -> None:
    carrier = world.carrier()
    await carrier.send(mail(1))
    world.handler.lines[-1].abort()
    assert await carrier.send(mail(2)) == Taken()
    assert len(world.handler.taken) == 2


def test_a_servers_words_are_one_short_line() -> None:
    assert one_line("No\r\nsuch\x00 mailbox " + "x" * 500) == "No such mailbox " + "x" * 164
