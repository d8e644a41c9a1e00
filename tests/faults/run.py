"""A run: people come throughout while one fault follows another; then the system rests, and the judge decides."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tests.faults.fleet import Fleet
from tests.faults.flood import FLOODED
from tests.faults.judge import COLUMNS, Judge, Sampler, Verdicts
from tests.faults.memory import MemorySampler
from tests.faults.people import Agency, People, Person, agencies
from tests.faults.rows import FAULTS, Fault

AT_ONCE = 40
"""Clinicians who log in at the same moment."""
WITNESSES = 20
"""First logins that begin with a fault, each at an agency with free seats: the fault is over when all have ended."""
REST_SECONDS = 600.0


@dataclass(frozen=True)
class Plan:
    """The sizes: `rounds` of each fault, and `people` in all, spread evenly over agencies and faults."""

    people: int
    agencies: int
    rounds: int = 1
    faults: Sequence[Fault] = FAULTS


@dataclass
class RunResult:
    """The result that is printed at the end."""

    faults: list[Fault] = field(default_factory=list)
    """The faults in the order in which they were inflicted."""
    recovered: list[float] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)
    people: int = 0
    seconds: float = 0.0
    faulty: list[str] = field(default_factory=list)
    """Requests that got a 500."""
    samples: int = 0

    def table(self) -> str:
        """Return the table, one line per fault."""
        names = list(dict.fromkeys(fault.name for fault in self.faults))
        width = max(map(len, (*names, "before and after them")))
        head = ["fault".ljust(width), "times", *COLUMNS, "seconds to recover: median, longest"]
        lines = ["  ".join(head)]
        for name in (*names, "before and after them"):
            places = {number for number, fault in enumerate(self.faults) if fault.name == name}
            took = [self.recovered[number] for number in sorted(places)]
            cells = [name.ljust(width), f"{len(places) or '-':>5}"]
            for column in COLUMNS:
                counts = self.verdicts.counts[column]
                count = sum(counts[number] for number in (places or {-1}))
                cells.append(f"{count:>{len(column)}}")
            cells.append(f"{statistics.median(took):.1f}, {max(took):.1f}" if took else "-")
            lines.append("  ".join(cells))
        return "\n".join(lines)


class Run:
    """One run over a fleet that is up."""

    def __init__(self, fleet: Fleet, plan: Plan, report: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._plan = plan
        self._report = report
        self.people = People(fleet)
        self.result = RunResult(faults=[fault for _ in range(plan.rounds) for fault in plan.faults])
        self._began = time.monotonic()
        self._logins: set[asyncio.Task[None]] = set()
        self._arrived = 0
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> RunResult:
        """Run from the opening of the agencies to the verdict."""
        self.people.start()
        try:
            await self._open()
            sampler = Sampler(self._fleet, self.result.verdicts)
            memory = MemorySampler(self._fleet)
            sampling = [asyncio.create_task(sampler.run()), asyncio.create_task(memory.run())]
            for number, fault in enumerate(self.result.faults):
                await self._during(number, fault)
            await asyncio.gather(*self._logins)
            self._report("everybody has come; waiting until the system is at rest")
            await self.rest()
            for task in sampling:
                task.cancel()
            self._report(memory.line())
            await sampler.sample()
            self.result.samples = sampler.samples
            await Judge(self._fleet, self.people, self.result.verdicts).judge()
        finally:
            await self.people.close()
        self.result.faulty = self.people.faulty
        self.result.people = sum(len(agency.people) for agency in self.people.agencies)
        self.result.seconds = time.monotonic() - self._began
        return self.result

    async def rest(self) -> None:
        """Wait until every first login has ended and the last mail is sent."""
        async with asyncio.timeout(REST_SECONDS):
            while True:
                async with self._fleet.db() as db:
                    waiting = await db.fetchval("SELECT count(*) FROM members.members WHERE waiting")
                if not waiting:
                    break
                await asyncio.sleep(1)
        await self._fleet.rest(REST_SECONDS)

    async def _open(self) -> None:
        each = self._plan.people // self._plan.agencies
        limit = asyncio.Semaphore(6)

        async def open_one(agency: Agency) -> None:
            async with limit:
                await self.people.open(agency, each)

        await asyncio.gather(*(open_one(agency) for agency in agencies(self._plan.agencies, each)))
        if any(fault.floods for fault in self._plan.faults):
            await self.people.open(Agency(FLOODED, "buys", 0), 0)
        self._report(f"{self._plan.agencies} agencies are open")

    async def _during(self, number: int, fault: Fault) -> None:
        """Inflict one fault: witnesses begin with it, and its share of the other people comes."""
        if fault.prepare is not None:
            await fault.prepare(self._fleet)
        faults_left = len(self.result.faults) - number
        witnesses = [agency.unused.pop() for agency in self._roomy() if agency.unused][:WITNESSES]
        waiting = [person for agency in self.people.agencies for person in agency.unused]
        share = self._draw(len(waiting) // faults_left if faults_left > 1 else len(waiting))
        self.result.verdicts.starts.append(time.time())
        began = time.monotonic()
        inflicted = asyncio.create_task(fault.inflict(self._fleet))
        self.people.take_longest()
        witness_logins = [asyncio.create_task(self.people.log_in_first(witness, number)) for witness in witnesses]
        arrivals = asyncio.create_task(self._let_in(share, number))
        await asyncio.gather(*witness_logins, self._wait_until_active(witnesses))
        took = time.monotonic() - began
        self._report(f"the longest waits: {self.people.take_longest()}")
        if (ended := await inflicted) is not None:
            self._report(ended)
        self.result.recovered.append(took)
        self._arrived += len(witnesses)
        await arrivals
        self._report(
            f"{self._arrived + len(share)} of {self._plan.people} came; {number + 1} of {len(self.result.faults)},"
            f" {fault.name}: over after {took:.1f} s"
        )
        self._arrived += len(share)

    def _roomy(self) -> list[Agency]:
        return [agency for agency in self.people.agencies if agency.kind == "roomy"]

    def _draw(self, count: int) -> list[Person]:
        """Draw people who have not come, a few of each agency in turn, so that some agencies get a burst."""
        rest = sorted(self.people.agencies, key=lambda agency: -len(agency.unused))
        drawn: list[Person] = []
        for agency in rest:
            few = list(islice(agency.unused, min(len(agency.unused), count - len(drawn), 20)))
            drawn += few
            del agency.unused[: len(few)]
        return drawn

    async def _let_in(self, share: list[Person], fault: int) -> None:
        for person in share:
            await self._room.acquire()
            login = asyncio.create_task(self.people.log_in_first(person, fault))
            self._logins.add(login)
            login.add_done_callback(self._on_login_done)

    def _on_login_done(self, task: asyncio.Task[None]) -> None:
        self._room.release()
        if not task.cancelled() and task.exception() is None:
            self._logins.discard(task)

    async def _wait_until_active(self, witnesses: list[Person]) -> None:
        """Wait until the read model shows all witnesses Active."""
        pending = {witness.email for witness in witnesses}
        while pending:
            try:
                async with self._fleet.db() as db:
                    rows = await db.fetch(
                        "SELECT email FROM gateway.members WHERE status = 'active' AND email = ANY($1)", list(pending)
                    )
                pending -= {row["email"] for row in rows}
            except Exception:  # noqa: BLE001  Postgres may be the one that is away
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.1)
