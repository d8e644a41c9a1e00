"""`make fuzz CASES=50000`: try this many cases on all cores with progress, and print the findings.

`python -m tests.fuzz --round 17` repeats one round with the same seeds.
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
from tests.fuzz.api_round import call_api_as_everybody
from tests.fuzz.barrage import barrage
from tests.fuzz.forms import send_forms, send_webhooks
from tests.fuzz.planted import wait_until_at_rest
from tests.support.databases import Databases
from tests.support.journey import journey_on
from tests.support.migrated import migrate_all
from tests.support.servers import temporary_postgres
from tests.support.site import site_on

CALLS, FORMS, EVENTS, RECORDS = 200, 120, 60, 60
"""Cases per round: API calls in all; forms in all; Stripe events; broken records for each service."""
A_ROUND = CALLS + FORMS + EVENTS + RECORDS * len(Service)
SENDERS = ("admin", "other admin", "other clinician", "nobody")


def main() -> int:
    """Return 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--cases", type=int, default=A_ROUND, help="the number of cases, rounded to whole rounds")
    parser.add_argument("--first", type=int, default=0, help="the first round")
    parser.add_argument("--round", type=int, help="run only this round")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if arguments.work is not None:
        return asyncio.run(
            _work(arguments.work, range(arguments.first, arguments.first + arguments.rounds, arguments.jobs))
        )
    if arguments.round is not None:
        return asyncio.run(_all(arguments.round, 1, 1))
    return asyncio.run(_all(arguments.first, max(round(arguments.cases / A_ROUND), 1), arguments.jobs))


class Round:
    """One round: two agencies whose people call the API, then broken records for each service's inbox."""

    def __init__(self, databases: Databases, seed: int) -> None:
        self._databases = databases
        self._seed = seed
        self.cases: Counter[str] = Counter()
        self.findings: list[str] = []

    async def run(self) -> None:
        """Run every part, also after a part has found something."""
        for part in (self._http, *(self._records_of(service) for service in Service)):
            url = await self._databases.fresh(await self._databases.template("services", migrate_all))
            try:
                await part(url)
            except Exception:  # noqa: BLE001  whatever it is, it is a finding
                self.findings.append(traceback.format_exc()[-3_000:])
            await self._databases.drop(url)

    async def _http(self, url: str) -> None:
        async with site_on(url) as journey:
            calls = await call_api_as_everybody(journey, CALLS, seed=self._seed)
            self.cases["calls"] += calls.made
            self.findings += calls.findings
            for number, name in enumerate(SENDERS):
                caller = calls.two.callers[name]
                await send_forms(calls.two, caller, FORMS // len(SENDERS), first=self._seed * len(SENDERS) + number)
                self.cases["forms"] += FORMS // len(SENDERS)
            billing = journey.services[Service.BILLING].pool
            customer = await billing.fetchval("SELECT customer_id FROM accounts LIMIT 1")
            await send_webhooks(calls.two, customer, EVENTS, first=self._seed)
            self.cases["events"] += EVENTS
            await wait_until_at_rest(journey)

    def _records_of(self, service: Service) -> Callable[[str], Awaitable[None]]:
        async def part(url: str) -> None:
            async with journey_on(url) as journey:
                sample = await barrage(journey, service, RECORDS, self._seed)
            self.cases["records"] += sample.records

        return part


async def _work(server: str, seeds: range) -> int:
    """Run these rounds, and print a line of JSON for each."""
    databases = Databases(server)
    for seed in seeds:
        round_run = Round(databases, seed)
        await round_run.run()
        print(json.dumps({"round": seed, "cases": round_run.cases, "found": round_run.findings}), flush=True)
    return 0


async def _all(first: int, rounds: int, jobs: int) -> int:
    began, done, findings = time.monotonic(), 0, 0
    cases: Counter[str] = Counter()
    async with temporary_postgres("fuzz") as server:

        async def follow(job: int) -> int:
            nonlocal done, findings
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.fuzz", "--work", server.url, "--first", str(first + job),
                "--rounds", str(rounds - job), "--jobs", str(jobs), stdout=asyncio.subprocess.PIPE, limit=2**24,
            )  # fmt: skip
            assert worker.stdout is not None
            async for line in worker.stdout:
                result = json.loads(line)
                done += 1
                cases.update(result["cases"])
                for finding in result["found"]:
                    findings += 1
                    print(f"\nround {result['round']}: {finding}", flush=True)
                print(
                    f"\r{cases.total()} cases, {done} of {rounds} rounds, {time.monotonic() - began:.0f} s, "
                    f"{findings} found", end="", flush=True,
                )  # fmt: skip
            return await worker.wait()

        codes = await asyncio.gather(*(follow(job) for job in range(min(jobs, rounds))))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(cases.items()))
    print(f"\n{cases.total()} cases in {time.monotonic() - began:.0f} s ({kinds}): {findings or 'nothing'} found")
    if done < rounds or any(codes):
        print("Not all rounds ran.")
    return 0 if done == rounds and not findings and not any(codes) else 1


if __name__ == "__main__":
    sys.exit(main())
