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


async def at_once(journey: Journey, chance: Random, requests: Sequence[Request]) -> list[httpx.Response]:
    """Begin the requests in a drawn order and let relays, inboxes and workers take turns at random until all answered.

    The answers come in the order of the requests given. Everything has come to rest then.
    """
    waiting = list(enumerate(requests))
    chance.shuffle(waiting)
    eagerness = chance.choice(_EAGERNESS)
    asked: dict[int, asyncio.Task[httpx.Response]] = {}
    for _ in range(_TOO_MANY):
        if waiting and chance.random() < eagerness:
            number, request = waiting.pop()
            asked[number] = asyncio.create_task(request)
        moved = await chance.choice(journey.parts(chance.choice((1, 2, 500)), chance))()
        if not moved:
            # Nothing to do there: let the requests themselves get on.
            await asyncio.sleep(chance.choice((0, HASTE)))
        if not waiting and all(one.done() for one in asked.values()):
            break
    else:
        raise AssertionError("no answer")
    await journey.drain()
    return [asked[number].result() for number in range(len(requests))]
