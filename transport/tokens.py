"""Tokens of OAUTHBEARER: from a file that something else keeps fresh, or from a token endpoint (RFC 6749, 4.4)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.abc import AbstractTokenProvider

_ENDPOINT_SECONDS = 10.0
_SPARE_SECONDS = 30.0
"""A token that ends so soon is not used for a new connection."""


@dataclass(frozen=True, slots=True)
class FileTokens(AbstractTokenProvider):
    """The content of a file, read for each connection: Kubernetes renews a projected token in place."""

    path: Path

    async def token(self) -> str:
        """The token; OSError if the file cannot be read."""
        return (await asyncio.to_thread(self.path.read_text)).strip()


@dataclass(slots=True)
class EndpointTokens(AbstractTokenProvider):
    """Tokens that a client gets for its id and secret, each used until it ends."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    async def token(self) -> str:
        """The token; OSError if the endpoint gives none."""
        if time.monotonic() >= self._until:
            await self._renew()
        return self._token

    async def _renew(self) -> None:
        import httpx  # few clusters have a token endpoint, and an HTTP client takes megabytes of every service

        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        try:
            async with httpx.AsyncClient(timeout=_ENDPOINT_SECONDS) as client:
                answer = await client.post(self.url, data=form, auth=(self.client_id, self.client_secret))
                answer.raise_for_status()
                body = answer.json()
                self._token, seconds = str(body["access_token"]), float(body.get("expires_in", 0))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as wrong:
            raise OSError(f"the token endpoint gives no token ({type(wrong).__name__})") from wrong
        self._until = time.monotonic() + seconds - _SPARE_SECONDS
