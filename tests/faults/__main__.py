"""`make faults`: 10,000 first logins of 100 agencies while everything dies, freezes, fills up and is lost; a table.

`python -m tests.faults --people 1000 --agencies 20 --rounds 1` is a shorter one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from deploy.local.progress import StartupProgress
from tests.faults.again import Retry
from tests.faults.fleet import Fleet
from tests.faults.inflict import FAULTS
from tests.faults.run import Plan, Run
from tests.support.servers import MEMORY

SETTINGS = {"HEADCOUNT_SESSION_TIMEOUT": "6", "HEADCOUNT_EVENTS_EVERY": "2"}
"""Short enough for a fault to last longer."""
LOGS = Path(os.environ.get("HEADCOUNT_LOCAL", ".local")) / "faults"


async def _run(folder: Path, plan: Plan) -> int:
    began = time.monotonic()

    def say(what: str) -> None:
        spent = int(time.monotonic() - began)
        print(f"{spent // 60:>3}:{spent % 60:02}  {what}", flush=True)

    fleet = Fleet(folder)
    steps = StartupProgress(Console())
    try:
        async with steps.display():
            await fleet.up(steps)
        run = Run(fleet, plan, say)
        told = await run.run()
        print(f"\n{told.people} first logins of {plan.agencies} agencies in {told.seconds:.0f} s;")
        print(f"Active against Stripe's quantity was looked at {told.looks} times.\n")
        print(told.table(), flush=True)
        print(f"\nAnswered 500: {len(told.faulty)}")
        for words in (*told.faulty[:20], *told.verdicts.words[:40]):
            print(words)
        again = Retry(fleet, say)
        await again.bus()
        await again.gateway()
        for line in again.lines:
            print(line)
        return 0 if told.verdicts.clean and not told.faulty and again.same else 1
    finally:
        await fleet.down()


def main() -> int:
    """Run it; the exit code is 1 when anything but the last two columns is not zero."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--agencies", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2, help="how often each fault")
    parser.add_argument("--only", help="faults whose name has this in it")
    given = parser.parse_args()
    faults = [fault for fault in FAULTS if given.only is None or given.only in fault.name]
    os.environ.update(SETTINGS)
    folder = Path(tempfile.mkdtemp(prefix="headcount-faults-", dir=MEMORY))
    try:
        return asyncio.run(_run(folder, Plan(given.people, given.agencies, given.rounds, faults)))
    finally:
        shutil.rmtree(LOGS, ignore_errors=True)
        shutil.copytree(folder / "logs", LOGS)
        shutil.rmtree(folder, ignore_errors=True)
        print(f"The services' logs are in {LOGS}")


if __name__ == "__main__":
    sys.exit(main())
