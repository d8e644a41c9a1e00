"""`make soak SEEDS=2000`: as many seeds as asked, on all cores, with progress; `make soak-guards`: what it can see.

`python -m tests.simulation --seed 17` runs one and prints its story.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import structlog

from tests.simulation.guards import GUARDS, ROOT, Guard
from tests.simulation.run import Simulation
from tests.simulation.schedules import told
from tests.simulation.system import System
from tests.support.databases import Databases
from tests.support.migrated import migrate_all
from tests.support.servers import temporary_postgres

WITHIN = 200
"""A guard that is gone is seen within so many seeds."""


def main() -> int:
    """Answers 0 when all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one, with its story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--guards", action="store_true", help="take each guard out of a copy, and find that out")
    parser.add_argument("--only", help="only this guard")
    parser.add_argument("--schedule", help="not seeds, but this guard's own schedule")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.schedule is not None:
        return asyncio.run(_schedule(asked.schedule, asked.work))
    if asked.work is not None:
        return asyncio.run(_work(asked.work, range(asked.first, asked.first + asked.seeds * asked.jobs, asked.jobs)))
    if asked.seed is not None:
        return asyncio.run(_tell(asked.seed))
    return asyncio.run(_guards(asked.only) if asked.guards else _soak(asked.first, asked.seeds, asked.jobs))


async def _tell(seed: int) -> int:
    """One seed's story."""
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        system = await System.open(await databases.fresh(await databases.template("services", migrate_all)))
        outcome = await Simulation(system, seed).run()
        print("\n".join(outcome.trace))
        print(f"seed {seed}: {outcome.violation or 'no violation'}; story {outcome.fingerprint}")
        await system.close()
        return 1 if outcome.violation else 0


async def _work(database: str, seeds: range) -> int:
    """Run these, a line of JSON for each."""
    system = await System.open(database)
    for seed in seeds:
        outcome = await Simulation(system, seed).run()
        violation = outcome.violation
        line = {
            "seed": seed, "seconds": outcome.seconds, "violation": violation.name if violation else None,
            "why": str(violation), "story": outcome.fingerprint, "counts": outcome.counts, "said": outcome.said,
        }  # fmt: skip
        print(json.dumps(line), flush=True)
    await system.close()
    return 0


async def _schedule(name: str, database: str) -> int:
    """A guard's own schedule, a line of JSON of what became of it."""
    system = await System.open(database)
    outcome = await told(system, name)
    violation = outcome.violation
    print(json.dumps({"violation": violation.name if violation else None, "why": str(violation)}))
    await system.close()
    return 0


async def _worker(database: str, first: int, seeds: int, jobs: int, source: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.simulation", "--work", database, "--first", str(first), "--seeds", str(seeds),
        "--jobs", str(jobs), cwd=source, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


async def _soak(first: int, seeds: int, jobs: int) -> int:
    began, done, violations = time.monotonic(), 0, []
    messages: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        async def follow(job: int) -> int:
            share = len(range(job, seeds, jobs))
            worker = await _worker(await databases.fresh(template), first + job, share, jobs, ROOT)
            assert worker.stdout is not None
            async for said in worker.stdout:
                await queue.put(json.loads(said))
            await queue.put(None)
            return await worker.wait()

        workers = [asyncio.create_task(follow(job)) for job in range(jobs)]
        left = jobs
        while left:
            line = await queue.get()
            if line is None:
                left -= 1
                continue
            done += 1
            messages.update(line["said"])
            counts.update(line["counts"])
            if line["violation"]:
                violations.append(line)
                print(f"\nseed {line['seed']}: {line['why']}", flush=True)
            print(
                f"\r{done} of {seeds} seeds, {done / (time.monotonic() - began):.1f} a second, "
                f"{len(violations)} violated", end="", flush=True,
            )  # fmt: skip
        codes = [await worker for worker in workers]
    print(
        f"\n{done} seeds in {time.monotonic() - began:.0f} s: " + ", ".join(f"{n} {what}" for what, n in counts.items())
    )
    print(", ".join(f"{count} {name}" for name, count in sorted(messages.items())))
    if done < seeds or any(codes):
        print("Not all of them ran.")
    for line in violations:
        print(f"seed {line['seed']}: {line['why']}    (python -m tests.simulation --seed {line['seed']})")
    return 0 if done == seeds and not violations and not any(codes) else 1


async def _guards(only: str | None) -> int:
    missed = 0
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)
        for guard in GUARDS:
            if only in {None, guard.name}:
                missed += not await _is_missed(guard, databases, template)
    return 1 if missed else 0


async def _is_missed(guard: Guard, databases: Databases, template: str) -> bool:
    """Whether the simulation notices within so many seeds that the guard is not there."""
    with tempfile.TemporaryDirectory(prefix="headcount-guard-") as folder:
        worker = await _worker(await databases.fresh(template), 0, WITHIN, 1, guard.taken_out(Path(folder)))
        assert worker.stdout is not None
        with_retry, others = 0, Counter[str]()
        async for said in worker.stdout:
            with_retry += 1
            line = json.loads(said)
            if line["violation"] in guard.finds:
                worker.kill()
                await worker.wait()
                print(f"{guard.name}: missed after {with_retry} seeds: {line['why'][:150]}", flush=True)
                return True
            if line["violation"]:
                others[line["violation"]] += 1
        print(f"{guard.name}: NOT missed in {with_retry} seeds; other violations: {dict(others)}", flush=True)
        return False


if __name__ == "__main__":
    sys.exit(main())
