"""A scrape shows what waits in the tables, also what waited before the process started."""

from __future__ import annotations

from prometheus_client import REGISTRY

from chassis.actor import Retry
from database.postgres import connection
from hosting.gauges import WAITING, Gauges
from tests.chassis.test_inbox import A, B, word
from tests.support.one_service import OneService
from tests.support.sample_service import Outside


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"headcount_{name}", labels)


async def test_the_first_scrape_of_a_process_shows_what_waited_before_it(service: OneService, outside: Outside) -> None:
    await service.handle(word("one"), A)
    await service.handle(word("task mail"), A)
    outside.responses = [Retry(reason="away", after=60)]
    await service.workers.run_once()
    await service.inbox.handle([service.sender.record(word("early"), B, seen={"seats.events": 3})])
    await service.handle(word("task later"), B)
    await service.pool.execute("UPDATE actors SET parked_at = $1 WHERE agency_id = $2", service.clock(), B)
    service.clock.advance(50)
    await Gauges(service.runtime).read()
    assert metric("outbox_waiting", lane="new") == await service.pool.fetchval("SELECT count(*) FROM unsent")
    assert metric("outbox_waiting", lane="replay") == 0
    assert metric("outbox_age_seconds") == 50
    assert (metric("deferred_waiting", kind="ahead"), metric("deferred_age_seconds", kind="ahead")) == (1, 50)
    assert (metric("deferred_waiting", kind="rejected"), metric("deferred_age_seconds", kind="rejected")) == (0, 0)
    assert (metric("parked_agencies"), metric("parked_age_seconds")) == (1, 50)
    assert metric("tasks_failing_seconds", kind="job") == 50
    assert metric("tables_read") == 1


async def test_a_task_is_overdue_while_no_worker_takes_it(service: OneService) -> None:
    await service.handle(word("task mail"), A)
    service.clock.advance(7)
    await Gauges(service.runtime).read()
    assert (metric("tasks_waiting", kind="job"), metric("tasks_overdue_seconds", kind="job")) == (1, 7)
    await service.run_tasks()
    await Gauges(service.runtime).read()
    assert (metric("tasks_waiting", kind="job"), metric("tasks_overdue_seconds", kind="job")) == (0, 0)


async def test_a_services_own_gauges_are_read_with_the_tables_and_not_for_each_of_many_scrapes(
    service: OneService,
) -> None:
    read = []

    async def measure(db: object, now: object) -> None:
        read.append(now)

    gauges = Gauges(service.runtime, None, (measure,))
    await gauges.read()
    await gauges.read()
    assert read == [service.clock()]


async def test_without_postgres_a_scrape_says_that_the_tables_were_not_read(service: OneService) -> None:
    gauges = Gauges(service.runtime)
    await service.pool.close()
    await gauges.read()
    assert metric("tables_read") == 0


async def test_a_scrape_reads_no_table_whole(service: OneService) -> None:
    async with connection(service.pool) as db, db.transaction():
        await db.execute("SET LOCAL enable_seqscan = off")
        plan = await db.fetch(f"EXPLAIN {WAITING}", 10, service.clock(), ["ahead"], ["job"])
    assert [row[0] for row in plan if "Seq Scan" in row[0]] == []
