"""Trying again: the one place that waits until Postgres or Kafka is back.

Only transient faults are tried again. Any other fault is raised at once, because the same attempt would fail again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from database.postgres import is_transient

log = structlog.get_logger(__name__)


def keep_trying(
    name: str,
    *,
    seconds: float = 1.0,
    longest: float | None = None,
    rng: Random | None = None,
    transient: Callable[[BaseException], bool] = is_transient,
    stopped: Callable[[], bool] = lambda: False,
    noted: Callable[[BaseException], None] = lambda _: None,
) -> AsyncRetrying:
    """Call something until it works, and log a warning of that name for each attempt that failed.

    The pause is `seconds`. With `longest` it doubles up to that, and with `rng` a random part of it is added. The fault
    is raised once `stopped` is true.
    """

    def pause(state: RetryCallState) -> float:
        doubled = seconds if longest is None else min(longest, seconds * 2 ** min(state.attempt_number - 1, 30))
        return doubled if rng is None else doubled * (1 + rng.random())

    def warn(state: RetryCallState) -> None:
        fault = None if state.outcome is None else state.outcome.exception()
        if fault is not None:
            log.warning(name, error=type(fault).__name__)
            noted(fault)

    return AsyncRetrying(
        retry=retry_if_exception(transient),
        wait=pause,
        stop=lambda _: stopped(),
        before_sleep=warn,
        sleep=asyncio.sleep,
        reraise=True,
    )


@contextmanager
def tolerated(name: str) -> Iterator[None]:
    """Go on after a transient fault, with a warning: a later attempt or another replica does the work."""
    try:
        yield
    except Exception as fault:
        if not is_transient(fault):
            raise
        log.warning(name, error=type(fault).__name__)
