"""A token endpoint for the grant `client_credentials` (RFC 6749, 4.4), which knows one client."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

CLIENT, SECRET = "headcount", "secret-of-a-test"
_AUTHORIZATION = b"authorization: basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode())


@dataclass
class TokenEndpoint:
    """Gives `token()` to the client, or answers `body`. `forms` has what was requested."""

    lasts: float
    body: bytes | None
    token: Callable[[], str]
    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        [length] = [line.partition(b":")[2] for line in lines if line.lower().startswith(b"content-length:")]
        form = dict(parse_qsl((await reader.readexactly(int(length))).decode()))
        known = any(line.lower() == _AUTHORIZATION.lower() for line in lines)
        if known and lines[0].startswith(b"POST /token ") and form["grant_type"] == "client_credentials":
            self.forms.append(form)
            granted = json.dumps({"access_token": self.token(), "token_type": "bearer", "expires_in": self.lasts})
            status, body = b"200 OK", granted.encode() if self.body is None else self.body
        else:
            status, body = b"401 Unauthorized", b'{"error": "invalid_client"}'
        writer.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def token_endpoint(
    lasts: float = 3600, body: bytes | None = None, token: Callable[[], str] | None = None
) -> AsyncIterator[TokenEndpoint]:
    """The endpoint, while the block runs. Its tokens are `token-1`, `token-2` ... unless `token` makes them."""
    numbers = itertools.count(1)
    endpoint = TokenEndpoint(lasts, body, token or (lambda: f"token-{next(numbers)}"))
    server = await asyncio.start_server(endpoint.accept, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
    async with server:
        yield endpoint
