"""One seed: who has their turn, what goes wrong, what is looked at. It is the same story on any machine."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from contracts.vocabulary import Service
from tests.simulation.books import Books
from tests.simulation.bus import PARTITIONS
from tests.simulation.invariants import Violation, Watch
from tests.simulation.people import People
from tests.simulation.system import REPLICAS, Replica, System, seeded_secrets
from tests.simulation.turns import Crash, Turn, Turns

STEPS = 250
LOOKED_AT = (Service.MEMBERS, Service.SEATS, Service.BILLING)
"""After whose commits there is a look at what must always be so: it is theirs."""
LAST_WAIT = timedelta(hours=26)
"""For what is recorded to be done later than this, a seed does not wait: a day's invoices are settled within it."""
SOON = timedelta(seconds=60)
"""What is tried again within this is waited for in the morning."""
MOST_ROUNDS = 4000


NOTHING_DONE = {"relays": 0, "performs": 2, "mails codes": 2, "lists events": -1}
"""So many seams pass a turn that finds nothing to do."""


@dataclass
class Outcome:
    """What became of a seed."""

    seed: int
    seconds: float = 0.0
    violation: Violation | None = None
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    messages: list[str] = field(default_factory=list)
    """Of all that was said: by whom, what, and its id."""

    @property
    def fingerprint(self) -> str:
        """Of all that happened and all that was said."""
        return hashlib.sha256("\n".join((*self.trace, *self.messages)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Weather:
    """How bad it is, of one seed: each kind of trouble is left out of some, so that none hides another."""

    crashes: float
    rests: float
    bus: float
    stripe: float
    mail: float
    again: float
    rebalances: float
    silence: float
    cards: float
    dashboard: float
    money: float
    webhooks_lost: float
    slow: float
    hiring: float
    invoices: float
    owing: float

    @staticmethod
    def of(rng: Random) -> Weather:
        """Draw it."""

        def often(most: float, left_out: float = 0.35) -> float:
            return 0.0 if rng.random() < left_out else most * rng.random()

        return Weather(
            crashes=often(0.08),
            rests=often(0.5),
            bus=often(0.15),
            stripe=often(0.35),
            mail=often(0.2),
            again=often(0.06),
            rebalances=often(0.06),
            silence=often(0.02, 0.6),
            cards=often(0.06, 0.4),
            dashboard=often(0.03, 0.6),
            money=often(2.0, 0.3),
            webhooks_lost=often(0.5),
            slow=often(0.8, 0.4),
            hiring=often(1.0, 0.4),
            invoices=often(1.0, 0.8),
            owing=often(0.03, 0.6),
        )


NAMES = ("nia", "cem", "dee", "eva", "fay", "gil", "jan", "kim", "lea", "max", "ned", "oda")
MESSAGES_FIRST = 0.75
"""How often it is a message's turn when it could be one, and not a task's."""
CALM = Weather(*[0.0] * 16)
CALM_MORNING = 0.88
"""How often a seed begins with agencies that are open, so that it comes to what happens in them."""


class Simulation:
    """One seed on a system."""

    def __init__(self, system: System, seed: int, steps: int = STEPS) -> None:
        self._system = system
        self._steps = steps
        self.outcome = Outcome(seed)
        self._chance = Random(seed)
        self._weather = Weather.of(self._chance)
        self._turns = Turns(system.look, self._died, self._note)
        self._people = People(system, self._chance, self._note, money=self._weather.money)
        self._watch = Watch(system)
        self._leads = dict.fromkeys(Service, 0)
        self._dead: list[Replica] = []
        self._idle: set[str] = set()
        """Turns that would find nothing to do: nothing has happened since they found nothing."""

    async def run(self) -> Outcome:
        """Everything, until all is at rest; the outcome bears the violation, if there was one."""
        began = time.perf_counter()
        asyncio.get_running_loop().set_exception_handler(_unless_crashed)
        seed, weather = self.outcome.seed, self._weather
        await self._system.reset(seed, bus=weather.bus, stripe=weather.stripe, mail=weather.mail)
        self._note(f"weather {weather}")
        with seeded_secrets(seed):
            try:
                await self._live()
            except Violation as violation:
                self.outcome.violation = violation
            finally:
                for replica in self._system.replicas:
                    await self._turns.kill(replica.name)
                await self._people.close()
        self.outcome.answers.update(f"{what}: {status} {code}" for what, status, code in self._people.answers)
        self.outcome.counts["lock waits"] += self._turns.lock_waits
        self.outcome.seconds = time.perf_counter() - began
        return self.outcome

    async def _live(self) -> None:
        self._come()
        if self._chance.random() < CALM_MORNING:
            await self._morning()
        self._slow_down()
        for _ in range(self._steps):
            await self._step()
            await self._bury()
        await self._end()

    async def _end(self) -> None:
        """All comes to rest, and the books are made."""
        await self._come_to_rest()
        await self._watch.look()
        books = Books(self._system)
        try:
            await books.balance()
        finally:
            self.outcome.said.update(message["type"] for message in books.said)
            self.outcome.messages = [f"{message['by']} {message['type']} {message['id']}" for message in books.said]
        for what, status, _ in self._people.answers:
            if status == 500:
                raise Violation("no fault of ours", f"{what} was answered with {status}")

    def _come(self) -> None:
        """Whoever there is in this story."""
        domains = ["harbor.example", "quay.example"][: self._chance.choice((1, 1, 2))]
        for domain in domains:
            self._people.admins.append(self._people.come(f"ada@{domain}"))
            most = 6 + round(6 * self._weather.hiring)
            for name in NAMES[: self._chance.randint(most - 4, most)]:
                self._people.come(f"{name}@{domain}")
        self._people.come("hal@elsewhere.example")

    def _slow_down(self) -> None:
        """Some services are slow to hear some topics."""
        for replica in self._system.replicas:
            for topic in replica.runtime.definition.topics:
                if self._chance.random() < self._weather.slow:
                    self._system.bus.slow.add((replica.service.value, topic))

    async def _morning(self) -> None:
        """The agencies open and their admins are signed in, before anything goes wrong."""
        weather, self._weather = self._weather, CALM
        # Half of them open while Stripe's answers are lost.
        with self._system.calm(stripe=self._chance.random() < 0.5):
            people = self._people
            for admin in list(people.admins):
                await self._done(partial(people.open_agency, admin))
                await self._done(partial(people.ask_for_a_code, admin))
                await self._done(partial(people.enter_a_code, admin))
            for doing in (people.sign_baa, people.switch_on):
                for admin in people.admins:
                    if self._chance.random() < 0.85:
                        await self._done(partial(doing, admin))
            if weather.invoices:
                await self._write_invoices(13 + round(6 * weather.invoices))
            others = [person for person in people.everybody if person not in people.admins]
            if self._chance.random() < 0.7:
                for person in others:
                    await self._request("in the morning", partial(people.sign_up, person))
                await self._all_done()
                if self._chance.random() < 0.7:
                    for person in others:
                        await self._request("in the morning", partial(people.ask_for_a_code, person))
                    await self._all_done()
        self._weather = weather

    async def _write_invoices(self, count: int) -> None:
        """So many of the day's invoices are used up."""
        for subscription in self._system.stripe.subscriptions():
            for _ in range(count):
                self._system.stripe.invoice(subscription["id"])
                await self._pass(7.0)
        await self._all_done()

    async def _done(self, doing: Callable[[], Awaitable[None]]) -> None:
        await self._request("in the morning", doing)
        await self._all_done()

    async def _all_done(self) -> None:
        for _ in range(MOST_ROUNDS):
            if await self._round():
                continue
            due = [moment async for _, moment in self._dues()]
            if not due or min(due) > self._system.clock() + SOON:
                return
            await self._pass(max(0.5, (min(due) - self._system.clock()).total_seconds()))

    async def _step(self) -> None:
        weather = self._weather
        doings: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (0.74, self._some_turn),
            (0.13, self._somebody),
            (0.03, self._time),
            (0.05 if self._system.stripe.undelivered else 0.0, self._webhook),
            (0.01, self._events),
            (weather.again, self._again),
            (weather.rebalances, self._rebalance),
            (weather.crashes / 4, self._kill),
            (weather.silence, self._silence),
            (weather.cards, self._card),
            (weather.dashboard, self._dashboard),
            (weather.owing, self._owing),
            (0.05 if self._system.bus.late else 0.0, self._late),
        ]
        doing = self._chance.choices([what for _, what in doings], [weight for weight, _ in doings])[0]
        await doing()

    # Turns

    def _work(self) -> list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]]:
        """Whose turn it could be: name, process, and what it does."""
        bus = self._system.bus
        found: list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]] = []
        for replica in self._system.replicas:
            if replica.consumer.behind():
                found.append((f"{replica.name} hears", replica, partial(replica.handle, self._chance)))
            if replica.runtime.definition.task_handlers:
                found.append((f"{replica.name} performs", replica, replica.perform))
            if self._leads[replica.service] == replica.index:
                found.append((f"{replica.name} relays", replica, partial(replica.relay, bus)))
            if replica.http is not None:
                found.append((f"{replica.name} mails codes", replica, replica.mail_codes))
        return [item for item in found if not self._turns.is_busy(item[0]) and item[0] not in self._idle]

    async def _some_turn(self) -> None:
        resting = self._turns.resting()
        work = self._work()
        if resting and (not work or self._chance.random() < 0.35 or len(resting) > 5):
            turn = self._chance.choice(resting)
            self._note(f"{turn.name} goes on after {turn.where}")
            await self._turns.go_on(turn)
            self._wake(Service(turn.process.split("/")[0]), turn.name.split(" ", 1)[1])
            await self._look()
            return
        urgent = [item for item in work if not item[0].endswith("performs")]
        if urgent and self._chance.random() < MESSAGES_FIRST:
            work = urgent
        if work:
            await self._begin(*self._chance.choice(work))

    async def _begin(self, name: str, replica: Replica, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        weather, bus = self._weather, self._system.bus
        bus.all_taken = True
        dies_at = self._chance.randint(1, 14) if self._chance.random() < weather.crashes else None
        rests = 0.3 if self._chance.random() < weather.rests else 0.0
        turn = Turn(name, replica.name, self._chance, dies_at, rests)
        self._note(name)
        await self._turns.begin(turn, work())
        kind = name.split(" ", 1)[1]
        # A turn that came to its end without passing more than its first seams had nothing to do.
        nothing = turn.seams <= NOTHING_DONE.get(kind, -1) or (kind == "relays" and bus.all_taken)
        if turn.over and not turn.dead and nothing:
            self._idle.add(name)
            self._wake(replica.service)
        else:
            self._wake(replica.service, kind)
        self.outcome.counts["turns"] += 1
        await self._look()

    async def _look(self) -> None:
        """After each step: all that must always be so, if anything was committed that it hangs on."""
        if any(process.startswith(service.value) for process in self._turns.changed for service in LOOKED_AT):
            self.outcome.counts["looks"] += 1
            await self._watch.look()
        self._turns.changed.clear()

    def _wake(self, service: Service, *what: str) -> None:
        """There may be work of these kinds again, and of those for which any process was woken."""
        kinds = {other: set(what) if other is service else set() for other in Service}
        for replica in self._system.replicas:
            kinds[replica.service] |= replica.what_woke()
        self._idle -= {f"{replica.name} {kind}" for replica in self._system.replicas for kind in kinds[replica.service]}

    async def _request(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        replica = self._chance.choice(self._system.of(Service.GATEWAY))
        label = f"{replica.name} serves"
        if self._turns.is_busy(label):
            return

        async def serve() -> None:
            await work()

        self._note(name)
        self.outcome.counts["requests"] += 1
        await self._begin(label, replica, serve)

    async def _somebody(self) -> None:
        await self._request(*self._people.do_something())

    async def _time(self) -> None:
        await self._pass(self._chance.choice((0.2, 1.0, 1.0, 2.5, 2.5, 6.0, 20.0, 70.0)))

    async def _pass(self, seconds: float) -> None:
        self._note(f"{seconds} seconds pass")
        self._system.clock.advance(seconds)
        self._system.stripe.tick()
        async for service, due in self._dues():
            if due <= self._system.clock():
                self._wake(service, "performs")

    async def _webhook(self) -> None:
        undelivered = self._system.stripe.undelivered
        if not undelivered:
            return
        place = self._chance.choice((0, 0, self._chance.randrange(len(undelivered))))
        event = undelivered[place]
        if self._chance.random() < self._weather.webhooks_lost:
            undelivered.pop(place)
            self._note("an event of Stripe's is lost")
            return
        if self._chance.random() < 0.85:
            undelivered.pop(place)
        await self._request("a webhook", lambda: self._deliver(event))

    async def _deliver(self, event: str) -> None:
        body, headers = self._system.stripe.webhook(event)
        postman = self._people.everybody[0].client
        answer = await postman.post("/api/v1/webhooks/stripe", content=body, headers=headers)
        if answer.status_code != 200:
            self._system.stripe.undelivered.append(event)

    async def _events(self) -> None:
        await self._looks_at_stripe(self._system.drift.list_events)

    async def _looks_at_stripe(self, look: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        """One of billing's jobs, of which one is run at a time."""
        names = [f"{replica.name} lists events" for replica in self._system.of(Service.BILLING)]
        if not any(self._turns.is_busy(name) for name in names):
            replica = self._chance.choice(self._system.of(Service.BILLING))
            await self._begin(f"{replica.name} lists events", replica, partial(look, replica.runtime))

    # Trouble

    def _died(self, process: str) -> None:
        """A process is gone: its place is taken by a new one, which reads on from what was committed."""
        self.outcome.counts["crashes"] += 1
        replica = next(replica for replica in self._system.replicas if replica.name == process)
        self._dead.append(replica)

    async def _bury(self) -> None:
        while self._dead:
            replica = self._dead.pop()
            await self._turns.kill(replica.name)
            replica.anew()
            replica.consumer.forget()
            if self._leads[replica.service] == replica.index:
                self._leads[replica.service] = 1 - replica.index
            self._wake(replica.service, *NOTHING_DONE)

    async def _kill(self) -> None:
        replica = self._chance.choice(self._system.replicas)
        self._note(f"{replica.name} is killed")
        self._died(replica.name)

    async def _rebalance(self) -> None:
        """A partition goes to the other replica; the old one may still be busy with its records."""
        service, number = self._chance.choice(list(Service)).value, self._chance.randrange(PARTITIONS)
        owner = self._chance.choice(REPLICAS)
        self._note(f"partition {number} of {service} goes to {owner}")
        self._system.bus.owner[service, number] = owner
        for replica in self._system.replicas:
            if replica.service.value == service:
                replica.consumer.forget(number)

    async def _again(self) -> None:
        replica = self._chance.choice(self._system.replicas)
        self._note(f"{replica.name} reads again")
        replica.consumer.go_back(self._chance)

    async def _late(self) -> None:
        self._note("what a dead relay sent arrives")
        self._system.bus.deliver_late()

    async def _silence(self) -> None:
        stripe = self._system.stripe
        stripe.silent = not stripe.silent
        self._note(f"Stripe is {'silent' if stripe.silent else 'back'}")

    async def _card(self) -> None:
        customers = sorted(self._system.stripe.world.table("customers"))
        if customers:
            customer, kind = (
                self._chance.choice(customers),
                self._chance.choice(("good", "declining", "action_required")),
            )
            self._note(f"a card is {kind}")
            if not self._system.stripe.world.table("customers")[customer].get("deleted"):
                self._system.stripe.card(customer, kind)

    async def _dashboard(self) -> None:
        living = [
            subscription["id"]
            for subscription in self._system.stripe.subscriptions()
            if subscription["status"] == "active"
        ]
        if living:
            base, voice = self._chance.randint(1, 6), self._chance.randint(0, 4)
            cancel = self._chance.random() < 0.04
            self._note(f"by hand: {base} Base, {voice} Voice, cancelled: {cancel}")
            self._system.stripe.edit(self._chance.choice(living), base, voice, cancel=cancel)

    async def _owing(self) -> None:
        living = [
            subscription["id"]
            for subscription in self._system.stripe.subscriptions()
            if subscription["status"] == "active"
        ]
        if living:
            self._note("an invoice is not paid")
            self._system.stripe.owe(
                self._chance.choice(living), then=self._chance.choice(("good", "good", "declining"))
            )
            self._people.are_to_pay()

    # The end

    async def _come_to_rest(self) -> None:
        """Nothing goes wrong any more, and everything that is owed happens."""
        self._note("all is well again")
        stripe, bus = self._system.stripe, self._system.bus
        stripe.silent, stripe.mischief, bus.mischief, self._system.mails.mischief = False, 0.0, 0.0, 0.0
        self._weather = CALM
        bus.slow.clear()
        while resting := self._turns.resting():
            for turn in resting:
                await self._turns.go_on(turn)
        if self._turns.under_way:
            raise Violation("comes to rest", f"{self._turns.under_way[0].name} waits for nobody")
        await self._bury()
        while bus.late:
            bus.deliver_late()
        until = self._system.clock() + LAST_WAIT
        self._idle.clear()
        # What no webhook told of is found by itself.
        jobs = [self._system.drift.list_events, self._system.drift.sweep]
        for _ in range(MOST_ROUNDS):
            if await self._round():
                continue
            if stripe.undelivered:
                event = stripe.undelivered.pop(0)
                await self._request("a webhook", partial(self._deliver, event))
                continue
            due = [moment async for _, moment in self._dues()]
            if not due or min(due) > until:
                if not jobs:
                    return
                await self._looks_at_stripe(jobs.pop(0))
                continue
            await self._pass(max(1.0, (min(due) - self._system.clock()).total_seconds()))
        raise Violation("comes to rest", "something goes on for ever")

    async def _round(self) -> bool:
        """Everybody who may have something to do has their turn once; answers whether anybody did.

        What either replica can do as well, the first one does.
        """
        work = [item for item in self._work() if item[1].index == 0 or item[0].endswith(("hears", "relays"))]
        for name, replica, doing in work:
            await self._begin(name, replica, doing)
        return bool(work)

    async def _dues(self) -> Any:  # noqa: ANN401  an iterator of services and times
        for service in Service:
            due = await self._system.look.fetchval(
                f'SELECT min(greatest(run_at, coalesce(leased_until, run_at))) FROM "{service}".tasks'
            )
            if due is not None:
                yield service, due

    def _note(self, what: str) -> None:
        self.outcome.trace.append(f"{len(self.outcome.trace):5} {what}")


def _unless_crashed(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
    """A process that died left nobody who could hear of it."""
    if not isinstance(what.get("exception"), Crash):
        loop.default_exception_handler(what)
