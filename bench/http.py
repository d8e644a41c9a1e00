"""A bare HTTP connection: what a client costs must not be what is measured."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

import orjson

from services.gateway.api.request import browser_cookie, session_cookie

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class WrongAnswerError(RuntimeError):
    """The gateway answered otherwise than what is measured."""


class Connection:
    """One kept-open HTTP/1.1 connection to the gateway, and the cookies that are sent along."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._url = url
        self._reader = reader
        self._writer = writer
        self._cookies: dict[str, str] = {}

    @classmethod
    async def to(cls, url: str, session: str | None = None) -> Self:
        """Connect; with `session` as whoever has that token."""
        place = urlsplit(url)
        connection = cls(url, *await asyncio.open_connection(place.hostname, place.port))
        if session is not None:
            connection._cookies[session_cookie(url)] = session
        return connection

    def forget(self) -> None:
        """Be a browser that has never been here."""
        self._cookies.pop(browser_cookie(self._url), None)
        self._cookies.pop(session_cookie(self._url), None)

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None, *, wants: int = 200) -> bytes:
        """Ask and read the whole answer; answers its body. WrongAnswerError when the status is not the one wanted."""
        content = b"" if body is None else orjson.dumps(body)
        return await self._ask(method, f"/api/v1{path}", "Content-Type: application/json", content, wants)

    async def page(self, path: str) -> bytes:
        """A page as a browser asks for it; answers it as it was sent, compressed."""
        return await self._ask("GET", path, "Accept: text/html\r\nAccept-Encoding: gzip", b"", 200)

    async def _ask(self, method: str, target: str, headers: str, content: bytes, wants: int) -> bytes:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: gateway\r\nOrigin: {self._url}\r\nCookie: {cookies}\r\n"
            f"{headers}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answered)
        answer = await self._reader.readexactly(int(length[1]) if length else 0)
        status = int(answered.split(b" ", 2)[1])
        if status != wants:
            raise WrongAnswerError(f"{method} {target} answered {status}: {answer.decode()}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
