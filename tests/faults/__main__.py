"""`make faults`: 10,000 first logins of 100 agencies during crashes, freezes, full disks and losses; prints a table.

`python -m tests.faults --people 1000 --agencies 20 --rounds 1` is a shorter run.
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
from tests.faults.fleet import Fleet
from tests.faults.judge import OPERATOR
from tests.faults.loss import LossCheck
from tests.faults.release import source_of
from tests.faults.rows import CLUSTER, FAST, FAULTS, LONG, SECURED, SLOW, UPGRADE
from tests.faults.run import Plan, Run
from tests.support.servers import MEMORY

SETTINGS = {
    "HEADCOUNT_SESSION_TIMEOUT": "6",
    "HEADCOUNT_EVENTS_EVERY": "2",
    "HEADCOUNT_OPERATOR_EMAIL": OPERATOR,
}
"""Short enough that a fault lasts longer, and somebody who is mailed about it."""
LOGS = Path(os.environ.get("HEADCOUNT_LOCAL", ".local")) / "faults"


async def _run(folder: Path, plan: Plan, beside: str | None = None) -> int:
    began = time.monotonic()

    def report(what: str) -> None:
        spent = int(time.monotonic() - began)
        print(f"{spent // 60:>3}:{spent % 60:02}  {what}", flush=True)

    fleet = Fleet(
        folder,
        cluster=plan.faults == CLUSTER,
        secured=plan.faults == SECURED,
        fast=plan.faults == FAST,
        release=None if beside is None else source_of(beside, folder / "release"),
    )
    os.environ.update(fleet.kafka_settings)
    steps = StartupProgress(Console())
    try:
        async with steps.display():
            await fleet.up(steps)
        run = Run(fleet, plan, report)
        result = await run.run()
        print(f"\n{result.people} first logins of {plan.agencies} agencies in {result.seconds:.0f} s;")
        print(f"Active members were compared with Stripe's quantity {result.samples} times.\n")
        print(result.table(), flush=True)
        print(f"\nResponses with status 500: {len(result.faulty)}")
        for finding in (*result.faulty[:20], *result.verdicts.findings[:40]):
            print(finding)
        loss = LossCheck(fleet, report)
        if fleet.cluster is None and plan.faults not in {LONG, UPGRADE}:
            await loss.bus()
            await loss.gateway()
        for line in loss.lines:
            print(line)
        return 0 if result.verdicts.clean and not result.faulty and loss.same else 1
    finally:
        await fleet.down()


def main() -> int:
    """Run; the exit code is 1 if any column but the last two is not zero."""
    rows = "\n".join(f"  {fault.name}" for fault in (*FAULTS, *SLOW, *LONG, *FAST, *SECURED, *CLUSTER))
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        epilog=f"the faults:\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--agencies", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2, help="how often each fault")
    parser.add_argument("--only", nargs="+", help="faults whose name has one of these in it")
    parser.add_argument("--secured", action="store_true", help="a broker with SASL and TLS")
    parser.add_argument("--line", action="store_true", help="a long line at one agency, while Stripe is slow")
    parser.add_argument("--fast", action="store_true", help="a machine whose clock is ten minutes ahead")
    parser.add_argument("--long", action="store_true", help="a million messages published again, beside the people")
    parser.add_argument("--cluster", action="store_true", help="three brokers, of which one is killed each time")
    parser.add_argument("--beside", metavar="REVISION", help="second replicas of this tag or commit, beside ours")
    arguments = parser.parse_args()
    alone = {
        CLUSTER: arguments.cluster,
        SECURED: arguments.secured,
        FAST: arguments.fast,
        SLOW: arguments.line,
        LONG: arguments.long,
        UPGRADE: arguments.beside,
    }
    group = next((faults for faults, wanted in alone.items() if wanted), FAULTS)
    parts = arguments.only or ("",)
    faults = tuple(fault for fault in group if any(part in fault.name for part in parts))
    os.environ.update(SETTINGS)
    folder = Path(tempfile.mkdtemp(prefix="headcount-faults-", dir=MEMORY))
    try:
        return asyncio.run(
            _run(folder, Plan(arguments.people, arguments.agencies, arguments.rounds, faults), arguments.beside)
        )
    finally:
        shutil.rmtree(LOGS, ignore_errors=True)
        shutil.copytree(folder / "logs", LOGS)
        shutil.rmtree(folder, ignore_errors=True)
        print(f"The services' logs are in {LOGS}")


if __name__ == "__main__":
    sys.exit(main())
