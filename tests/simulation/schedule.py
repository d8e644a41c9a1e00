"""A seed whose steps are written by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import partial
from typing import Any

import httpx

from services.seats.domain.pacing import GATHER
from tests.simulation.person import Person
from tests.simulation.rates import CALM
from tests.simulation.run import Simulation
from tests.simulation.system import Replica, System
from tests.simulation.turns import Turn
from tests.support.journey import OPERATOR

DOMAIN = "harbor.example"


class Schedule(Simulation):
    """A seed whose steps are scripted: nothing happens that the script does not do."""

    def __init__(self, system: System, script: Script) -> None:
        super().__init__(system, 0)
        self._rates = CALM
        self._script = script
        self._people.wrong_code_rate = 0.0
        self.system = system
        self.ada = self._people.add_person(f"ada@{DOMAIN}")
        self._people.admins.append(self.ada)

    async def _live(self) -> None:
        await self._script(self)
        await self._watch.check()
        await self._end()

    async def drain(self, but: Collection[str] = ()) -> None:
        """Run every turn until none has work; leave out the turns whose names begin with one of `but`."""
        while work := [work_item for work_item in self._work() if not work_item[0].startswith(tuple(but))]:
            for name, replica, action in work:
                await self._begin(name, replica, action)
                await self._replace_dead()

    async def run_turn(self, name: str, *, rests_at: str | None = None, dies_at: str | None = None) -> Turn:
        """Run one turn, to its end or to a seam."""
        process, _, what = name.partition(" ")
        replica = next(replica for replica in self.system.replicas if replica.name == process)
        turn = Turn(name, process, self._rng, rests_at=rests_at, dies_there=dies_at)
        self._note(name)
        await self._turns.begin(turn, self._work_of(what, replica))
        assert turn.where == (rests_at or dies_at or turn.where), f"{name} came to {turn.where}"
        await self._replace_dead()
        self._idle.clear()
        return turn

    def _work_of(self, what: str, replica: Replica) -> Coroutine[Any, Any, Any]:
        return replica.run_relay() if what == "relays" else replica.handle(self._rng)

    async def go_on(self, turn: Turn) -> None:
        """Run a resting turn to its end."""
        while turn.resting:
            await self._turns.go_on(turn)
        self._idle.clear()

    async def request_and_drain(self, action: Callable[[], Awaitable[Any]], but: Collection[str] = ()) -> None:
        """Make a request, and drain."""
        await self._request("request", action)
        await self.drain(but)

    async def response(self, action: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Make a request, drain, and return its response."""
        responses: list[httpx.Response] = []

        async def request() -> None:
            responses.append(await action())

        await self.request_and_drain(request)
        return responses[0]

    async def look_at_stripe(self) -> None:
        """Deliver Stripe's events, and finish what they set off."""
        while self.system.stripe.undelivered:
            await self._webhook()
            await self.drain()
        for _ in range(6):
            await self._pass(30.0)
            await self.drain()

    async def open_agency(self, base: int, *, baa: bool = True, auto_add: bool = False) -> None:
        """Open the agency, sign its admin in, and sign the BAA."""
        body = {
            "name": "Harbor Clinic", "domain": DOMAIN, "adminEmail": self.ada.email, "adminName": "Ada Park",
            "cycle": "monthly", "base": base, "voice": 0, "adminSeatType": "base", "paymentMethod": "pm_card_visa",
        }  # fmt: skip
        operator = {"Authorization": f"Bearer {OPERATOR}"}
        await self.request_and_drain(partial(self._people._request, self.ada, "POST", "/agencies", body, operator))
        while self.system.stripe.forced_fates or not await self._is_open():
            await self._pass(60.0)
            await self.drain()
        await self.log_in(self.ada)
        if baa:
            await self.request_and_drain(partial(self._people.sign_baa, self.ada))
        if auto_add:
            await self.request_and_drain(partial(self._people.switch_on, self.ada))

    async def _is_open(self) -> bool:
        return bool(await self.system.db.fetchval("SELECT count(*) FROM gateway.agencies WHERE open"))

    async def log_in(self, person: Person, but: Collection[str] = ()) -> None:
        """Prove a person's address with a code. A purchase for them has gathered afterwards."""
        await self.request_and_drain(partial(self._people.request_code, person), but)
        await self.request_and_drain(partial(self._people.enter_code, person), but)
        await self._pass(GATHER.total_seconds())
        await self.drain(but)

    async def report(self) -> None:
        """Deliver Stripe's events."""
        stripe = self.system.stripe
        while stripe.undelivered:
            await self.request_and_drain(partial(self._deliver, stripe.undelivered.pop(0)))

    async def sign_up(self, name: str) -> Person:
        """Sign a clinician up for a Base seat."""
        person = self._people.add_person(f"{name}@{DOMAIN}")
        body = {"email": person.email, "name": "Nia Novak", "seatType": "base"}
        await self.request_and_drain(partial(self._people._request, person, "POST", "/signups", body))
        return person

    async def invite(self, name: str) -> None:
        """Invite a person to a Base seat as the admin."""
        body = {"email": f"{name}@{DOMAIN}", "name": "Ida Novak", "seatType": "base", "role": "clinician"}
        await self.request_and_drain(partial(self._people._request, self.ada, "POST", "/members", body))

    async def id_of(self, name: str) -> str:
        """Return a member's id."""
        found = "SELECT member_id FROM members.members WHERE email = $1"
        return str(await self.system.db.fetchval(found, f"{name}@{DOMAIN}"))

    async def count_published(self, type_: str) -> int:
        """Count the published messages of a type."""
        owner = type_.partition(".")[0]
        count = f'SELECT count(*) FROM "{owner}".outbox WHERE type = $1'
        return int(await self.system.db.fetchval(count, type_))


Script = Callable[[Schedule], Awaitable[None]]
