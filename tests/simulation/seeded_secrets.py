"""Random numbers of a seed in place of the module `secrets`."""

from __future__ import annotations

import secrets as real_secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch


class _Seeded:
    """Stands in for the module `secrets` with numbers from a seed, so that no decision depends on real randomness."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}/secrets")

    def token_bytes(self, count: int) -> bytes:
        return self._rng.randbytes(count)

    def token_hex(self, count: int) -> str:
        return self._rng.randbytes(count).hex()

    def token_urlsafe(self, count: int) -> str:
        return urlsafe_b64encode(self._rng.randbytes(count)).rstrip(b"=").decode()

    def randbelow(self, most: int) -> int:
        return self._rng.randrange(most)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  anything of secrets that is not random
        return getattr(real_secrets, name)


@contextmanager
def seeded_secrets(seed: int) -> Iterator[None]:
    """Draw codes, tokens, keys, and Stripe's ids from the seed."""
    seeded = _Seeded(seed)
    with (
        patch("services.gateway.application.hashing.secrets", seeded),
        patch("services.gateway.application.api_keys.secrets", seeded),
        patch("deploy.local.stripe_standin.ids.secrets", seeded),
    ):
        yield
