"""A network between a process and a server, which a test can lose without a word: no connection closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Network:
    """Passes on bytes in both directions, while it is there."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._there = asyncio.Event()
        self._there.set()
        self._ways: set[asyncio.Task[None]] = set()
        self._to_server: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._closed = False
        self.port = 0

    def lose(self) -> None:
        """Pass on nothing more. Both ends believe that they are connected."""
        self._there.clear()

    def find(self) -> None:
        """Pass on what waited, and all that comes."""
        self._there.set()

    def ports_at_server(self) -> set[int]:
        """The ports by which the server knows the connections."""
        return {writer.get_extra_info("sockname")[1] for writer in self._to_server}

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client to the server. If that is away, the client's connection ends."""
        self._writers.add(writer)
        try:
            to_server, from_server = await asyncio.open_connection(*self._server)
        except OSError:
            await self._cut(writer)
            return
        self._writers.add(from_server)
        if self._closed:
            await self._cut(writer, from_server)
            return
        self._to_server.add(from_server)
        for source, sink in ((reader, from_server), (to_server, writer)):
            way = asyncio.create_task(self._pass_on(source, sink))
            self._ways.add(way)
            way.add_done_callback(self._ways.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while data := await source.read(65536):
                    await self._there.wait()
                    sink.write(data)
                    await sink.drain()
        finally:
            await self._cut(sink)

    async def _cut(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            self._to_server.discard(writer)
            self._writers.discard(writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def close(self) -> None:
        """Cut every connection, also those that are being made."""
        self._closed = True
        for way in list(self._ways):
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)
        await self._cut(*self._writers)


@asynccontextmanager
async def network_to(host: str, port: int) -> AsyncIterator[Network]:
    """A network in front of a server; clients connect to its `port` on loopback."""
    network = Network(host, port)
    server = await asyncio.start_server(network.accept, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        server.close()
        await network.close()
