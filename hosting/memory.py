"""Free memory goes back to the system: the C library keeps megabytes after the imports, and more after a burst."""

from __future__ import annotations

import asyncio
import ctypes
from contextlib import suppress

SECONDS = 30.0
"""How often; it takes a millisecond or two."""


def give_back() -> None:
    """Give free pages back, where the C library can (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


async def keep_giving_back() -> None:
    """Give free pages back now and then, until cancelled."""
    while True:
        give_back()
        await asyncio.sleep(SECONDS)
