"""Finds free ports of the loopback interface, and waits for programs that start."""

import asyncio
import contextlib
import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

LOOPBACK = "127.0.0.1"

_POLL_SECONDS = 0.05


# Below the ephemeral ports, which an outgoing connection could take before the program listens.
_LOWEST, _COUNT = 20_000, 12_000
# Ports of one process differ; ports of processes that start together are far apart.
_counter = itertools.count(os.getpid() * 7919)


def free_port(preferred: int = 0) -> int:
    """The preferred port if it is free, otherwise any free port. It stays reserved for this process until it ends.

    A program may listen only seconds after its port was chosen. Without the reservation, another run on this machine
    could choose the same port meanwhile, and a test would speak to the servers of another test.
    """
    port = preferred or _any_port()
    while not (_reserve(port) and _is_free(port)):
        port = _any_port()
    return port


@cache
def _reservations() -> int:
    """The file in which each byte stands for a port; a process locks the bytes of its ports."""
    path = Path(tempfile.gettempdir()) / f"headcount-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _reserve(port: int) -> bool:
    """Lock the port's byte; False if another process holds it. The system frees it when this process ends."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _any_port() -> int:
    return _LOWEST + next(_counter) % _COUNT


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


async def answers(port: int) -> bool:
    """Whether a program accepts connections at this port."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def until(ready: Callable[[], Awaitable[bool]], *, still_alive: Callable[[], None], seconds: float) -> None:
    """Poll until `ready` is true; TimeoutError after `seconds`.

    Polling is necessary, because a starting program notifies nobody. `still_alive` raises if the program has ended.
    """
    async with asyncio.timeout(seconds):
        while not await ready():
            still_alive()
            await asyncio.sleep(_POLL_SECONDS)
