"""Keyed hashes of codes, links, tokens and counted subjects: a copy of the database opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets


class Hashing:
    """Keyed hashes under the pepper, which is a setting and is in no database."""

    def __init__(self, pepper: str) -> None:
        self._pepper = pepper.encode()

    def of(self, kind: str, *parts: str) -> bytes:
        """The hash of a secret of some kind; the same text of another kind has another hash."""
        return hmac.new(self._pepper, "\n".join((kind, *parts)).encode(), hashlib.sha256).digest()

    def token(self, kind: str, token: str | None) -> bytes | None:
        """The hash of a token, if there is one."""
        return None if token is None else self.of(kind, token)


def new_token() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """128 random bits, for the one-click link."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Four random digits."""
    return f"{secrets.randbelow(10_000):04}"
