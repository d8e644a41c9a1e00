"""Small schedules, written by hand: one for each guard, in which nothing but the guard keeps its invariant.

With the source as it is each is clean; with the guard taken out of a copy it ends in the guard's own violation.
`SCHEDULES` names them as `guards.py` names the guards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import partial
from typing import Any

from contracts.vocabulary import Service
from tests.simulation.bus import PARTITIONS
from tests.simulation.people import Person
from tests.simulation.run import CALM, Outcome, Simulation
from tests.simulation.system import Replica, System
from tests.simulation.turns import Turn
from tests.support.journey import OPERATOR

DOMAIN = "harbor.example"


class Schedule(Simulation):
    """A story told step by step: nothing happens in it that is not said."""

    def __init__(self, system: System, script: Script) -> None:
        super().__init__(system, 0)
        self._weather = CALM
        self._script = script
        self._people.slips = 0.0
        self.system = system
        self.ada = self._people.come(f"ada@{DOMAIN}")
        self._people.admins.append(self.ada)

    async def _live(self) -> None:
        await self._script(self)
        await self._watch.look()
        await self._end()

    async def drain(self, but: Collection[str] = ()) -> None:
        """Everybody has their turn until nobody has anything to do; turns whose names begin so are left out."""
        while work := [item for item in self._work() if not item[0].startswith(tuple(but))]:
            for name, replica, doing in work:
                await self._begin(name, replica, doing)
                await self._bury()

    async def ctx(self, name: str, *, rests_at: str | None = None, dies_at: str | None = None) -> Turn:
        """One turn, perhaps no further than to a seam."""
        process, _, what = name.partition(" ")
        replica = next(replica for replica in self.system.replicas if replica.name == process)
        ctx = Turn(name, process, self._chance, rests_at=rests_at, dies_there=dies_at)
        self._note(name)
        await self._turns.begin(ctx, self._doing(what, replica))
        assert ctx.where == (rests_at or dies_at or ctx.where), f"{name} came to {ctx.where}"
        await self._bury()
        self._idle.clear()
        return ctx

    def _doing(self, what: str, replica: Replica) -> Coroutine[Any, Any, Any]:
        return {
            "hears": partial(replica.handle, self._chance),
            "relays": partial(replica.relay, self.system.bus),
        }[what]()

    async def go_on(self, ctx: Turn) -> None:
        """A turn that rested is taken to its end."""
        while ctx.resting:
            await self._turns.go_on(ctx)
        self._idle.clear()

    async def does(self, doing: Callable[[], Awaitable[Any]], but: Collection[str] = ()) -> None:
        """Somebody asks something, and what follows happens."""
        await self._request("somebody", doing)
        await self.drain(but)

    async def opens(self, base: int, *, baa: bool = True, auto_add: bool = False) -> None:
        """The agency: open, its admin signed in, its BAA signed."""
        body = {
            "name": "Harbor Clinic", "domain": DOMAIN, "adminEmail": self.ada.email, "adminName": "Ada Park",
            "cycle": "monthly", "base": base, "voice": 0, "adminSeatType": "base", "paymentMethod": "pm_card_visa",
        }  # fmt: skip
        operator = {"Authorization": f"Bearer {OPERATOR}"}
        await self.does(partial(self._people._ask, self.ada, "POST", "/agencies", body, operator))
        while self.system.stripe.fates or not await self._is_open():
            await self._pass(60.0)
            await self.drain()
        await self.comes(self.ada)
        if baa:
            await self.does(partial(self._people.sign_baa, self.ada))
        if auto_add:
            await self.does(partial(self._people.switch_on, self.ada))

    async def _is_open(self) -> bool:
        return bool(await self.system.look.fetchval("SELECT count(*) FROM gateway.agencies WHERE open"))

    async def comes(self, person: Person, but: Collection[str] = ()) -> None:
        """Somebody proves their address with a code."""
        await self.does(partial(self._people.ask_for_a_code, person), but)
        await self.does(partial(self._people.enter_a_code, person), but)

    async def signs_up(self, name: str) -> Person:
        """A clinician signs up for a Base seat."""
        person = self._people.come(f"{name}@{DOMAIN}")
        body = {"email": person.email, "name": "Nia Novak", "seatType": "base"}
        await self.does(partial(self._people._ask, person, "POST", "/signups", body))
        return person

    async def invites(self, name: str) -> None:
        """The admin invites somebody to a Base seat."""
        body = {"email": f"{name}@{DOMAIN}", "name": "Ida Novak", "seatType": "base", "role": "clinician"}
        await self.does(partial(self._people._ask, self.ada, "POST", "/members", body))

    async def id_of(self, name: str) -> str:
        """Somebody's id."""
        found = "SELECT member_id FROM members.members WHERE email = $1"
        return str(await self.system.look.fetchval(found, f"{name}@{DOMAIN}"))

    async def says(self, type_: str) -> int:
        """How often a message was said."""
        owner = type_.partition(".")[0]
        count = f'SELECT count(*) FROM "{owner}".outbox WHERE type = $1'
        return int(await self.system.look.fetchval(count, type_))


Script = Callable[[Schedule], Awaitable[None]]


async def everything_is_heard_again(story: Schedule) -> None:
    """No consumer's offsets were kept: whole topics come again."""
    await story.opens(1)
    await story.comes(await story.signs_up("nia"))
    bus = story.system.bus
    bus.committed.clear()
    for replica in story.system.replicas:
        replica.consumer.forget()
    await story.drain()


async def the_answer_to_a_new_account_is_lost(story: Schedule) -> None:
    """Stripe makes the customer, and billing does not hear of it."""
    story.system.stripe.fates = ["answer_lost"]
    await story.opens(1)


async def somebody_comes_while_a_seat_is_being_bought(story: Schedule) -> None:
    """Whom it was bought for is removed meanwhile; the next one finds a seat that is asked for and not paid yet."""
    await story.opens(1, auto_add=True)
    nia, cem = await story.signs_up("nia"), await story.signs_up("cem")
    billing = ("billing/0 performs", "billing/1 performs")
    await story.comes(nia, but=billing)
    assert await story.says("seats.purchase_started.v1") == 1
    path = f"/members/{await story.id_of('nia')}"
    await story.does(partial(story._people._ask, story.ada, "DELETE", path), but=billing)
    assert await story.says("members.removed.v1") == 1
    await story.comes(cem, but=billing)
    assert await story.says("billing.quantities_set.v1") == 0


async def two_replicas_hear_the_same(story: Schedule) -> None:
    """A partition moves while its old reader has loaded the state; the new one reads the same records meanwhile."""
    await story.opens(2)
    nia = await story.signs_up("nia")
    await story.does(partial(story._people.ask_for_a_code, nia))
    hears = [f"{service}/{index} hears" for service in Service for index in (0, 1)]
    await story.does(partial(story._people.enter_a_code, nia), but=hears)
    bus = story.system.bus
    reader = next(replica for replica in story.system.of(Service.MEMBERS) if replica.consumer.behind())
    old = await story.ctx(f"{reader.name} hears", rests_at="loaded")
    for number in range(PARTITIONS):
        bus.owner[Service.MEMBERS.value, number] = 1 - reader.index
    for replica in story.system.of(Service.MEMBERS):
        replica.consumer.forget()
    new = await story.ctx(f"members/{1 - reader.index} hears")
    await story.go_on(old)
    await story.go_on(new)
    await story.drain()


async def a_relay_dies_before_it_sends(story: Schedule) -> None:
    """The gateway's relay has read a command from the outbox, and is killed."""
    await story.opens(2)
    nia = await story.signs_up("nia")
    await story.does(partial(story._people.ask_for_a_code, nia))
    leads = f"gateway/{story._leads[Service.GATEWAY]} relays"
    await story.does(partial(story._people.enter_a_code, nia), but=[leads])
    await story.ctx(leads, dies_at="before a send")
    await story.drain()


async def an_order_overtakes_the_news_that_allows_it(story: Schedule) -> None:
    """The page shows the BAA signed; seats has not heard so when it is asked to switch Auto-Add ON."""
    await story.opens(1, baa=False)
    bus = story.system.bus
    bus.slow, bus.slowness = {(Service.SEATS.value, "members.events")}, 1.0
    seats = ("seats/0 hears", "seats/1 hears")
    await story.does(partial(story._people.sign_baa, story.ada), but=seats)
    await story.does(partial(story._people.switch_on, story.ada), but=seats)
    for name in seats:
        await story.ctx(name)
    bus.slow.clear()
    await story.drain()


async def the_answer_to_a_purchase_is_lost(story: Schedule) -> None:
    """Stripe adds the seat, and billing does not hear of it; it tries again."""
    await story.opens(1, auto_add=True)
    nia = await story.signs_up("nia")
    story.system.stripe.fates = ["answer_lost"]
    await story.comes(nia)
    assert not story.system.stripe.fates


async def somebody_comes_as_a_purchase_ends(story: Schedule) -> None:
    """The next one needs a seat in the moment in which the last one was bought."""
    await story.opens(1, auto_add=True)
    await two_come(story)


async def two_come(story: Schedule) -> None:
    """One first login after the other."""
    for name in ("nia", "cem"):
        await story.comes(await story.signs_up(name))


SCHEDULES: dict[str, Script] = {
    "cursor check": everything_is_heard_again,
    "idempotency key": the_answer_to_a_new_account_is_lost,
    "paid before Active": somebody_comes_while_a_seat_is_being_bought,
    "row lock": two_replicas_hear_the_same,
    "outbox": a_relay_dies_before_it_sends,
    "causal delivery": an_order_overtakes_the_news_that_allows_it,
    "absolute figures": the_answer_to_a_purchase_is_lost,
    "pacing": somebody_comes_as_a_purchase_ends,
}


async def told(system: System, name: str) -> Outcome:
    """What becomes of a guard's schedule."""
    return await Schedule(system, SCHEDULES[name]).run()
