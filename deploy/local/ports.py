"""Ports of the loopback interface."""

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Awaitable, Callable

LOOPBACK = "127.0.0.1"

_LOOK_AGAIN_SECONDS = 0.05


# Below what any kernel lends to outgoing connections: one of those would be taken before its program listens at it.
_LOWEST, _COUNT = 20_000, 12_000
# No two of this process are one; those of processes that were started together lie far apart.
_turns = itertools.count(os.getpid() * 7919)


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody has it, otherwise any free one."""
    port = wanted or _any_port()
    while not _is_free(port):
        port = _any_port()
    return port


def _any_port() -> int:
    return _LOWEST + next(_turns) % _COUNT


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


async def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def until(ready: Callable[[], Awaitable[bool]], *, still_alive: Callable[[], None], seconds: float) -> None:
    """Ask until the answer is yes.

    A program that is starting has nobody to notify us, so asking is all there is. `still_alive` raises when waiting
    has become pointless; TimeoutError after `seconds`.
    """
    async with asyncio.timeout(seconds):
        while not await ready():
            still_alive()
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
