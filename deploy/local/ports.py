"""Ports of the loopback interface."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

LOOPBACK = "127.0.0.1"

_LOOK_AGAIN_SECONDS = 0.05


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody has it, otherwise any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


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
