"""Our side: agencies opened and clinicians signed up over the bus, then commands to record their first logins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from bench.arrivals import Arrivals
from bench.driver import Driver, Ready
from bench.gateway_voice import GatewayVoice, begin_operations, new_id
from bench.processes import quiet
from bench.world import BenchWorld
from contracts.members import FoundAgency, RecordLogin, SignBaa, SignUp
from contracts.message import Command
from contracts.seats import SetAutoAdd
from contracts.vocabulary import ANYONE, BAA_VERSION, Actor, BillingCycle, Proof, SeatType, member

CHANNEL = "gateway_projected"
"""Where the gateway's projector wakes whoever waits."""
_AT_ONCE = 20_000


class WrongOutcomeError(RuntimeError):
    """A run ended otherwise than all its people Active."""


class Ours:
    """The five services with `agencies` agencies of `people` clinicians each, all Pending login, and seats for all.

    `seats`: so many Base seats an agency instead, one of which is its admin's. `name`: what its agencies' domains bear.
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
        self._voice = GatewayVoice()
        self.agencies = [new_id() for _ in range(agencies)]
        self._people = people
        self._seats = people + 1 if seats is None else seats
        self._domain = name
        self._pending: Iterator[tuple[UUID, UUID]] = iter(())

    async def open(self) -> None:
        """Make it so, through the services alone: accounts at the Stripe stand-in, sign-ups in order."""
        self.arrivals = await Arrivals.listen(self._world.postgres.url, CHANNEL)
        await self.give([(*self._found(number, agency), ANYONE) for number, agency in enumerate(self.agencies)])
        await quiet(self._world.pids().values())
        await self._read_seen()
        sign_ups = [
            (agency, self._sign_up(a, p), ANYONE) for p in range(self._people) for a, agency in enumerate(self.agencies)
        ]
        for start in range(0, len(sign_ups), _AT_ONCE):
            await self.give(sign_ups[start : start + _AT_ONCE])
        await quiet(self._world.pids().values())
        await self._read_seen()
        self._pending = iter(await self._who_is_pending())

    async def auto_add(self) -> None:
        """Each agency's admin signs its BAA and switches Auto-Add ON."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT agency_id, member_id FROM gateway.members WHERE role = 'admin' AND agency_id = ANY($1)",
                self.agencies,
            )
        admins = [(row["agency_id"], member(row["member_id"])) for row in rows]
        signature = SignBaa(signer_name="Robin Hale", signer_title="Director", version=BAA_VERSION)
        await self.give([(agency, signature, by) for agency, by in admins])
        await self.give([(agency, SetAutoAdd(enabled=True), by) for agency, by in admins])

    async def orders(self, count: int) -> list[Ready]:
        """Commands for so many first logins, one agency after the other, each by somebody who has never logged in."""
        given = []
        for agency, member_id in (next(self._pending) for _ in range(count)):
            order = RecordLogin(member_id=member_id, proof=Proof.CODE)
            given.append((agency, self._voice.order(agency, order, member(member_id))))
        async with self._world.database() as db:
            await begin_operations(db, [(agency, ready.id) for agency, ready in given], RecordLogin)
        return [ready for _, ready in given]

    async def check(self, orders: Sequence[Ready]) -> None:
        """All of them Active in the read model, with a seat in the ledger. WrongOutcomeError otherwise."""
        async with self._world.database() as db:
            active = await db.fetchval(
                "SELECT count(*) FROM gateway.operations o JOIN gateway.members m USING (member_id)"
                " JOIN seats.holders h USING (member_id)"
                " WHERE o.id = ANY($1) AND o.outcome = 'members.activated.v1' AND m.status = 'active'",
                [order.id for order in orders],
            )
        if active != len(orders):
            raise WrongOutcomeError(f"{active} of {len(orders)} are Active")

    def pids(self) -> dict[str, int]:
        """Whose CPU is ours."""
        return self._world.pids()

    async def close(self) -> None:
        """Stop listening."""
        await self.arrivals.close()

    async def give(self, orders: Sequence[tuple[UUID, Command, Actor]]) -> None:
        """Give commands of one kind, and wait for the outcome of each."""
        ready = [(agency, self._voice.order(agency, order, by)) for agency, order, by in orders]
        async with self._world.database() as db:
            await begin_operations(db, [(agency, command.id) for agency, command in ready], type(orders[0][1]))
        await self._driver.burst([command for _, command in ready], self.arrivals)
        await self._read_seen()

    def given_to(self, agency: UUID) -> int:
        """How many commands about this agency members has been given."""
        return self._voice.said[agency, SignUp.topic]

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
        self._voice.seen = {row["agency_id"]: orjson.loads(row["seen"]) for row in rows}

    async def _who_is_pending(self) -> list[tuple[UUID, UUID]]:
        """In turns: the first of every agency, then the second of every agency."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT agency_id, member_id FROM gateway.members"
                " WHERE status = 'pending_login' AND agency_id = ANY($1)"
                " ORDER BY row_number() OVER (PARTITION BY agency_id ORDER BY member_id), agency_id",
                self.agencies,
            )
        return [(row["agency_id"], row["member_id"]) for row in rows]
