"""Workers run tasks lane by lane under a lease, and an attempt knows if an earlier outcome is unknown."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

from structlog.testing import capture_logs

from chassis import tasks
from chassis.actor import ActorContext, Attempt, Done, LocalCommand, Retry
from chassis.workers import Workers
from contracts.vocabulary import ANYONE
from database.postgres import Pool, connection, transaction
from telemetry.tracing import trace_context
from tests.chassis.test_failover import read_only
from tests.chassis.test_inbox import A, B, word, words
from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import Job, Outside, migrate_sample, sample_service
from tests.support.servers import Postgres

KINDS = ("job", "call")


async def test_a_tasks_outcome_is_decided_in_a_transaction_of_its_own(service: OneService, outside: Outside) -> None:
    await service.handle(word("task mail"), A)
    assert await words(service) == ["task mail"]
    assert await service.run_tasks() == 1
    assert await words(service) == ["task mail", "did mail"]
    assert await service.run_tasks() == 0


async def test_the_tasks_of_an_agencys_lane_run_in_order_and_another_agency_does_not_wait(
    service: OneService, outside: Outside
) -> None:
    for text, agency in (("task first", A), ("task second", A), ("task other", B)):
        await service.handle(word(text), agency)
    outside.responses = [Retry(reason="busy", after=60)]
    await service.workers.run_once()
    await service.workers.run_once()
    assert [attempt.payload.word for attempt in outside.attempts] == ["first", "other"]
    service.clock.advance(61)
    await service.run_tasks()
    assert [attempt.payload.word for attempt in outside.attempts] == ["first", "other", "first", "second"]


async def test_an_attempt_knows_that_the_outcome_of_an_earlier_attempt_is_unknown(
    service: OneService, outside: Outside
) -> None:
    await service.handle(word("task pay"), A)
    outside.responses = [Retry(reason="timeout", unknown=True), RuntimeError("lost on the way")]
    for _ in range(3):
        await service.run_tasks()
        service.clock.advance(60)
    assert [(attempt.tries, attempt.unknown) for attempt in outside.attempts] == [(0, False), (1, True), (2, True)]
    assert len({attempt.since for attempt in outside.attempts}) == 1


async def test_a_dead_workers_task_is_taken_up_when_its_lease_ends_and_its_late_outcome_is_dropped(
    service: OneService, outside: Outside
) -> None:
    await service.handle(word("task pay"), A)
    async with connection(service.pool) as db:
        [dead] = await tasks.take(db, uuid4(), service.clock(), 10, KINDS)
    assert await service.run_tasks() == 0, "the task is leased"
    service.clock.advance(tasks.LEASE.total_seconds() + 1)
    assert await service.run_tasks() == 1
    assert outside.attempts[0].unknown
    assert not await service.runtime.record_result(dead, Job(word="late"), finished=True)
    assert await words(service) == ["task pay", "did pay"]


async def test_a_keyed_task_is_moved_instead_of_doubled_and_can_be_cancelled(
    service: OneService, outside: Outside
) -> None:
    for text in ("timer one", "timer two"):
        await service.handle(word(text), A)
    assert await service.run_tasks() == 1
    assert [attempt.payload.word for attempt in outside.attempts] == ["two"]
    for text in ("timer three", "cancel"):
        await service.handle(word(text), A)
    assert await service.run_tasks() == 0


async def test_a_waiting_task_can_be_run_now(service: OneService, outside: Outside) -> None:
    await service.handle(word("timer one"), A)
    outside.responses = [Retry(reason="busy", after=600)]
    await service.run_tasks()
    await service.handle(word("run now"), A)
    await service.run_tasks()
    assert len(outside.attempts) == 2


async def test_a_tasks_progress_is_decided_while_the_task_goes_on(service: OneService, outside: Outside) -> None:
    await service.handle(word("task pay"), A)
    outside.responses = [Retry(reason="timeout", after=60, progress=Job(word="mailed the admins"))]
    await service.run_tasks()
    service.clock.advance(61)
    await service.run_tasks()
    assert await words(service) == ["task pay", "mailed the admins", "did pay"]


async def test_a_running_tasks_lease_is_released_at_shutdown(service: OneService) -> None:
    await service.handle(word("task pay"), A)
    async with connection(service.pool) as db:
        held = await tasks.take(db, uuid4(), service.clock(), 10, KINDS)
        await tasks.release(db, held)
        [again] = await tasks.take(db, uuid4(), service.clock(), 10, KINDS)
    assert again.unknown


async def test_a_lease_is_renewed_although_the_result_of_another_task_is_being_decided(service: OneService) -> None:
    for agency in (A, B):
        await service.handle(word("task pay"), agency)
    async with connection(service.pool) as db:
        deciding, other = held = await tasks.take(db, uuid4(), service.clock(), 10, KINDS)
    async with transaction(service.pool) as db:
        assert await tasks.finish(db, deciding)
        async with connection(service.pool) as another:
            service.clock.advance(tasks.LEASE.total_seconds() - 1)
            await tasks.renew(another, held, service.clock())
    service.clock.advance(2)
    async with connection(service.pool) as db:
        assert await tasks.take(db, uuid4(), service.clock(), 10, KINDS) == [], f"{other.kind} is still leased"


async def test_two_workers_never_hold_the_same_task(service: OneService, outside: Outside) -> None:
    for n in range(20):
        await service.handle(word(f"task t{n}"), uuid4())
    other = Workers(service.runtime)
    await service.workers.run_once(10)
    await other.run_once(64)
    assert sorted(attempt.payload.word for attempt in outside.attempts) == sorted(f"t{n}" for n in range(20))


async def test_kinds_of_tasks_alternate_so_that_a_call_does_not_wait_behind_many_jobs(
    service: OneService, outside: Outside
) -> None:
    for n in range(20):
        await service.handle(word(f"task t{n}"), uuid4())
        service.clock.advance(1)
    await service.handle(word("call late"), uuid4())
    await service.workers.run_once(4)
    assert [attempt.payload.word for attempt in outside.attempts] == ["t0", "late", "t19", "t1"]
    await service.workers.run_once(4)
    assert [attempt.payload.word for attempt in outside.attempts[4:]] == ["t2", "t18", "t3", "t17"]


async def test_kinds_alternate_and_later_tasks_do_not_wait_when_one_task_is_taken_at_a_time(
    service: OneService, outside: Outside
) -> None:
    for n in range(20):
        await service.handle(word(f"task t{n}"), uuid4())
        service.clock.advance(1)
    await service.handle(word("call late"), uuid4())
    for _ in range(8):
        await service.workers.run_once(1)
    taken = [attempt.payload.word for attempt in outside.attempts]
    assert taken[:2] == ["t0", "late"]
    assert {"t1", "t2", "t19", "t18"} <= set(taken)


async def test_a_task_of_a_kind_without_a_handler_here_waits_for_a_worker_that_has_the_handler(
    service: OneService, outside: Outside
) -> None:
    await service.handle(word("call later"), A)
    async with connection(service.pool) as db:
        assert await tasks.take(db, uuid4(), service.clock(), 10, ("job",)) == []
        assert await tasks.next_due(db, ("job",)) is None
    assert await service.run_tasks() == 1


async def test_the_last_message_of_a_batch_about_a_tasks_key_counts(service: OneService, outside: Outside) -> None:
    published = [service.sender.record(word(text), A) for text in ("timer one", "cancel", "timer two", "cancel")]
    await service.handle_records(published)
    assert await service.run_tasks() == 0
    published = [service.sender.record(word(text), A) for text in ("timer three", "cancel", "timer four")]
    await service.handle_records(published)
    await service.run_tasks()
    assert [attempt.payload.word for attempt in outside.attempts] == ["four"]


async def test_a_task_behind_the_head_of_its_lane_does_not_make_the_workers_poll(
    service: OneService, outside: Outside
) -> None:
    await service.handle(word("task first"), A)
    await service.handle(word("task second"), A)
    outside.responses = [Retry(reason="busy", after=60)]
    await service.workers.run_once()
    async with connection(service.pool) as db:
        due = await tasks.next_due(db, KINDS)
    assert due is not None
    assert (due - service.clock()).total_seconds() == 60


class Demoting(Outside):
    """An outside world that responds after the database has become read-only."""

    pool: Pool

    def __init__(self, postgres: Postgres) -> None:
        super().__init__()
        self.demoted = read_only(postgres)

    async def run(self, attempt: Attempt) -> Done | Retry:
        response = await super().run(attempt)
        await self.demoted.__aenter__()
        # A session takes the setting up when the server's signal reaches it.
        async with AsyncExitStack() as held:
            for _ in range(self.pool.get_size()):
                db = await held.enter_async_context(connection(self.pool))
                while await db.fetchval("SHOW default_transaction_read_only") != "on":
                    await asyncio.sleep(0.01)
        return response


async def test_a_result_that_cannot_be_stored_now_is_decided_later_without_a_second_call(
    databases: Databases, postgres: Postgres
) -> None:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    demoting = Demoting(postgres)
    service = await OneService.open(sample_service(demoting), url)
    demoting.pool = service.pool
    await service.handle(word("task mail"), A)
    with capture_logs() as logs:
        running = asyncio.create_task(service.workers.run_once())
        while not any(line["event"] == "task.decided_later" for line in logs):
            assert not running.done()
            await asyncio.sleep(0.01)
    await demoting.demoted.__aexit__(None, None, None)
    assert await running == 1
    assert await words(service) == ["task mail", "did mail"]
    assert len(demoting.attempts) == 1
    await service.close()
    await databases.drop(url)


async def test_a_result_that_waits_for_its_turn_at_shutdown_is_decided_although_the_patience_has_ended(
    service: OneService, outside: Outside
) -> None:
    await service.handle(word("task mail"), A)
    async with transaction(service.pool) as db:
        await db.execute("SELECT FROM actors WHERE agency_id = $1 FOR UPDATE", A)
        running = asyncio.create_task(service.workers.run())
        while not outside.attempts:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(service.workers.stop(0.0))
        await asyncio.sleep(0)
    await asyncio.gather(stopping, running)
    assert await words(service) == ["task mail", "did mail"]


class Unresponsive(Outside):
    """An outside world that never responds."""

    async def run(self, attempt: Attempt) -> Done | Retry:
        self.attempts.append(attempt)
        await asyncio.Event().wait()
        return Done(attempt.payload)


async def test_a_worker_stops_even_if_postgres_is_away(databases: Databases) -> None:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    unresponsive = Unresponsive()
    service = await OneService.open(sample_service(unresponsive), url)
    await service.handle(word("task pay"), A)
    running = asyncio.create_task(service.workers.run())
    while not unresponsive.attempts:
        await asyncio.sleep(0)
    service.pool.terminate()
    await service.workers.stop(0)
    await running
    await databases.drop(url)


async def test_a_tasks_call_goes_on_in_the_trace_of_what_recorded_it(service: OneService, outside: Outside) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    token = trace_context.set(traceparent)

    def decide(_: object, ctx: ActorContext) -> None:
        ctx.task("job", Job(word="mail"), lane="l")

    await service.runtime.execute([LocalCommand(A, word("x"), decide, ANYONE, uuid4(), uuid4())])
    trace_context.reset(token)
    await service.run_tasks()
    assert outside.traces == [traceparent]
