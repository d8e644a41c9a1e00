"""A machine whose clock is off follows Postgres's: a lease, a task or a code is compared between machines."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from chassis.clock import utc_now
from database.clock import DatabaseClock
from hosting.health import Health
from tests.chassis.test_health import Bus
from tests.support.clock import START
from tests.support.one_service import OneService

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize("off", [10 * MINUTE, -10 * MINUTE])
async def test_a_process_measures_its_clock_whenever_it_looks_whether_postgres_takes_writes(
    service: OneService, off: timedelta
) -> None:
    clock = DatabaseClock(lambda: utc_now() + off)
    health = Health(cast("Any", Bus()), pool=service.pool, clock=clock)
    while not clock.ahead:
        await health.look()
    assert abs(clock() - await service.pool.fetchval("SELECT clock_timestamp()")) < MINUTE


@pytest.mark.parametrize(
    ("there", "took", "ahead"),
    [
        (START - 10 * MINUTE, 0 * SECOND, 10 * MINUTE),
        (START - SECOND / 2, 0 * SECOND, 0 * SECOND),
        (START - 10 * MINUTE, 2 * SECOND, 0 * SECOND),
    ],
    ids=["minutes are followed", "half a second is not", "an answer that took seconds says too little"],
)
async def test_only_what_is_surely_off_is_corrected(there: datetime, took: timedelta, ahead: timedelta) -> None:
    times: Iterator[datetime] = iter((START, START + took, START + took))
    clock = DatabaseClock(lambda: next(times))

    async def ask() -> datetime:
        return there

    await clock.compare(ask)
    assert (clock.ahead, clock()) == (ahead, START + took - ahead)
