"""A run: people come all along while one fault follows the other; then everything rests, and is judged."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tests.faults.fleet import Fleet
from tests.faults.inflict import FAULTS, Fault
from tests.faults.judge import COLUMNS, Judge, Sampler, Verdicts
from tests.faults.people import Agency, People, Person, agencies

AT_ONCE = 40
"""Clinicians on their way in at the same moment."""
WITNESSES = 20
"""First logins that begin with a fault, each at another agency that has room: when all have ended, it is over."""
REST_SECONDS = 300.0


@dataclass(frozen=True)
class Plan:
    """How much. `rounds` of each fault; `people` in all, evenly over the agencies and over the faults' time."""

    people: int
    agencies: int
    rounds: int = 1
    faults: Sequence[Fault] = FAULTS


@dataclass
class LoggedEvent:
    """What is printed in the end."""

    faults: list[Fault] = field(default_factory=list)
    """Each that was inflicted, in order."""
    recovered: list[float] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)
    people: int = 0
    seconds: float = 0.0
    faulty: list[str] = field(default_factory=list)
    """Requests that were answered 500."""
    looks: int = 0

    def table(self) -> str:
        """A line a fault."""
        names = list(dict.fromkeys(fault.name for fault in self.faults))
        width = max(map(len, (*names, "before and after them")))
        head = ["fault".ljust(width), "times", *COLUMNS, "seconds to recover: median, longest"]
        lines = ["  ".join(head)]
        for name in (*names, "before and after them"):
            places = {number for number, fault in enumerate(self.faults) if fault.name == name}
            took = [self.recovered[number] for number in sorted(places)]
            cells = [name.ljust(width), f"{len(places) or '-':>5}"]
            for column in COLUMNS:
                found = self.verdicts.counts[column]
                count = sum(found[number] for number in (places or {-1}))
                cells.append(f"{count:>{len(column)}}")
            cells.append(f"{statistics.median(took):.1f}, {max(took):.1f}" if took else "-")
            lines.append("  ".join(cells))
        return "\n".join(lines)


class Run:
    """One run over a fleet that is up."""

    def __init__(self, fleet: Fleet, plan: Plan, say: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._plan = plan
        self._say = say
        self.people = People(fleet)
        self.told = LoggedEvent(faults=[fault for _ in range(plan.rounds) for fault in plan.faults])
        self._began = time.monotonic()
        self._coming: set[asyncio.Task[None]] = set()
        self._in = 0
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> LoggedEvent:
        """From the opening of the agencies to the judgement."""
        self.people.start()
        try:
            await self._open()
            sampler = Sampler(self._fleet, self.told.verdicts)
            sampling = asyncio.create_task(sampler.run())
            for number, fault in enumerate(self.told.faults):
                await self._during(number, fault)
            await asyncio.gather(*self._coming)
            self._say("everybody has come; waiting until nothing moves any more")
            await self.rest()
            sampling.cancel()
            await sampler.look()
            self.told.looks = sampler.looks
            await Judge(self._fleet, self.people, self.told.verdicts).judge()
        finally:
            await self.people.close()
        self.told.faulty = self.people.faulty
        self.told.people = sum(len(agency.people) for agency in self.people.agencies)
        self.told.seconds = time.monotonic() - self._began
        return self.told

    async def rest(self) -> None:
        """Until every first login has ended and the last mail is out."""
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
        doors = asyncio.Semaphore(6)

        async def open_one(agency: Agency) -> None:
            async with doors:
                await self.people.open(agency, each)

        await asyncio.gather(*(open_one(agency) for agency in agencies(self._plan.agencies, each)))
        self._say(f"{self._plan.agencies} agencies are open")

    async def _during(self, number: int, fault: Fault) -> None:
        """One fault's time: witnesses begin with it, and its share of all others comes."""
        left = len(self.told.faults) - number
        witnesses = [agency.unused.pop() for agency in self._roomy() if agency.unused][:WITNESSES]
        waiting = [person for agency in self.people.agencies for person in agency.unused]
        share = self._drawn(len(waiting) // left if left > 1 else len(waiting))
        self.told.verdicts.starts.append(time.time())
        began = time.monotonic()
        inflicted = asyncio.create_task(fault.inflict(self._fleet))
        watched = [asyncio.create_task(self.people.comes(witness, number)) for witness in witnesses]
        letting_in = asyncio.create_task(self._let_in(share, number))
        await asyncio.gather(*watched, self._seen(witnesses))
        took = time.monotonic() - began
        await inflicted
        self.told.recovered.append(took)
        self._in += len(witnesses)
        await letting_in
        self._say(
            f"{self._in + len(share)} of {self._plan.people} came; {number + 1} of {len(self.told.faults)},"
            f" {fault.name}: over after {took:.1f} s"
        )
        self._in += len(share)

    def _roomy(self) -> list[Agency]:
        return [agency for agency in self.people.agencies if agency.kind == "roomy"]

    def _drawn(self, count: int) -> list[Person]:
        """So many of those who have not come, a few of each agency in turn: a burst at some of them at a time."""
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
            coming = asyncio.create_task(self.people.comes(person, fault))
            self._coming.add(coming)
            coming.add_done_callback(self._came)

    def _came(self, coming: asyncio.Task[None]) -> None:
        self._room.release()
        if not coming.cancelled() and coming.exception() is None:
            self._coming.discard(coming)

    async def _seen(self, witnesses: list[Person]) -> None:
        """Until the pages show that all of them are Active."""
        wanted = {witness.email for witness in witnesses}
        while wanted:
            try:
                async with self._fleet.db() as db:
                    rows = await db.fetch(
                        "SELECT email FROM gateway.members WHERE status = 'active' AND email = ANY($1)", list(wanted)
                    )
                wanted -= {row["email"] for row in rows}
            except Exception:  # noqa: BLE001  Postgres may be the one that is away
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.1)
