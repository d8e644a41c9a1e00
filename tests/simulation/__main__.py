"""`make soak SEEDS=2000` runs seeds on all cores; `make soak-guards` checks that removed guards are found.

`python -m tests.simulation --seed 17` runs one seed and prints its trace.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import structlog

from tests.simulation.guard import ROOT, Guard
from tests.simulation.guards import GUARDS
from tests.simulation.run import Simulation
from tests.simulation.schedules import run_schedule
from tests.simulation.system import System
from tests.simulation.tally import Tally
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
    parser.add_argument("--favor", nargs="*", default=(), help="plots that the seeds play more often")
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
                arguments.favor,
            )
        )
    if arguments.seed is not None:
        return asyncio.run(_print_trace(arguments.seed))
    return asyncio.run(
        _guards(arguments.only, arguments.first)
        if arguments.guards
        else _soak(arguments.first, arguments.seeds, arguments.jobs)
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


async def _work(database: str, seeds: range, favors: Collection[str]) -> int:
    """Run these seeds, and print a line of JSON for each."""
    system = await System.open(database)
    # Collections during a seed cost a sixth of its time; what lives on is never looked at again.
    gc.freeze()
    gc.disable()
    for seed in seeds:
        outcome = await Simulation(system, seed, favors=favors).run()
        gc.collect()
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


async def _worker(
    database: str, first: int, seeds: int, jobs: int, source: Path, favors: Collection[str] = ()
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.simulation", "--work", database, "--first", str(first), "--seeds", str(seeds),
        "--jobs", str(jobs), *(["--favor", *favors] if favors else []), cwd=source, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


async def _soak(first: int, seeds: int, jobs: int) -> int:
    tally = Tally(seeds)
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)

        async def follow(job: int) -> int:
            share = len(range(job, seeds, jobs))
            worker = await _worker(await databases.fresh(template), first + job, share, jobs, ROOT)
            assert worker.stdout is not None
            async for output in worker.stdout:
                print(tally.add(json.loads(output)), end="", flush=True)
            return await worker.wait()

        try:
            codes = await asyncio.gather(*(follow(job) for job in range(jobs)))
        except asyncio.CancelledError:
            # Ctrl-C ends the workers too; what they have shown is reported.
            codes = [1]
    print("", *tally.report(), sep="\n")
    return 0 if tally.is_clean() and not any(codes) else 1


async def _guards(only: str | None, first: int) -> int:
    not_found = 0
    async with temporary_postgres("soak") as server:
        databases = Databases(server.url)
        template = await databases.template("services", migrate_all)
        for guard in GUARDS:
            if only in {None, guard.name}:
                not_found += not await _is_found(guard, databases, template, first)
    return 1 if not_found else 0


async def _is_found(guard: Guard, databases: Databases, template: str, first: int) -> bool:
    """Return whether the simulation finds the removal of the guard within `WITHIN` seeds."""
    with tempfile.TemporaryDirectory(prefix="headcount-guard-") as folder:
        source = guard.remove_from(Path(folder))
        worker = await _worker(await databases.fresh(template), first, WITHIN, 1, source, guard.favors)
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
