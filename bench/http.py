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
        return _wanted(wants, f"{method} {path}", await self.answer(method, path, body))

    async def answer(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
        """Ask and read the whole answer, whatever it is: its status and its body."""
        content = b"" if body is None else orjson.dumps(body)
        return await self._ask(method, f"/api/v1{path}", "Content-Type: application/json", content)

    async def page(self, path: str) -> bytes:
        """A page as a browser asks for it; answers it as it was sent, compressed."""
        seen = await self._ask("GET", path, "Accept: text/html\r\nAccept-Encoding: gzip", b"")
        return _wanted(200, f"GET {path}", seen)

    async def _ask(self, method: str, target: str, headers: str, content: bytes) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: gateway\r\nOrigin: {self._url}\r\nCookie: {cookies}\r\n"
            f"{headers}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        if self._reader.at_eof():
            # The gateway hangs up on who has asked nothing for half a minute.
            place = urlsplit(self._url)
            self._reader, self._writer = await asyncio.open_connection(place.hostname, place.port)
        self._writer.write(head.encode() + content)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answered)
        answer = await self._reader.readexactly(int(length[1]) if length else 0)
        return int(answered.split(b" ", 2)[1]), answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def _wanted(wants: int, asked: str, answered: tuple[int, bytes]) -> bytes:
    status, answer = answered
    if status != wants:
        raise WrongAnswerError(f"{asked} answered {status}: {answer.decode(errors='replace')}")
    return answer
