"""A bare HTTP connection, so that the client's own cost does not count in the measurement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

import orjson

from services.gateway.api.request import browser_cookie, session_cookie

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class WrongResponseError(RuntimeError):
    """The gateway responded with another status than expected."""


class Connection:
    """One kept-open HTTP/1.1 connection to the gateway, with its cookies."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._url = url
        self._reader = reader
        self._writer = writer
        self._cookies: dict[str, str] = {}

    @classmethod
    async def to(cls, url: str, session: str | None = None) -> Self:
        """Connect; `session` is the token of the session to use."""
        place = urlsplit(url)
        connection = cls(url, *await asyncio.open_connection(place.hostname, place.port))
        if session is not None:
            connection._cookies[session_cookie(url)] = session
        return connection

    def forget(self) -> None:
        """Drop the cookies, like a browser that has never been here."""
        self._cookies.pop(browser_cookie(self._url), None)
        self._cookies.pop(session_cookie(self._url), None)

    async def request(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, expected: int = 200
    ) -> bytes:
        """Send a request and return the response's body. WrongResponseError if the status is not the expected one."""
        return _checked(expected, f"{method} {path}", await self.exchange(method, path, body))

    async def exchange(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
        """Send a request and return the response's status and body, whatever the status is."""
        content = b"" if body is None else orjson.dumps(body)
        return await self._send(method, f"/api/v1{path}", "Content-Type: application/json", content)

    async def page(self, path: str) -> bytes:
        """Request a page as a browser does; return the body as it was sent, compressed."""
        response = await self._send("GET", path, "Accept: text/html\r\nAccept-Encoding: gzip", b"")
        return _checked(200, f"GET {path}", response)

    async def _send(self, method: str, target: str, headers: str, content: bytes) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: gateway\r\nOrigin: {self._url}\r\nCookie: {cookies}\r\n"
            f"{headers}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        if self._reader.at_eof():
            # The gateway closes a connection without a request for half a minute.
            place = urlsplit(self._url)
            self._reader, self._writer = await asyncio.open_connection(place.hostname, place.port)
        self._writer.write(head.encode() + content)
        head_received = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head_received)
        body_received = await self._reader.readexactly(int(length[1]) if length else 0)
        return int(head_received.split(b" ", 2)[1]), body_received

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def _checked(expected: int, request_line: str, response: tuple[int, bytes]) -> bytes:
    status, body = response
    if status != expected:
        raise WrongResponseError(f"{request_line} got {status}: {body.decode(errors='replace')}")
    return body
