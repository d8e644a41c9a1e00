"""A webhook is Stripe's if a v1 signature of its raw body, at most five minutes old, was made with our secret.

Source: Stripe's documentation, "Verify webhook signatures manually".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

TOLERANCE_SECONDS = 300


def is_stripes(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Whether `Stripe-Signature` belongs to this body and moment. Several secrets are valid while one is rolled."""
    at, signatures = _read(header)
    if at is None or abs(now.timestamp() - at) > TOLERANCE_SECONDS:
        return False
    signed = f"{at}.".encode() + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    # No early return: the time must not tell which signature was nearly right.
    return sum(hmac.compare_digest(own, given) for own in expected for given in signatures) > 0


def _read(header: str) -> tuple[int | None, list[bytes]]:
    at: int | None = None
    signatures: list[bytes] = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= len("9999999999999"):
            at = int(value)
        elif name == "v1":
            signatures.append(value.encode())
    return at, signatures
