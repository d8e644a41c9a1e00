"""`make fuzz CASES=50000`: so many cases, on all cores, with progress, and what was found.

`python -m tests.fuzz --round 17` runs one round again: the same seeds, whatever is drawn from them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from contracts.vocabulary import Service
from tests.fuzz.asking import ask_as_everybody
from tests.fuzz.barrage import barrage
from tests.fuzz.forms import send_forms, send_webhooks
from tests.fuzz.planted import settle
from tests.support.databases import Databases
from tests.support.journey import journey_on
from tests.support.migrated import migrate_all
from tests.support.servers import temporary_postgres
from tests.support.site import site_on

CALLS, FORMS, EVENTS, RECORDS = 200, 120, 60, 60
"""Of a round: calls of the API in all; forms in all; Stripe's events; broken records for each service."""
A_ROUND = CALLS + FORMS + EVENTS + RECORDS * len(Service)
SENDERS = ("admin", "other admin", "other clinician", "nobody")


def main() -> int:
    """Answers 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--cases", type=int, default=A_ROUND, help="how many cases, made whole rounds")
    parser.add_argument("--first", type=int, default=0, help="the first round")
    parser.add_argument("--round", type=int, help="this one alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.work is not None:
        return asyncio.run(_work(asked.work, range(asked.first, asked.first + asked.rounds, asked.jobs)))
    if asked.round is not None:
        return asyncio.run(_all(asked.round, 1, 1))
    return asyncio.run(_all(asked.first, max(round(asked.cases / A_ROUND), 1), asked.jobs))


class Round:
    """One round: two agencies with everybody asking, then each service's inbox under fire."""

    def __init__(self, databases: Databases, seed: int) -> None:
        self._databases = databases
        self._seed = seed
        self.cases: Counter[str] = Counter()
        self.found: list[str] = []

    async def run(self) -> None:
        """Run all of it, the rest also when one part has found something."""
        for part in (self._http, *(self._records_of(service) for service in Service)):
            url = await self._databases.fresh(await self._databases.template("services", migrate_all))
            try:
                await part(url)
            except Exception:  # noqa: BLE001  whatever it is, it is a finding
                self.found.append(traceback.format_exc()[-3_000:])
            await self._databases.drop(url)

    async def _http(self, url: str) -> None:
        async with site_on(url) as journey:
            calls = await ask_as_everybody(journey, CALLS, seed=self._seed)
            self.cases["calls"] += calls.made
            self.found += calls.found
            for number, name in enumerate(SENDERS):
                caller = calls.two.askers[name]
                await send_forms(calls.two, caller, FORMS // len(SENDERS), first=self._seed * len(SENDERS) + number)
                self.cases["forms"] += FORMS // len(SENDERS)
            billing = journey.services[Service.BILLING].pool
            customer = await billing.fetchval("SELECT customer_id FROM accounts LIMIT 1")
            await send_webhooks(calls.two, customer, EVENTS, first=self._seed)
            self.cases["events"] += EVENTS
            await settle(journey)

    def _records_of(self, service: Service) -> Callable[[str], Awaitable[None]]:
        async def part(url: str) -> None:
            async with journey_on(url) as journey:
                sample_service = await barrage(journey, service, RECORDS, self._seed)
            self.cases["records"] += sample_service.records

        return part


async def _work(server: str, seeds: range) -> int:
    """Run these rounds, a line of JSON for each."""
    databases = Databases(server)
    for seed in seeds:
        one = Round(databases, seed)
        await one.run()
        print(json.dumps({"round": seed, "cases": one.cases, "found": one.found}), flush=True)
    return 0


async def _all(first: int, rounds: int, jobs: int) -> int:
    began, done, found = time.monotonic(), 0, 0
    cases: Counter[str] = Counter()
    async with temporary_postgres("fuzz") as server:

        async def follow(job: int) -> int:
            nonlocal done, found
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.fuzz", "--work", server.url, "--first", str(first + job),
                "--rounds", str(rounds - job), "--jobs", str(jobs), stdout=asyncio.subprocess.PIPE, limit=2**24,
            )  # fmt: skip
            assert worker.stdout is not None
            async for line in worker.stdout:
                told = json.loads(line)
                done += 1
                cases.update(told["cases"])
                for finding in told["found"]:
                    found += 1
                    print(f"\nround {told['round']}: {finding}", flush=True)
                print(
                    f"\r{cases.total()} cases, {done} of {rounds} rounds, {time.monotonic() - began:.0f} s, "
                    f"{found} found", end="", flush=True,
                )  # fmt: skip
            return await worker.wait()

        codes = await asyncio.gather(*(follow(job) for job in range(min(jobs, rounds))))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(cases.items()))
    print(f"\n{cases.total()} cases in {time.monotonic() - began:.0f} s ({kinds}): {found or 'nothing'} found")
    if done < rounds or any(codes):
        print("Not all of them ran.")
    return 0 if done == rounds and not found and not any(codes) else 1


if __name__ == "__main__":
    sys.exit(main())
