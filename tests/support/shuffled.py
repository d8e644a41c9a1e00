"""Requests of one moment, and whose step comes next, in an order drawn from a seed."""

import asyncio
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any

import httpx

from tests.support.journey import HASTE, Journey

Request = Coroutine[Any, Any, httpx.Response]
_EAGERNESS = (1, 0.3, 0.1, 0.03, 0.01)
"""How likely the next request begins before the next turn: from both together to one when the other is almost over."""
_TOO_MANY = 20_000
"""Turns after which something waits for ever."""


async def at_once(journey: Journey, rng: Random, requests: Sequence[Request]) -> list[httpx.Response]:
    """Begin the requests in a drawn order and let relays, inboxes and workers take turns at random until all answered.

    The answers come in the order of the requests given. Everything has come to rest then.
    """
    waiting = list(enumerate(requests))
    rng.shuffle(waiting)
    eagerness = rng.choice(_EAGERNESS)
    asked: dict[int, asyncio.Task[httpx.Response]] = {}
    for _ in range(_TOO_MANY):
        if waiting and rng.random() < eagerness:
            number, request = waiting.pop()
            asked[number] = asyncio.create_task(request)
        moved = await rng.choice(journey.parts(rng.choice((1, 2, 500)), rng))()
        if not moved:
            # Nothing to do there: let the requests themselves get on.
            await asyncio.sleep(rng.choice((0, HASTE)))
        if not waiting and all(one.done() for one in asked.values()):
            break
    else:
        raise AssertionError("no answer")
    await journey.drain()
    return [asked[number].result() for number in range(len(requests))]
