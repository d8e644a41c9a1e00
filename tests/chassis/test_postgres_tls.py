"""Postgres over TLS: with `verify-full`, a pool connects only to the server that its authority certifies for its host.

The wheel's Postgres is built without TLS, so the test ends TLS in front of it, as Postgres's protocol begins it.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest

from contracts.vocabulary import Service
from database.postgres import connection, is_transient, open_pool
from tests.support.certificates import Authority
from tests.support.servers import Postgres

_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@asynccontextmanager
async def with_tls(postgres: Postgres, authority: Authority, host: str) -> AsyncIterator[str]:
    """The superuser's address of this database behind TLS, with a certificate for this host."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("postgres", host=host))
    address = urlsplit(postgres.url)

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            assert await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST, "a client that wants no TLS"
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection(address.hostname, address.port)
            await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    credentials = address.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(address._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
    finally:
        server.close()


async def answer(url: str, authority: Authority) -> int:
    """What a pool's connection answers. Raises what opening the pool raises when the server is another one."""
    query = urlencode({"sslmode": "verify-full", "sslrootcert": str(authority.file)})
    pool = await open_pool(f"{url}?{query}", Service.MEMBERS, size=1)
    try:
        async with connection(pool) as db:
            return int(await db.fetchval("SELECT 42"))
    finally:
        await pool.close()


async def test_a_pool_connects_only_to_the_server_that_its_authority_certifies_for_its_host(
    postgres: Postgres, tmp_path: Path
) -> None:
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "stranger", "another authority")
    async with with_tls(postgres, ours, "127.0.0.1") as url:
        assert await answer(url, ours) == 42
        with pytest.raises(OSError, match="unable to get local issuer certificate") as unknown:
            await answer(url, stranger)
        assert is_transient(unknown.value), "it counts as away"
    async with with_tls(postgres, ours, "elsewhere.example") as url:
        with pytest.raises(OSError, match="IP address mismatch"):
            await answer(url, ours)
