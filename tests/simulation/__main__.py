"""`make soak SEEDS=2000` runs seeds on all cores; `make soak-guards` checks that removed guards are found.

`python -m tests.simulation --seed 17` runs one seed and prints its trace.
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
from tests.simulation.reach import ENOUGH, PER_SEEDS, UNREACHABLE, reached_after_all, reached_too_rarely, unreachable
from tests.simulation.run import Simulation
from tests.simulation.schedules import run_schedule
from tests.simulation.system import System
from tests.support.databases import Databases
from tests.support.migrated import migrate_all
from tests.support.servers import temporary_postgres

WITHIN = 200
"""A removed guard must be found within this many seeds."""


def main() -> int:
    """Return 0 if no invariant is violated, or if every removed guard is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=200, help="the number of seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="run one seed and print its trace")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--guards", action="store_true", help="remove each guard from a copy; each removal must be found"
    )
    parser.add_argument("--only", help="run only this guard")
    parser.add_argument("--schedule", help="run this guard's own schedule instead of seeds")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if arguments.schedule is not None:
        return asyncio.run(_schedule(arguments.schedule, arguments.work))
    if arguments.work is not None:
        return asyncio.run(
            _work(
                arguments.work,
                range(arguments.first, arguments.first + arguments.seeds * arguments.jobs, arguments.jobs),
            )
        )
    if arguments.seed is not None:
        return asyncio.run(_print_trace(arguments.seed))
    return asyncio.run(
        _guards(arguments.only) if arguments.guards else _soak(arguments.first, arguments.seeds, arguments.jobs)
    )


async def _print_trace(seed: int) -> int:
    """Run one seed and print its trace."""
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        system = await System.open(await databases.fresh(await databases.template("services", migrate_all)))
        outcome = await Simulation(system, seed).run()
        print("\n".join(outcome.trace))
        print(f"seed {seed}: {outcome.violation or 'no violation'}; story {outcome.fingerprint}")
        await system.close()
        return 1 if outcome.violation else 0


async def _work(database: str, seeds: range) -> int:
    """Run these seeds, and print a line of JSON for each."""
    system = await System.open(database)
    for seed in seeds:
        outcome = await Simulation(system, seed).run()
        violation = outcome.violation
        line = {
            "seed": seed, "seconds": outcome.seconds, "violation": violation.name if violation else None,
            "why": str(violation), "story": outcome.fingerprint, "counts": outcome.counts,
            "reached": outcome.reached,
        }  # fmt: skip
        print(json.dumps(line), flush=True)
    await system.close()
    return 0


async def _schedule(name: str, database: str) -> int:
    """Run a guard's own schedule, and print a line of JSON with its outcome."""
    system = await System.open(database)
    outcome = await run_schedule(system, name)
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
    reached: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        async def follow(job: int) -> int:
            share = len(range(job, seeds, jobs))
            worker = await _worker(await databases.fresh(template), first + job, share, jobs, ROOT)
            assert worker.stdout is not None
            async for output in worker.stdout:
                await queue.put(json.loads(output))
            await queue.put(None)
            return await worker.wait()

        workers = [asyncio.create_task(follow(job)) for job in range(jobs)]
        running_jobs = jobs
        while running_jobs:
            line = await queue.get()
            if line is None:
                running_jobs -= 1
                continue
            done += 1
            reached.update(line["reached"])
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
    print(", ".join(f"{count} {name}" for name, count in sorted(reached.items())))
    surprises = reached_after_all(reached)
    print("Not expected, by nature:", *unreachable(), sep="\n  ")
    _print_reach(reached_too_rarely(reached, done), surprises)
    if done < seeds or any(codes):
        print("Not all seeds ran.")
    for line in violations:
        print(f"seed {line['seed']}: {line['why']}    (python -m tests.simulation --seed {line['seed']})")
    return 0 if done == seeds and not violations and not surprises and not any(codes) else 1


def _print_reach(rare: dict[str, int], surprises: dict[str, int]) -> None:
    """Print what too few seeds reach, and what `UNREACHABLE` wrongly calls unreachable."""
    if rare:
        listed = ", ".join(f"{count} {name}" for name, count in rare.items())
        print(f"Below {ENOUGH} in {PER_SEEDS} seeds: {listed}.")
    for name, count in surprises.items():
        print(f"{name} occurred {count} times, but reach.py calls it unreachable: {UNREACHABLE[name]}")


async def _guards(only: str | None) -> int:
    not_found = 0
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)
        for guard in GUARDS:
            if only in {None, guard.name}:
                not_found += not await _is_found(guard, databases, template)
    return 1 if not_found else 0


async def _is_found(guard: Guard, databases: Databases, template: str) -> bool:
    """Return whether the simulation finds the removal of the guard within `WITHIN` seeds."""
    with tempfile.TemporaryDirectory(prefix="headcount-guard-") as folder:
        worker = await _worker(await databases.fresh(template), 0, WITHIN, 1, guard.remove_from(Path(folder)))
        assert worker.stdout is not None
        seeds_run, others = 0, Counter[str]()
        async for output in worker.stdout:
            seeds_run += 1
            line = json.loads(output)
            if line["violation"] in guard.finds:
                worker.kill()
                await worker.wait()
                print(f"{guard.name}: found after {seeds_run} seeds: {line['why'][:150]}", flush=True)
                return True
            if line["violation"]:
                others[line["violation"]] += 1
        print(f"{guard.name}: NOT found in {seeds_run} seeds; other violations: {dict(others)}", flush=True)
        return False


if __name__ == "__main__":
    sys.exit(main())
