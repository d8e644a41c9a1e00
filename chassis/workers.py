"""The workers: run the tasks of many agencies at once, each agency's lane in order, and decide their results."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

import structlog

from chassis import tasks
from chassis.actor import Attempt, Done, Retry
from chassis.clock import wait_for
from chassis.runtime import ActorRuntime
from chassis.tasks import Leased
from database.postgres import connection
from database.retrying import keep_trying, tolerated
from telemetry.logs import where_raised
from telemetry.metrics import TASK_SECONDS, TASKS

log = structlog.get_logger(__name__)

AT_ONCE = 64
"""Tasks in flight in a process: a call to an external system may take a second, and many agencies may need one."""
DECIDING_SECONDS = 5.0
"""How much longer a shutdown waits for results that are being decided."""
LOOK_SECONDS = 1.0
"""How often a worker looks without being woken: for another replica's tasks, and for leases that ended."""


class Workers:
    """The workers of one service in this process."""

    def __init__(self, runtime: ActorRuntime[Any], at_once: int = AT_ONCE) -> None:
        self._runtime = runtime
        self._at_once = at_once
        self._kinds = tuple(runtime.definition.task_handlers)
        self._woken = asyncio.Event()
        self._stopping = False
        self._turn = 0
        self._held: dict[asyncio.Task[None], Leased] = {}
        self._deciding: set[UUID] = set()
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        """By agency: results are decided in turns. Dozens of transactions that wait for one row run into its limit."""
        self._retrying = keep_trying(
            "task.decided_later", seconds=0.2, longest=2.0, rng=runtime.world.rng, stopped=lambda: self._stopping
        )

    def wake(self) -> None:
        """Look for due tasks now."""
        self._woken.set()

    async def run(self) -> None:
        """Run tasks until stopped. While Postgres is away, it is tried again each second."""
        renewing: asyncio.Task[None] = asyncio.create_task(keep_trying("workers.leases_not_renewed")(self._renew))
        try:
            await keep_trying("workers.postgres_away", seconds=LOOK_SECONDS)(self._work)
        finally:
            renewing.cancel()

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            taken = await self._take(self._at_once - len(self._held))
            for task in taken:
                running = asyncio.create_task(self._run_task(task))
                self._held[running] = task
                running.add_done_callback(self._let_go)
            if not taken:
                await wait_for(self._woken, await self._until_due())
            elif len(self._held) >= self._at_once:
                await wait_for(self._woken, LOOK_SECONDS)

    async def run_once(self, most: int = AT_ONCE) -> int:
        """Run the tasks that are due now and decide their results; returns how many. For tests and simulations."""
        taken = await self._take(most)
        await asyncio.gather(*(self._run_task(task) for task in taken))
        return len(taken)

    async def stop(self, patience: float) -> None:
        """Take no more tasks, and after `patience` seconds release the leases of those that still run.

        Results that wait for their turn to be decided have longer: their calls would be made a second time.
        """
        self._stopping = True
        self._woken.set()
        if self._held:
            await asyncio.wait(list(self._held), timeout=patience)
        if deciding := [running for running, task in self._held.items() if task.id in self._deciding]:
            await asyncio.wait(deciding, timeout=DECIDING_SECONDS)
        left = list(self._held.items())
        for running, _ in left:
            running.cancel()
        if left:
            with tolerated("workers.leases_kept"):  # they end by themselves
                async with connection(self._runtime.pool) as db:
                    await tasks.release(db, [task for _, task in left])

    def _let_go(self, running: asyncio.Task[None]) -> None:
        self._held.pop(running, None)
        self._woken.set()

    async def _take(self, most: int) -> list[Leased]:
        if most <= 0:
            return []
        self._turn += 1
        async with connection(self._runtime.pool) as db:
            return await tasks.take(db, uuid4(), self._runtime.world.clock(), most, self._kinds, self._turn - 1)

    async def _until_due(self) -> float:
        async with connection(self._runtime.pool) as db:
            due = await tasks.next_due(db, self._kinds)
        if due is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.01, (due - self._runtime.world.clock()).total_seconds()))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(tasks.LEASE.total_seconds() / 3)
            async with connection(self._runtime.pool) as db:
                await tasks.renew(db, list(self._held.values()), self._runtime.world.clock())

    async def _run_task(self, task: Leased) -> None:
        with self._runtime.tracing.around(task.kind, task.traceparent):
            outcome = await self._outcome(task)
        try:
            match outcome:
                case Done(value):
                    TASKS.labels(task.kind, "done").inc()
                    await self._decide(task, value, finished=True)
                    TASK_SECONDS.labels(task.kind).observe(
                        max(0.0, (self._runtime.world.clock() - task.since).total_seconds())
                    )
                case Retry(reason, _, _, progress):
                    TASKS.labels(task.kind, reason).inc()
                    if progress is not None:
                        await self._decide(task, progress, finished=False)
                    await self._reschedule(task, outcome)
        except Exception as fault:  # noqa: BLE001  whatever the decision raises, the task must not be lost
            TASKS.labels(task.kind, "not_decided").inc()
            log.error("task.not_decided", kind=task.kind, task_id=str(task.id), where=where_raised(fault))  # noqa: TRY400  a traceback may quote data
            with tolerated("workers.task_kept"):  # its lease ends by itself
                await self._reschedule(task, Retry(reason="not_decided", unknown=True))

    async def _decide(self, task: Leased, value: object, *, finished: bool) -> None:
        """Decide a result. A transient fault is no reason to call out a second time."""
        self._deciding.add(task.id)
        try:
            async with self._turns.setdefault(task.agency_id, asyncio.Lock()):
                await self._retrying(self._runtime.record_result, task, value, finished=finished)
        finally:
            self._deciding.discard(task.id)

    async def _outcome(self, task: Leased) -> Done | Retry:
        handler = self._runtime.definition.task_handlers[task.kind]
        now = self._runtime.world.clock()
        try:
            payload = handler.payload.model_validate(task.payload)
            attempt = Attempt(task.id, task.agency_id, payload, task.tries - 1, task.unknown, task.since, now)
            return await handler.run(attempt)
        except Exception as fault:  # noqa: BLE001  a fault of ours while calling out: its effect is unknown
            log.error("task.raised", kind=task.kind, task_id=str(task.id), where=where_raised(fault))  # noqa: TRY400  a traceback may quote data
            return Retry(reason="raised", unknown=True)

    async def _reschedule(self, task: Leased, retry: Retry) -> None:
        seconds = tasks.back_off(task.tries, self._runtime.world.rng) if retry.after is None else retry.after
        run_at = self._runtime.world.clock() + timedelta(seconds=seconds)
        log.info("task.again", kind=task.kind, task_id=str(task.id), reason=retry.reason, seconds=round(seconds, 2))
        async with connection(self._runtime.pool) as db:
            await tasks.reschedule(db, task, run_at, retry.reason, unknown=retry.unknown)
