"""Our side: agencies opened and clinicians signed up over the bus, then commands that record their first logins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from bench.arrivals import Arrivals
from bench.command_encoder import CommandEncoder, begin_operations, new_id
from bench.driver import Driver, Ready
from bench.processes import quiet
from bench.world import BenchWorld
from contracts.macs import CommandKeys
from contracts.members import RecordLogin, SignUp
from contracts.members_agencies import FoundAgency, SignBaa
from contracts.message import Command
from contracts.seats import SetAutoAdd
from contracts.vocabulary import ANYONE, BAA_VERSION, Actor, BillingCycle, Proof, SeatType, member

CHANNEL = "gateway_projected"
"""The channel on which the gateway's projector wakes waiting requests."""
_AT_ONCE = 20_000


class WrongOutcomeError(RuntimeError):
    """A run ended without all its people Active."""


class Ours:
    """The five services with `agencies` agencies of `people` clinicians each, all Pending login, with seats for all.

    `seats`: Base seats per agency instead, one of which the admin holds. `name`: the first part of the agencies'
    domains.
    """

    name = "ours"

    def __init__(
        self,
        world: BenchWorld,
        driver: Driver,
        agencies: int,
        people: int,
        *,
        seats: int | None = None,
        name: str = "clinic",
    ) -> None:
        self._world = world
        self._driver = driver
        self._encoder = CommandEncoder(CommandKeys.of([world.keys.command_key], [world.keys.operator_command_key]))
        self.agencies = [new_id() for _ in range(agencies)]
        self._people = people
        self._seats = people + 1 if seats is None else seats
        self._domain = name
        self._pending: Iterator[tuple[UUID, UUID]] = iter(())

    async def open(self) -> None:
        """Open the agencies and sign the clinicians up through the services, with accounts at the Stripe stand-in."""
        self.arrivals = await Arrivals.listen(self._world.postgres.url, CHANNEL)
        await self.send([(*self._found(number, agency), ANYONE) for number, agency in enumerate(self.agencies)])
        await quiet(self._world.pids().values())
        await self._read_seen()
        sign_ups = [
            (agency, self._sign_up(a, p), ANYONE) for p in range(self._people) for a, agency in enumerate(self.agencies)
        ]
        for start in range(0, len(sign_ups), _AT_ONCE):
            await self.send(sign_ups[start : start + _AT_ONCE])
        await quiet(self._world.pids().values())
        await self._read_seen()
        self._pending = iter(await self._who_is_pending())

    async def auto_add(self) -> None:
        """Sign each agency's BAA and switch Auto-Add on, as its admin."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT agency_id, member_id FROM gateway.members WHERE role = 'admin' AND agency_id = ANY($1)",
                self.agencies,
            )
        admins = [(row["agency_id"], member(row["member_id"])) for row in rows]
        signature = SignBaa(signer_name="Robin Hale", signer_title="Director", version=BAA_VERSION)
        await self.send([(agency, signature, by) for agency, by in admins])
        await self.send([(agency, SetAutoAdd(enabled=True), by) for agency, by in admins])

    async def commands(self, count: int) -> list[Ready]:
        """Return commands for first logins, one agency after the other, each for a member who has never logged in."""
        encoded = []
        for agency, member_id in (next(self._pending) for _ in range(count)):
            login = RecordLogin(member_id=member_id, proof=Proof.CODE)
            encoded.append((agency, self._encoder.encode(agency, login, member(member_id))))
        async with self._world.database() as db:
            await begin_operations(db, [(agency, ready.id) for agency, ready in encoded], RecordLogin)
        return [ready for _, ready in encoded]

    async def check(self, commands: Sequence[Ready]) -> None:
        """Raise WrongOutcomeError unless all are Active in the read model, with a seat in the ledger."""
        async with self._world.database() as db:
            active = await db.fetchval(
                "SELECT count(*) FROM gateway.operations o JOIN gateway.members m USING (member_id)"
                " JOIN seats.holders h USING (member_id)"
                " WHERE o.id = ANY($1) AND o.outcome = 'members.activated.v1' AND m.status = 'active'",
                [command.id for command in commands],
            )
        if active != len(commands):
            raise WrongOutcomeError(f"{active} of {len(commands)} are Active")

    def pids(self) -> dict[str, int]:
        """The processes whose CPU counts as ours."""
        return self._world.pids()

    async def close(self) -> None:
        """Stop listening."""
        await self.arrivals.close()

    async def send(self, commands: Sequence[tuple[UUID, Command, Actor]]) -> None:
        """Send commands of one kind, and wait for the outcome of each."""
        ready = [(agency, self._encoder.encode(agency, command, by)) for agency, command, by in commands]
        async with self._world.database() as db:
            await begin_operations(db, [(agency, command.id) for agency, command in ready], type(commands[0][1]))
        await self._driver.burst([command for _, command in ready], self.arrivals)
        await self._read_seen()

    def sent_to(self, agency: UUID) -> int:
        """Return how many commands about this agency members has received."""
        return self._encoder.sent[agency, SignUp.topic]

    def _found(self, number: int, agency: UUID) -> tuple[UUID, FoundAgency]:
        domain = f"{self._domain}-{number}.example"
        return agency, FoundAgency(
            name=f"Clinic {number}",
            domain=domain,
            admin_email=f"admin@{domain}",
            admin_name="Robin Hale",
            cycle=BillingCycle.MONTHLY,
            base=self._seats,
            voice=0,
            admin_seat_type=SeatType.BASE,
            payment_method="pm_card_visa",
        )

    def _sign_up(self, number: int, person: int) -> SignUp:
        email = f"clinician-{person}@{self._domain}-{number}.example"
        return SignUp(email=email, name="Sam Okafor", seat_type=SeatType.BASE)

    async def _read_seen(self) -> None:
        async with self._world.database() as db:
            rows = await db.fetch("SELECT agency_id, seen FROM gateway.actors")
        self._encoder.seen = {row["agency_id"]: orjson.loads(row["seen"]) for row in rows}

    async def _who_is_pending(self) -> list[tuple[UUID, UUID]]:
        """Return the pending members in turns: the first of every agency, then the second of every agency."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT agency_id, member_id FROM gateway.members"
                " WHERE status = 'pending_login' AND agency_id = ANY($1)"
                " ORDER BY row_number() OVER (PARTITION BY agency_id ORDER BY member_id), agency_id",
                self.agencies,
            )
        return [(row["agency_id"], row["member_id"]) for row in rows]
