"""Secrets cross the bus sealed: codes, links, URLs. Keys rotate: the first key seals, every key opens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBrokenError(ValueError):
    """No key opens it any more: it has expired (or was never ours). It is dropped and counted."""


class Sealing:
    """Seals and opens small mappings of text."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one sealing key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: Mapping[str, str]) -> str:
        """Encrypt; returns URL-safe text."""
        return self._fernet.encrypt(json.dumps(dict(secret)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """Decrypt; SealBrokenError when no key does."""
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as broken:
            raise SealBrokenError("no key opens this seal") from broken
        return opened
