"""A service as a process: what runs in it, and the order in which it starts and stops."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import asyncpg
import structlog
import uvloop
from aiokafka.errors import KafkaError

from chassis.actor import Definition
from chassis.clock import World, utc_now
from chassis.inbox import Inbox
from chassis.relay import Relay
from chassis.runtime import ActorRuntime
from chassis.workers import Workers
from contracts.topics import RESENDS
from database.clock import DatabaseClock
from database.postgres import REJECTED, Pool, connect, is_transient, open_pool
from database.retrying import keep_trying
from hosting.gaps import Gaps
from hosting.gauges import Gauges, Measure
from hosting.health import Health
from hosting.jobs import Jobs
from hosting.memory import keep_giving_back
from hosting.migrations import Applied, Migration, applied_in, why_not_start
from hosting.parking import Parking
from hosting.retention import forget
from hosting.settings import ServiceSettings
from telemetry.logs import configure_logging, where_raised
from telemetry.tracing import Tracing, traces_endpoint
from transport.access import AccessRefusedError
from transport.producer import Producer
from transport.records import Outgoing
from transport.spans import consuming, producing
from transport.subscription import HandleRecords, Subscription
from transport.topics import TopicError, check_topics
from webserver.bounds import make_room_for_files
from webserver.probes import probes
from webserver.server import Listener, NotListeningError, Server

log = structlog.get_logger(__name__)

GARBAGE_EVERY = 100_000
"""New objects until the collector looks for cycles: a batch makes tens of thousands, and hardly any is in a cycle."""
TASK_PATIENCE = 5.0
"""Seconds a shutdown gives running tasks before their leases are given back."""


_SEE = "See HEADCOUNT_POSTGRES and HEADCOUNT_PASSWORD."


def _stop(sentence: str) -> NoReturn:
    """End the process with a sentence for the operator: another start would fail in the same way."""
    print(sentence, file=sys.stderr)  # noqa: T201  it is not only for the log
    raise SystemExit(2)


def _may_pass(fault: BaseException) -> bool:
    return is_transient(fault) and not isinstance(fault, REJECTED)


async def _listening(server: Server) -> asyncio.Task[None]:
    try:
        return await server.start()
    except NotListeningError as taken:
        _stop(f"{taken} See HEADCOUNT_HOST, HEADCOUNT_PORT and the settings of the other listeners.")


class Process:
    """A service that runs in this process, with all that runs beside its actors."""

    def __init__(
        self,
        definition: Definition[Any],
        settings: ServiceSettings,
        files: Sequence[Migration],
        world: World | None = None,
        measures: Sequence[Measure] = (),
    ) -> None:
        self.definition = definition
        self.files = files
        self.settings = settings
        self.world = world or World(clock=DatabaseClock(utc_now))
        self.service = definition.service
        self.topics = (*definition.topics, RESENDS)
        self.stopping = asyncio.Event()
        self.gauges: Gauges | None = None
        self._measures = measures
        self.runtime: ActorRuntime[Any]
        self.kafka = settings.kafka_access()
        self.producer = Producer(self.kafka, self.service.value)
        self.relay = Relay(self.service, self._direct)
        self.health = Health(self.relay, clock=self.world.clock)
        self._signalled = asyncio.Event()

    async def open(self) -> ActorRuntime[Any]:
        """Open the pool; tried until Postgres is there.

        SystemExit if the process is stopped before, and with a sentence if Postgres rejects role, password or database,
        or has a schema on which this release must not run.
        """
        opening = keep_trying("process.postgres_away", transient=_may_pass, stopped=self.stopping.is_set)
        dsn = self.settings.dsn(self.service)
        try:
            pool: Pool = await opening(open_pool, dsn, self.service, size=self.settings.pool_size)
            applied: list[Applied] = await opening(applied_in, pool)
        except REJECTED as why:
            _stop(f"Postgres: {why}. {_SEE}")
        except Exception as fault:
            if is_transient(fault):
                raise SystemExit(1) from fault
            raise
        if (reason := why_not_start(self.service, self.files, applied)) is not None:
            await pool.close()
            _stop(reason)
        tracing = Tracing(self.service.value, traces_endpoint(self.settings.otlp_endpoint, os.environ))
        self.health.pool = pool
        self.runtime = ActorRuntime(self.definition, pool, self.world, tracing)
        return self.runtime

    async def _direct(self) -> asyncpg.Connection[Any]:
        """A connection of its own, for a lead. The one before was lost, and the pool's may be too."""
        await self.runtime.pool.expire_connections()
        return await connect(self.settings.dsn(self.service), self.service)

    async def publish(self, record: Outgoing) -> bool:
        """Publish a record that passes no outbox; True once all in-sync replicas have it."""
        return all(await self.producer.publish([record]))

    async def measure(self) -> None:
        """Read what is only known on demand; a process that still opens its pool has nothing of it."""
        if self.gauges is not None:
            await self.gauges.read()

    async def run(self, http: Callable[[Process], Sequence[Listener]] | None = None) -> None:
        """Run until SIGTERM or SIGINT. `http` makes the listeners of people, beside that of the probes."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled.set)
        leaving = asyncio.create_task(self._leave())
        self.health.serves_people = http is not None
        answering = Listener(
            "probes", probes(self.health.not_alive, self.health.not_ready, self.measure), *self.settings.probes_address
        )
        servers = [Server(answering)]
        serving = [await _listening(servers[0])]
        runtime = await self.open()
        await self.health.look()
        publish = self.settings.trust.signing(self.producer.publish)
        inbox = Inbox(runtime, self.settings.trust)
        gaps = Gaps(runtime, publish, inbox.take, self.settings.trust)
        handle: HandleRecords = gaps.handle
        if runtime.tracing.enabled:
            publish, handle = producing(publish), consuming(handle)
        parking = Parking(runtime, self.relay.refusals)
        self.workers = Workers(runtime)
        runtime.wakes(self.relay, self.workers.wake)
        self.subscription = Subscription(
            self.kafka,
            self.service.value,
            self.topics,
            handle,
            self.settings.session_timeout,
            inbox.flush,
            self.definition.patience,
        )
        self.health.subscription = self.subscription
        self.gauges = Gauges(runtime, self.subscription, self._measures)
        listeners = http(self) if http is not None else []
        make_room_for_files(sum(listener.bounds.connections for listener in (answering, *listeners)))
        servers += [Server(listener) for listener in listeners]
        serving += [await _listening(server) for server in servers[1:]]
        jobs = [
            asyncio.create_task(self.relay.run(publish), name="relay"),
            asyncio.create_task(self.workers.run(), name="workers"),
            asyncio.create_task(self._consume(), name="subscription"),
            asyncio.create_task(self.health.watch(), name="watch"),
            asyncio.create_task(inbox.run(), name="inbox"),
            asyncio.create_task(keep_trying("process.tidied_later")(self._tidy), name="tidy"),
            asyncio.create_task(keep_giving_back(), name="memory"),
            asyncio.create_task(keep_trying("gaps.looked_at_later")(gaps.run), name="gaps"),
            asyncio.create_task(keep_trying("refused.looked_at_later")(parking.run), name="refused"),
        ]
        if self.definition.jobs:
            work = Jobs(self.service, self.definition.jobs, runtime, self._direct)
            jobs.append(asyncio.create_task(work.run(), name="jobs"))
        self.health.started = not self._signalled.is_set()
        log.info("process.started", service=self.service.value)
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait([stopped, *serving, *jobs], return_when=asyncio.FIRST_COMPLETED)
        # What is transient was tried again, so a fault that ends a job is a bug of ours. A restart makes it loud.
        crashed = [(job.get_name(), fault) for job in jobs if job.done() and (fault := job.exception()) is not None]
        await self._stop(servers, serving, [*jobs, leaving])
        for name, fault in crashed:
            log.error("process.crashed", kind=name, where=where_raised(fault))
            if isinstance(fault, TopicError | AccessRefusedError):
                _stop(str(fault))
        if crashed:
            raise SystemExit(1)

    async def _consume(self) -> None:
        checking = keep_trying(
            "process.kafka_away", transient=lambda fault: isinstance(fault, KafkaError | OSError | TimeoutError)
        )
        await checking(check_topics, self.kafka, self.topics)
        await self.subscription.run()

    async def _leave(self) -> None:
        """After the signal, serve on for the grace: a load balancer learns late that this process is not ready."""
        await self._signalled.wait()
        grace = self.settings.shutdown_grace if self.health.started else 0.0
        self.health.started = False
        await asyncio.sleep(grace)
        self.stopping.set()

    async def _stop(
        self, servers: list[Server], serving: list[asyncio.Task[None]], jobs: list[asyncio.Task[None]]
    ) -> None:
        """Readiness off, finish the batch, commit, release leases, one last relay round, then close."""
        self.health.started = False
        log.info("process.stopping", service=self.service.value)
        relaying, *others = jobs
        await self.subscription.stop()
        await self.workers.stop(TASK_PATIENCE)
        for server in servers:
            server.should_exit = True
        await asyncio.wait(serving, timeout=5)
        self.relay.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(relaying), 5)
        for job in (*others, relaying, *serving):
            job.cancel()
        await asyncio.gather(*jobs, *serving, return_exceptions=True)
        await self.producer.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.runtime.pool.close(), 5)
        log.info("process.stopped", service=self.service.value)

    async def _tidy(self) -> None:
        """Once an hour, forget what is needed no more."""
        while True:
            await asyncio.sleep(3600)
            await forget(self.runtime)


def run_process(
    definition: Callable[[], Definition[Any]],
    settings: ServiceSettings,
    files: Sequence[Migration],
    http: Callable[[Process], Sequence[Listener]] | None = None,
    world: World | None = None,
    measures: Sequence[Measure] = (),
) -> None:
    """Run a service until SIGTERM. `files` are its migrations.

    The definition is built inside the loop, because its clients may need one.
    """
    configure_logging(settings.log_level, settings.loggable)

    async def main() -> None:
        process = Process(definition(), settings, files, world, measures)
        # What is imported by now stays: the collector need not look at it again and again.
        gc.freeze()
        gc.set_threshold(GARBAGE_EVERY)
        await process.run(http)

    uvloop.run(main())
