"""First logins over HTTP, while admins read the members' page and while no admin does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.clinic import Clinic
from bench.driver import Run
from bench.http import Connection, WrongResponseError

PAUSE_SECONDS = 1.0
"""Seconds between an admin's response and the next request."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Readers:
    """Seconds of each page that the admins read meanwhile."""

    pages: tuple[float, ...]


async def log_in(urls: Sequence[str], tokens: Sequence[str], per_second: float) -> Run:
    """Send first logins at a fixed rate, and time each from when it was due until its 201 says Active."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for number in range(min(_AT_ONCE, len(tokens))):
        free.put_nowait(await Connection.to(urls[number % len(urls)]))
    began = time.perf_counter()

    async def log_in_once(number: int, token: str) -> tuple[float, float]:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await free.get()
        connection.forget()
        response = await connection.request("POST", "/sessions", {"token": token}, expected=201)
        over = time.perf_counter()
        free.put_nowait(connection)
        if b'"status":"active"' not in response:
            raise WrongResponseError(response.decode())
        return over, over - due

    ends = await asyncio.gather(*(log_in_once(number, token) for number, token in enumerate(tokens)))
    while not free.empty():
        free.get_nowait().close()
    return Run(max(over for over, _ in ends) - began, tuple(latency for _, latency in ends))


async def while_reading(
    clinic: Clinic, sessions: Sequence[str], tokens: Sequence[str], per_second: float
) -> tuple[Run, Readers]:
    """Do the same while admins read the first page of members, each again a second after the response."""
    rng = Random(1)
    pages: list[float] = []
    over = asyncio.Event()

    async def read(session: str) -> None:
        connection = await Connection.to(clinic.world.gateway, session)
        await asyncio.sleep(rng.random() * PAUSE_SECONDS)
        while not over.is_set():
            began = time.perf_counter()
            await connection.request("GET", "/members")
            pages.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
        connection.close()

    reading = [asyncio.create_task(read(session)) for session in sessions]
    await asyncio.sleep(2 * PAUSE_SECONDS)
    pages.clear()
    run = await log_in([clinic.world.gateway], tokens, per_second)
    over.set()
    await asyncio.gather(*reading)
    return run, Readers(tuple(pages))
