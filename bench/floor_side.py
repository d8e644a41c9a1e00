"""The floor's side: its tables, topics and four processes, and commands for as many agencies and people as ours."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from bench import floor
from bench.arrivals import Arrivals
from bench.command_encoder import new_id
from bench.driver import Ready
from bench.ours import WrongOutcomeError
from bench.world import BenchWorld
from contracts.topics import PARTITIONS, RETENTION_MS
from deploy.local.programs import Program
from services.cli.topics import provision
from transport.access import KafkaAccess


class Floor:
    """Four bare processes over as many agencies and people as ours."""

    name = "floor"

    def __init__(self, world: BenchWorld, agencies: int, people: int) -> None:
        self._world = world
        self._agencies = [new_id() for _ in range(agencies)]
        self._people = [(agency, new_id()) for _ in range(people) for agency in self._agencies]
        self._pending: Iterator[tuple[UUID, UUID]] = iter(self._people)
        self._sent: Counter[UUID] = Counter()
        self._programs: list[Program] = []

    async def open(self) -> None:
        """Make tables and topics, insert the people, and start the processes."""
        async with self._world.database() as db:
            await db.execute(floor.schema())
            for table in ("members", "read_model"):
                rows = [(agency, member_id, "pending_login") for agency, member_id in self._people]
                await db.copy_records_to_table(table, schema_name="floor", records=rows)
        topics = [floor.topic(hop) for hop in range(floor.HOPS)]
        kafka = self._world.kafka.bootstrap
        await provision(KafkaAccess(kafka), topics, partitions=PARTITIONS, replication=1, retention_ms=RETENTION_MS)
        self.arrivals = await Arrivals.listen(self._world.postgres.url, floor.CHANNEL)
        for hop in range(floor.HOPS):
            arguments = ("-m", "bench.floor", str(hop), kafka, self._world.postgres.url)
            self._programs.append(self._world.program(f"floor-{hop}", "python", *arguments))
            self._programs[-1].start()

    async def commands(self, count: int) -> list[Ready]:
        """Return commands for people who have never logged in, one agency after the other."""
        return [self._command(*next(self._pending)) for _ in range(count)]

    async def check(self, commands: Sequence[Ready]) -> None:
        """Raise WrongOutcomeError unless all of them are Active in the floor's read model."""
        members = [UUID(orjson.loads(command.value)["member_id"]) for command in commands]
        async with self._world.database() as db:
            active = await db.fetchval(
                "SELECT count(*) FROM floor.read_model r JOIN floor.holders h USING (member_id)"
                " WHERE member_id = ANY($1) AND r.status = 'active'",
                members,
            )
        if active != len(commands):
            raise WrongOutcomeError(f"{active} of {len(commands)} are Active at the floor")

    def pids(self) -> dict[str, int]:
        """The processes whose CPU counts as the floor's."""
        return {program.name: program.pid for program in self._programs}

    async def close(self) -> None:
        """End the floor's processes."""
        await self.arrivals.close()
        await asyncio.gather(*(program.stop() for program in self._programs))

    def _command(self, agency: UUID, member_id: UUID) -> Ready:
        self._sent[agency] += 1
        command_id = new_id()
        message = {
            "command_id": command_id.hex,
            "agency_id": str(agency),
            "member_id": str(member_id),
            "seq": self._sent[agency],
            "seat_type": "base",
        }
        return Ready(command_id, floor.topic(0), str(agency).encode(), orjson.dumps(message), [])
