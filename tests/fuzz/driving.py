"""Draws cases with Hypothesis and tries each on the running system: in a thread beside the loop that serves them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

Case = TypeVar("Case")
HANGS_AFTER = 30.0
"""Seconds after which a case is given up as one that hangs; a machine with other work takes a second for the worst."""


async def try_all(
    cases: SearchStrategy[Case],
    attempt: Callable[[Case], Awaitable[None]],
    *,
    count: int,
    first: int,
    shrink: bool = True,
) -> None:
    """Try `count` cases drawn from the seed `first`. One that fails is made as small as it can be, then raised."""
    loop = asyncio.get_running_loop()

    async def bounded(case: Case) -> None:
        async with asyncio.timeout(HANGS_AFTER):
            await attempt(case)

    def one(case: Case) -> None:
        asyncio.run_coroutine_threadsafe(bounded(case), loop).result()

    drive = settings(
        max_examples=count,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(seed(first)(given(cases)(one)))
    await asyncio.to_thread(drive)
