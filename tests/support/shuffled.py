"""Concurrent requests, with every step of the system in an order drawn from a seed."""

import asyncio
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any

import httpx

from tests.support.journey import DRAIN_PAUSE_SECONDS, Journey

Request = Coroutine[Any, Any, httpx.Response]
_EAGERNESS = (1, 0.3, 0.1, 0.03, 0.01)
"""How likely the next request begins before the next step: from both at once to one after the other."""
_MOST_STEPS = 20_000
"""Steps after which the requests count as stuck."""


async def at_once(journey: Journey, rng: Random, requests: Sequence[Request]) -> list[httpx.Response]:
    """Begin the requests in a drawn order, and run random steps of the system until all have a response.

    Return the responses in the order of the given requests. The system is at rest afterwards.
    """
    waiting = list(enumerate(requests))
    rng.shuffle(waiting)
    eagerness = rng.choice(_EAGERNESS)
    running: dict[int, asyncio.Task[httpx.Response]] = {}
    for _ in range(_MOST_STEPS):
        if waiting and rng.random() < eagerness:
            number, request = waiting.pop()
            running[number] = asyncio.create_task(request)
        moved = await rng.choice(journey.parts(rng.choice((1, 2, 500)), rng))()
        if not moved:
            # The step found no work, so the requests themselves must proceed.
            await asyncio.sleep(rng.choice((0, DRAIN_PAUSE_SECONDS)))
        if not waiting and all(task.done() for task in running.values()):
            break
    else:
        raise AssertionError("a request got no response")
    await journey.drain()
    return [running[number].result() for number in range(len(requests))]
