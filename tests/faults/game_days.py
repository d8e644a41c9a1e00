"""Game days: a dead node, a full disk and a bad deploy, watched by a Prometheus with our alert rules.

`python -m tests.faults.game_days --prometheus PATH` prints which alert fired when, what people noticed, and how the
line of the runbook ended it. Prometheus is a program of its own, which the tests do not install.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import yaml
from rich.console import Console

from contracts.vocabulary import Service
from deploy.local.paths import REPOSITORY
from deploy.local.ports import free_port
from deploy.local.programs import Program
from deploy.local.progress import StartupProgress
from deploy.local.settings import settings_of_service
from tests.faults import disk
from tests.faults.__main__ import SETTINGS
from tests.faults.fleet import Fleet
from tests.faults.people import Agency, NoResponseError, People
from tests.support.servers import MEMORY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONSOLE = Console(markup=False, highlight=False, soft_wrap=True)
SCRAPE = "5s"
RETRIES = "headcount_batch_retries_total{"
PEOPLE = 400
EVERY = 2.0
"""Seconds between two people who come for the first time."""
MOST = 420.0
"""Seconds for which a day waits for its alert."""
Day = Callable[["Stage"], Awaitable[None]]


class Stage:
    """The fleet, the people who come all the time, and Prometheus."""

    def __init__(self, fleet: Fleet, people: People, prometheus: str) -> None:
        self.fleet, self.people = fleet, people
        self._prometheus = prometheus
        self._began = time.monotonic()
        self.came = self.gave_up = 0
        self.slowest = 0.0
        self._firing: set[str] = set()

    def say(self, what: str) -> None:
        """Print with the seconds since the day began."""
        CONSOLE.print(f"{time.monotonic() - self._began:>6.0f} s  {what}")

    def begin(self, name: str) -> None:
        """Begin a day."""
        CONSOLE.print(f"\n== {name}")
        self._began, self.came, self.gave_up, self.slowest = time.monotonic(), 0, 0, 0.0

    async def alerts(self) -> set[str]:
        """Return the alerts that fire, each with its labels."""
        async with httpx.AsyncClient(base_url=self._prometheus, trust_env=False) as client:
            found: list[Any] = (await client.get("/api/v1/alerts")).json()["data"]["alerts"]
        return {
            f"{alert['labels']['alertname']} ({alert['labels'].get('job', '-')})"
            for alert in found
            if alert["state"] == "firing"
        }

    async def until(self, name: str, *, fires: bool) -> None:
        """Wait until an alert fires or no longer does, and print each that comes or goes meanwhile."""
        until = time.monotonic() + MOST
        while time.monotonic() < until:
            now = await self.alerts()
            for alert in sorted(now - self._firing):
                self.say(f"fires: {alert}")
            for alert in sorted(self._firing - now):
                self.say(f"over: {alert}")
            self._firing = now
            if any(alert.startswith(f"{name} ") for alert in now) == fires:
                return
            await asyncio.sleep(2)
        self.say(f"{name} did not {'fire' if fires else 'end'} within {MOST:.0f} s")

    async def command(self, *arguments: str) -> None:
        """Run an operator's command, and print what it says."""
        addresses = self.fleet.world.addresses()
        settings = settings_of_service(Service.SEATS, 0, addresses, self.fleet.keys, 0)
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("headcount"),
            *arguments,
            env=os.environ | settings | {"COLUMNS": "160", "HEADCOUNT_LOG_LEVEL": "error"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        self.say(f"$ headcount {' '.join(arguments)}   (exit code {process.returncode})")
        CONSOLE.print(output.decode().rstrip())

    async def let_people_come(self, agency: Agency) -> None:
        """One person after another logs in for the first time, until cancelled."""
        async with asyncio.TaskGroup() as logins:
            while agency.unused:
                logins.create_task(self._come(agency))
                await asyncio.sleep(EVERY)

    async def _come(self, agency: Agency) -> None:
        began = time.monotonic()
        try:
            await self.people.log_in_first(agency.unused.pop(), 0)
        except NoResponseError:
            self.gave_up += 1
        self.came, self.slowest = self.came + 1, max(self.slowest, time.monotonic() - began)

    def noticed(self) -> None:
        """Print what people noticed."""
        self.say(f"{self.came} people came; the slowest first login took {self.slowest:.1f} s; {self.gave_up} gave up")


async def dead_node(stage: Stage) -> None:
    """The node with a replica of each service is lost; the replicas start on another one after the alert."""
    lost = [stage.fleet.of(service)[1] for service in Service]
    await asyncio.gather(*(replica.program.kill() for replica in lost))
    stage.say("a replica of each service is dead")
    await stage.until("ProcessAway", fires=True)
    stage.noticed()
    for replica in lost:
        replica.program.start()
    stage.say("they are started on another node")
    await stage.until("ProcessAway", fires=False)


async def full_disk(stage: Stage) -> None:
    """Postgres has no space left: two of three statements that write fail. Somebody makes room after the alert."""
    await disk.fill(stage.fleet)
    stage.say("the disk is full")
    await stage.until("Degraded", fires=True)
    for replica in stage.fleet.replicas:
        retried = [line for line in (await replica.metrics()).splitlines() if line.startswith(RETRIES)]
        stage.say(f"{replica.service}: {retried}")
    await disk.clear(stage.fleet)
    stage.say("there is room again")
    await stage.until("Degraded", fires=False)
    stage.noticed()


async def bad_deploy(stage: Stage) -> None:
    """A release of seats fails for one agency. It is rolled back, and the agency resumed."""
    unlucky = next(agency for agency in stage.people.agencies if agency.domain.startswith("unlucky"))
    seats = stage.fleet.of(Service.SEATS)
    settings = settings_of_service(Service.SEATS, free_port(), stage.fleet.world.addresses(), stage.fleet.keys, 0)
    await asyncio.gather(*(replica.program.stop() for replica in seats))
    bad = Program(
        "seats of a bad release",
        [sys.executable, "-m", "tests.support.faulty_release", "run", "seats"],
        log=stage.fleet.folder / "logs" / "seats-bad.log",
        environment=os.environ | settings | {"FAULTY": str(unlucky.id), "HEADCOUNT_PORT": _port(seats[0].probes)},
    )
    bad.start()
    stage.say("the bad release of seats runs")
    login = asyncio.create_task(stage.people.log_in_first(unlucky.unused.pop(), 0))
    await stage.until("AgencyParked", fires=True)
    await stage.command("parked", "seats")
    await stage.command("deferred", "list", "seats", "--agency", str(unlucky.id))
    await bad.stop()
    for replica in seats:
        replica.program.start()
    await asyncio.gather(*(replica.ready() for replica in seats))
    stage.say("seats is rolled back")
    await stage.command("deferred", "resume", "seats", "--agency", str(unlucky.id))
    await login
    stage.say("the person who waited is in")
    await stage.until("AgencyParked", fires=False)
    mails = [mail.subject for mail in stage.fleet.sink.mails if "waits" in mail.subject or "held" in mail.subject]
    stage.say(f"mails to the operator: {mails}")
    stage.noticed()


DAYS: dict[str, Day] = {"dead-node": dead_node, "full-disk": full_disk, "bad-deploy": bad_deploy}


def _port(url: str) -> str:
    return str(urlsplit(url).port)


@asynccontextmanager
async def prometheus(program: Path, fleet: Fleet) -> AsyncIterator[str]:
    """Run Prometheus with our rules, and a target for each replica; yields its address."""
    folder, port = fleet.folder / "prometheus", free_port()
    folder.mkdir()
    jobs = [
        {
            "job_name": f"headcount-{service}",
            "static_configs": [{"targets": [urlsplit(replica.probes).netloc for replica in fleet.of(service)]}],
        }
        for service in Service
    ]
    config = {
        "global": {"scrape_interval": SCRAPE, "evaluation_interval": SCRAPE, "scrape_timeout": "4s"},
        "rule_files": [str(REPOSITORY / "deploy" / "monitoring" / "alerts.yaml")],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command: list[str | Path] = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
    ]
    running = Program("Prometheus", [*command, f"--web.listen-address=127.0.0.1:{port}"], log=folder / "prometheus.log")
    running.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await running.stop()


async def run(folder: Path, program: Path, days: list[str]) -> None:
    """Run the days, one after another, on one fleet."""
    fleet = Fleet(folder)
    os.environ.update(fleet.kafka_settings)
    steps = StartupProgress(CONSOLE)
    try:
        async with steps.display():
            await fleet.up(steps)
        people = People(fleet)
        people.start()
        busy = Agency("busy.example", "roomy", PEOPLE)
        await people.open(busy, PEOPLE)
        await people.open(Agency("unlucky.example", "roomy", 3), 3)
        async with prometheus(program, fleet) as url:
            stage = Stage(fleet, people, url)
            coming = asyncio.create_task(stage.let_people_come(busy))
            await asyncio.sleep(30)
            stage.say(f"before: {sorted(await stage.alerts()) or 'no alert fires'}")
            for name in days:
                stage.begin(name)
                await DAYS[name](stage)
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
        await people.close()
    finally:
        await fleet.down()


def main() -> None:
    """Run the chosen days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", type=Path, default=shutil.which("prometheus"), help="the program")
    parser.add_argument("--only", nargs="+", choices=list(DAYS), default=list(DAYS))
    given = parser.parse_args()
    if given.prometheus is None:
        parser.error("Prometheus is not installed; name its program.")
    os.environ.update(SETTINGS)
    folder = Path(tempfile.mkdtemp(prefix="headcount-game-days-", dir=MEMORY))
    try:
        asyncio.run(run(folder, given.prometheus.resolve(), given.only))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
