"""What a connection may cost, tried with raw sockets: each bound has an answer, and ends what is beyond it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from webserver.bounds import LINGER_SECONDS, Connections, HttpBounds, make_room_for_files
from webserver.client_address import network_of
from webserver.server import Asgi, Listener, Receive, Scope, Send, Server

BOUNDS = HttpBounds()
SECONDS = 20


@dataclass
class Served:
    """A server under test."""

    server: Server
    bounds: HttpBounds
    scopes: list[Scope]
    clients: list["Client"] = field(default_factory=list)

    async def connect(self, host: str = "127.0.0.1") -> "Client":
        """Open a connection from this address."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.server.port, local_addr=(host, 0)))
        self.clients.append(client)
        return client

    async def pass_time(self, seconds: float) -> None:
        """Sweep as if so many seconds had passed, after the server has read what was sent."""
        for _ in range(10):
            await asyncio.sleep(0)
        self.server.connections.sweep(asyncio.get_running_loop().time() + seconds)


@dataclass
class Client:
    """A client without manners."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next response."""
        async with asyncio.timeout(SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, body

    async def refused(self, status: int) -> None:
        """Check that the answer is this refusal, and that the server ends the connection."""
        answered, headers, body = await self.answer()
        assert answered == status
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert json.loads(body)["status"] == status
        await self.ended()

    async def ended(self) -> None:
        """Check that nothing more comes."""
        async with asyncio.timeout(SECONDS):
            assert await self.reader.read() == b""
        self.writer.close()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body; `/unread` does not read it."""
    size = 0
    while scope["path"] != "/unread":
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        size += len(message["body"])
        if not message["more_body"]:
            break
    body = str(size).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(
    bounds: HttpBounds = BOUNDS, app: Asgi = echo, counted_as: Callable[[str], str | None] = network_of
) -> AsyncIterator[Served]:
    scopes: list[Scope] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await app(scope, receive, send)

    server = Server(Listener("test", noting, "127.0.0.1", 0, bounds, counted_as))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    served = Served(server, bounds, scopes)
    yield served
    for client in served.clients:
        client.writer.transport.abort()
    await _until(lambda: not server.server_state.connections)
    server.should_exit = True
    await running


GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_requests_within_the_bounds_are_served_one_after_another_and_pipelined() -> None:
    async with serving() as served:
        client = await served.connect()
        for _ in range(3):
            await client.send(GET)
            assert (await client.answer())[::2] == (200, b"0")
        await client.send(GET * 5)
        for _ in range(5):
            assert (await client.answer())[::2] == (200, b"0")
        large = b"x" * 1_000_000
        await client.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(large) + large + GET)
        assert (await client.answer())[::2] == (200, str(len(large)).encode())
        assert (await client.answer())[::2] == (200, b"0")
        await client.send(b"GET / HTTP/1.1\r\ncookie: " + b"c" * (BOUNDS.head_bytes - 100) + b"\r\n\r\n")
        assert (await client.answer())[0] == 200


@pytest.mark.parametrize("piece", [65_536, 1_000])
async def test_a_header_without_end_is_431_and_is_not_read_to_its_end(piece: int) -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"GET / HTTP/1.1\r\nhost: x\r\ncookie: ")
        sent = 0
        while not client.reader.at_eof() and sent < 100_000_000 and not client.reader._buffer:  # type: ignore[attr-defined]
            await client.send(b"c" * piece)
            await asyncio.sleep(0)
            sent += piece
        assert sent < 50_000_000
        await client.refused(431)
        assert served.scopes == []


async def test_a_header_beyond_the_bound_is_431_also_when_it_is_whole_and_after_other_requests() -> None:
    async with serving() as served:
        client = await served.connect()
        large = b"GET / HTTP/1.1\r\ncookie: " + b"c" * BOUNDS.head_bytes + b"\r\n\r\n"
        await client.send(GET)
        assert (await client.answer())[0] == 200
        await client.send(large)
        await client.refused(431)
        assert len(served.scopes) == 1


async def test_a_long_address_is_431() -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"GET /" + b"a" * BOUNDS.head_bytes + b" HTTP/1.1\r\n\r\n")
        await client.refused(431)


async def test_too_many_headers_are_431() -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * BOUNDS.headers + b"\r\n")
        assert (await client.answer())[0] == 200
        await client.send(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (BOUNDS.headers + 1) + b"\r\n")
        await client.refused(431)
        assert len(served.scopes) == 1


async def test_trailers_count_as_headers_and_reach_nobody() -> None:
    async with serving() as served:
        client = await served.connect()
        chunked = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
        await client.send(chunked + b"cookie: a=b\r\n\r\n")
        assert (await client.answer())[::2] == (200, b"1")
        assert dict(served.scopes[0]["headers"]).keys() == {b"transfer-encoding"}
        await client.send(chunked + b"a: b\r\n" * (BOUNDS.headers + 1) + b"\r\n")
        async with asyncio.timeout(SECONDS):
            assert b"HTTP/1.1 431" in await client.reader.read()


async def test_half_a_head_is_408_once_its_time_is_over_and_silence_is_closed_without_a_word() -> None:
    async with serving() as served:
        halves = [await served.connect() for _ in range(20)]
        for client in halves:
            await client.send(b"GET / HTTP/1.1\r\nhos")
        silent = await served.connect()
        whole = await served.connect()
        await whole.send(GET)
        assert (await whole.answer())[0] == 200
        await _until(lambda: len(served.server.connections._admitted) == 22)
        await _until(lambda: sum(one._bytes > 0 for one in served.server.connections._admitted) == 21)  # type: ignore[attr-defined]
        await served.pass_time(BOUNDS.head_seconds - 1)
        assert len(served.server.connections._admitted) == 22
        await served.pass_time(BOUNDS.head_seconds)
        for client in halves:
            await client.refused(408)
        await silent.ended()
        await whole.send(GET)
        assert (await whole.answer())[0] == 200
        await _until(lambda: len(served.server.connections._admitted) == 1)


async def test_a_head_that_drips_is_408_however_often_a_byte_comes() -> None:
    async with serving(HttpBounds(head_seconds=0.05)) as served:
        client = await served.connect()
        await client.send(b"GET / HTTP/1.1\r\nx: ")
        while not client.reader._buffer:  # type: ignore[attr-defined]
            await client.send(b"a")
            await served.pass_time(0)
        await client.refused(408)


async def test_a_body_that_does_not_come_is_408_and_the_application_sees_a_client_that_left() -> None:
    async with serving(HttpBounds(body_seconds=0.05)) as served:
        client = await served.connect()
        await client.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")
        await client.refused(408)


async def test_a_body_that_nobody_reads_ends_its_connection_too() -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")
        assert (await client.answer())[0] == 200
        await served.pass_time(BOUNDS.body_seconds + 10)
        await client.ended()


async def test_a_request_beyond_its_size_ends_its_connection() -> None:
    async with serving(HttpBounds(request_bytes=100_000)) as served:
        client = await served.connect()
        await client.send(b"POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        assert (await client.answer())[0] == 200
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionError):
                while True:  # until the connection is cut
                    await client.send(b"x" * 65_536)
                    await served.pass_time(LINGER_SECONDS + 1)


async def test_a_body_beyond_the_size_is_413_while_the_application_still_reads() -> None:
    async with serving(HttpBounds(request_bytes=100_000)) as served:
        client = await served.connect()
        await client.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"x" * 150_000)
        assert (await client.answer())[0] == 413


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_400_also_after_another_request(nonsense: bytes) -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(nonsense)
        await client.refused(400)
        again = await served.connect()
        await again.send(GET)
        assert (await again.answer())[0] == 200
        await again.send(nonsense)
        await again.refused(400)
        assert len(served.scopes) == 1


async def test_an_unknown_upgrade_is_ignored() -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
        assert (await client.answer())[::2] == (200, b"0")


async def test_connections_of_one_network_are_bounded_and_others_get_in() -> None:
    bounds = HttpBounds(connections_per_network=3)
    async with serving(bounds) as served:
        held = [await served.connect() for _ in range(3)]
        for client in held:
            await client.send(GET)
            assert (await client.answer())[0] == 200
        beyond = await served.connect()
        await beyond.refused(503)
        other = await served.connect("127.0.0.2")
        await other.send(GET)
        assert (await other.answer())[0] == 200
        held[0].writer.close()
        await _until(lambda: len(served.server.connections._admitted) == 3)
        again = await served.connect()
        await again.send(GET)
        assert (await again.answer())[0] == 200


async def test_connections_in_all_are_bounded_also_those_of_a_trusted_proxy() -> None:
    async with serving(HttpBounds(connections=4, connections_per_network=1), counted_as=lambda _: None) as served:
        held = [await served.connect() for _ in range(4)]
        for client in held:
            await client.send(GET)
            assert (await client.answer())[0] == 200
        await (await served.connect()).refused(503)


async def test_a_client_that_stays_after_its_refusal_is_cut_off() -> None:
    async with serving(HttpBounds(connections=1)) as served:
        held = await served.connect()
        await held.send(GET)
        assert (await held.answer())[0] == 200
        beyond = await served.connect()
        assert (await beyond.answer())[0] == 503
        await _until(lambda: len(served.server.connections._turned_away) == 1)
        await served.pass_time(LINGER_SECONDS + 1)
        await _until(lambda: not served.server.connections._turned_away)


async def test_a_response_that_nobody_takes_ends_its_connection() -> None:
    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})

    async with serving(app=endless) as served:
        client = await served.connect()
        await client.send(GET)
        await _until(lambda: any(one.flow.write_paused for one in served.server.connections._admitted))  # type: ignore[attr-defined]
        await served.pass_time(BOUNDS.stalled_seconds - 1)
        assert served.server.connections._admitted
        await served.pass_time(BOUNDS.stalled_seconds)
        await _until(lambda: not served.server.connections._admitted)


async def test_every_header_of_a_proxy_is_a_strangers_word_to_the_server() -> None:
    async with serving() as served:
        client = await served.connect()
        await client.send(b"GET / HTTP/1.1\r\nx-forwarded-for: 198.51.100.1\r\nx-forwarded-proto: https\r\n\r\n")
        assert (await client.answer())[0] == 200
        (scope,) = served.scopes
        assert scope["client"][0] == "127.0.0.1"
        assert scope["scheme"] == "http"


async def test_the_counts_of_connections_end_with_them() -> None:
    connections = Connections(HttpBounds(connections=2, connections_per_network=1), network_of)
    one, two, three = object(), object(), object()
    assert connections.admit(one, "2001:db8::1")  # type: ignore[arg-type]
    assert not connections.admit(two, "2001:db8::2")  # type: ignore[arg-type]
    assert connections.admit(two, "2001:db8:1::2")  # type: ignore[arg-type]
    assert not connections.admit(three, "203.0.113.9")  # type: ignore[arg-type]
    connections.forget(one)  # type: ignore[arg-type]
    connections.forget(one)  # type: ignore[arg-type]
    assert connections.admit(three, "2001:db8::3")  # type: ignore[arg-type]
    assert set(connections._by_network.values()) == {1}


def test_there_are_files_for_all_connections() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, hard))
        make_room_for_files(2_000)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 2_500
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0)
