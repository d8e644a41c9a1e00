"""Draws cases with Hypothesis in a thread, and tries each on the system that runs in the event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

Case = TypeVar("Case")
HANGS_AFTER = 30.0
"""Seconds after which a case counts as hanging; on a busy machine the slowest case takes a second."""


async def try_all(
    cases: SearchStrategy[Case],
    attempt: Callable[[Case], Awaitable[None]],
    *,
    count: int,
    first: int,
    shrink: bool = True,
) -> None:
    """Try `count` cases drawn from the seed `first`. A failing case is shrunk, then raised."""
    loop = asyncio.get_running_loop()

    async def bounded(case: Case) -> None:
        async with asyncio.timeout(HANGS_AFTER):
            await attempt(case)

    def try_one(case: Case) -> None:
        asyncio.run_coroutine_threadsafe(bounded(case), loop).result()

    drive = settings(
        max_examples=count,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(seed(first)(given(cases)(try_one)))
    await asyncio.to_thread(drive)
