"""One seed: draws which turn runs next and which fault happens, and checks the invariants.

A seed gives the same story on any machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from chassis.gaps import ROUND_SECONDS
from contracts import billing, gateway, members, seats
from contracts.message import Event
from contracts.vocabulary import Service
from tests.simulation.books import Books
from tests.simulation.bus import PARTITIONS
from tests.simulation.dashboard import DASHBOARD, Dashboard
from tests.simulation.invariants import Violation, Watch
from tests.simulation.people import ACTIONS, People
from tests.simulation.plots import Plots
from tests.simulation.reach import names_of
from tests.simulation.scenes import Stage
from tests.simulation.swarm import Swarm
from tests.simulation.system import REPLICAS, Replica, System, seeded_secrets
from tests.simulation.turns import Crash, Turn, Turns

STEPS = 160
CHECKED_SERVICES = (Service.MEMBERS, Service.SEATS, Service.BILLING)
"""The services after whose commits the invariants are checked, because the invariants read their tables."""
LAST_WAIT = timedelta(hours=26)
"""A seed does not wait for tasks due later than this. The seats of a used-up invoice day are settled within it."""
SOON = timedelta(seconds=60)
"""The calm start waits for retries that are due within this."""
MOST_ROUNDS = 4000


NOTHING_DONE = {"relays": 0, "runs a task": 2, "mails codes": 2, "lists events": -1}
"""How many seams a turn passes when it finds nothing to do, by kind."""


@dataclass
class Outcome:
    """The outcome of a seed."""

    seed: int
    seconds: float = 0.0
    violation: Violation | None = None
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    """How often each name of `reach.py` occurred."""
    responses: Counter[str] = field(default_factory=Counter)
    messages: list[str] = field(default_factory=list)
    """Every message that was published: sender, type, and id."""

    @property
    def fingerprint(self) -> str:
        """A hash of the trace and the messages."""
        return hashlib.sha256("\n".join((*self.trace, *self.messages)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FaultRates:
    """The fault rates of one seed. Each kind of fault is absent from some seeds, so that none hides another."""

    crashes: float
    rests: float
    bus: float
    stripe: float
    mail: float
    again: float
    rebalances: float
    silence: float
    webhooks_lost: float
    slow: float
    hiring: float
    invoices: float
    dashboard: float
    renewals: float
    plots: float
    patience: float
    """How often a pause lasts for minutes or hours."""
    losses: float
    """How often the bus deletes records, whether they have been read or not."""

    @staticmethod
    def of(rng: Random) -> FaultRates:
        """Draw the rates."""

        def often(most: float, left_out: float = 0.35) -> float:
            return 0.0 if rng.random() < left_out else most * rng.random()

        return FaultRates(
            crashes=often(0.08),
            rests=often(0.5),
            bus=often(0.15),
            stripe=often(0.35),
            mail=often(0.2),
            again=often(0.06),
            rebalances=often(0.06),
            silence=often(0.02, 0.6),
            webhooks_lost=often(0.5),
            slow=often(0.8, 0.4),
            hiring=often(1.0, 0.4),
            invoices=often(1.0, 0.8),
            dashboard=often(0.12, 0.3),
            renewals=often(0.02, 0.5),
            plots=often(0.08, 0.1),
            patience=often(0.3, 0.5),
            losses=often(0.01, 0.6),
        )


NAMES = ("nia", "cem", "dee", "eva", "fay", "gil", "jan", "kim", "lea", "max", "ned", "oda")
MESSAGES_FIRST = 0.75
"""How often a message's turn is preferred to a task's turn."""
CALM = FaultRates(*[0.0] * len(fields(FaultRates)))
PAUSES = (0.2, 1.0, 1.0, 2.5, 2.5, 6.0, 20.0, 70.0)
LONGEST_REST = 1000.0
"""Seconds for which a turn may rest while nothing else happens; longer waits would be the standing process's."""
LONG_PAUSES = (620.0, 620.0, 4000.0)
"""Seconds after which quotes have expired, and long waits are reported."""
A_MONTH = 32 * 86_400
"""Seconds within which a monthly period ends."""
BRISK_SAVES = 0.7
"""The share of the steps that a brisk seed does without, because each of its actions runs many turns."""
SLOW_STRIPE = 0.15
"""How often Stripe's answers wait while the rest of what an action set off is worked off."""
BRISK_ROUNDS = 14
"""The most rounds in which an action is worked off."""
BRISK_SECONDS = 3.0
"""A task that is due within this is part of what an action set off."""
MOST_LOOKS = 20
"""The most rounds of heads and requests for what the bus has deleted."""
UNDISTURBED = 0.6
"""How often a plot is played without the seed's faults."""
BROKEN = 0.7
"""How often the gateway and the notifier have a broken handler, if any service has one."""
FRAGILE: dict[Service, tuple[type[Event], ...]] = {
    Service.MEMBERS: (seats.SeatAssigned, seats.SeatSwapped, seats.CapacityChanged, seats.CapacityChanged),
    Service.SEATS: (members.FirstLogin, members.BaaSigned, billing.AccountOpened),
    Service.BILLING: (members.AgencyFounded, members.BaaSigned),
    Service.GATEWAY: (
        gateway.SignedIn, members.LoginRecorded, members.SignedUp, seats.CapacityChanged, billing.PlanChanged,
    ),
    Service.NOTIFIER: (members.AgencyFounded, members.FirstLogin, members.SignedUp),
}  # fmt: skip
"""Events that happen often, of which a service perhaps cannot handle one."""
MOST_HEARD = 12
"""The most events of Stripe's that are delivered one after the other."""
LISTED = 0.5
"""How often billing lists Stripe's events after some were delivered."""
CALM_STARTS = 0.88
"""How often a seed begins with open agencies, so that its steps are spent on what happens in them."""


class Simulation:
    """One seed on a system."""

    def __init__(self, system: System, seed: int, steps: int = STEPS) -> None:
        self._system = system
        self._steps = steps
        self.outcome = Outcome(seed)
        self._rng = Random(seed)
        self._rates = FaultRates.of(self._rng)
        self._turns = Turns(system.db, self._on_death, self._note)
        self._swarm = Swarm.of(self._rng, (*ACTIONS, *DASHBOARD, "renew"))
        self._people = People(system, self._rng, self._note, self._swarm.weights(ACTIONS))
        self._at_stripe = self._swarm.weights(DASHBOARD)
        self._dashboard = Dashboard(system.stripe, self._people, self._rng, self._note)
        stage = Stage(
            self._people, self._dashboard, self._rng, self._request, self._work_off, self._hear, self._pass,
            self._write_some_invoices, self._toggle_stripe, self._renew, self._break_handlers, self._mend_handlers,
        )  # fmt: skip
        self._plots = Plots(stage)
        self._watch = Watch(system)
        self._leads = dict.fromkeys(Service, 0)
        self._dead: list[Replica] = []
        self._lost = False
        """Whether the bus has deleted records since gaps were last looked for."""
        self._idle: set[str] = set()
        """Turns that would find nothing to do, because nothing has changed since they last found nothing."""

    async def run(self) -> Outcome:
        """Run the seed until the system is at rest. The outcome carries the violation, if there was one."""
        began = time.perf_counter()
        asyncio.get_running_loop().set_exception_handler(_unless_crashed)
        seed, rates = self.outcome.seed, self._rates
        await self._system.reset(seed, bus=rates.bus, stripe=rates.stripe, mail=rates.mail)
        self._note(f"rates {rates}")
        with seeded_secrets(seed):
            try:
                await self._live()
            except Violation as violation:
                self.outcome.violation = violation
            finally:
                for replica in self._system.replicas:
                    await self._turns.kill(replica.name)
                await self._people.close()
        self.outcome.responses.update(f"{what}: {status} {code}" for what, status, code in self._people.responses)
        self.outcome.counts["lock waits"] += self._turns.lock_waits
        self.outcome.seconds = time.perf_counter() - began
        return self.outcome

    async def _live(self) -> None:
        self._create_people()
        if self._rng.random() < CALM_STARTS:
            await self._calm_start()
        self._slow_down()
        for _ in range(round(self._steps * (1 - BRISK_SAVES * self._swarm.briskness))):
            await self._step()
            await self._replace_dead()
        await self._end()

    async def _end(self) -> None:
        """Bring the system to rest, and check the books."""
        await self._come_to_rest()
        await self._watch.check()
        books = Books(self._system)
        try:
            await books.check_all()
        finally:
            self.outcome.reached.update(name for message in books.messages for name in names_of(message))
            self.outcome.messages = [f"{message['by']} {message['type']} {message['id']}" for message in books.messages]
        for what, status, _ in self._people.responses:
            if status == 500:
                raise Violation("no internal error", f"{what} got the status {status}")

    def _create_people(self) -> None:
        """Create the agencies' admins and the other people."""
        domains = ["harbor.example", "quay.example"][: self._rng.choice((1, 1, 2))]
        for domain in domains:
            self._people.admins.append(self._people.add_person(f"ada@{domain}"))
            most = 6 + round(6 * self._rates.hiring)
            for name in NAMES[: self._rng.randint(most - 4, most)]:
                self._people.add_person(f"{name}@{domain}")
        self._people.add_person("hal@elsewhere.example")

    def _slow_down(self) -> None:
        """Make some services slow to handle some topics."""
        for replica in self._system.replicas:
            for topic in replica.runtime.definition.topics:
                if self._rng.random() < self._rates.slow:
                    self._system.bus.slow.add((replica.service.value, topic))

    async def _calm_start(self) -> None:
        """Open the agencies and sign their admins in, before faults begin."""
        rates, self._rates = self._rates, CALM
        # Half of the seeds lose Stripe's responses while the agencies open.
        with self._system.calm(stripe=self._rng.random() < 0.5):
            people = self._people
            for admin in list(people.admins):
                await self._request_and_drain(partial(people.open_agency, admin))
                await self._request_and_drain(partial(people.request_code, admin))
                await self._request_and_drain(partial(people.enter_code, admin))
            for action in (people.sign_baa, people.switch_on):
                for admin in people.admins:
                    if self._rng.random() < 0.85:
                        await self._request_and_drain(partial(action, admin))
            if rates.invoices:
                await self._write_invoices(13 + round(6 * rates.invoices))
            others = [person for person in people.everybody if person not in people.admins]
            if self._rng.random() < 0.7:
                for person in others:
                    await self._request("calm start", partial(people.sign_up, person))
                await self._drain()
                if self._rng.random() < 0.7:
                    for person in others:
                        await self._request("calm start", partial(people.request_code, person))
                    await self._drain()
        self._rates = rates

    async def _write_invoices(self, count: int) -> None:
        """Use up this many of the day's invoices."""
        for subscription in self._system.stripe.subscriptions():
            for _ in range(count):
                self._system.stripe.invoice(subscription["id"])
                await self._pass(7.0)
        await self._drain()

    async def _write_some_invoices(self, count: int) -> None:
        """Use up this many of the day's invoices, ten in a minute."""
        for written in range(count):
            if written % 10 == 9:
                await self._pass(61.0)
            for subscription in self._system.stripe.subscriptions():
                self._system.stripe.invoice(subscription["id"])
        await self._work_off()

    async def _request_and_drain(self, action: Callable[[], Awaitable[None]]) -> None:
        await self._request("calm start", action)
        await self._drain()

    async def _drain(self) -> None:
        for _ in range(MOST_ROUNDS):
            if await self._round():
                continue
            due = [moment async for _, moment in self._due_times()]
            if not due or min(due) > self._system.clock() + SOON:
                return
            await self._pass(max(0.5, (min(due) - self._system.clock()).total_seconds()))

    async def _step(self) -> None:
        rates = self._rates
        actions: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (0.74 * (1 - 0.9 * self._swarm.briskness), self._run_turn),
            (0.13 + 0.25 * self._swarm.briskness, self._person_acts),
            (0.03, self._pass_some_time),
            (0.05 if self._system.stripe.undelivered else 0.0, self._webhook),
            (0.01, self._events),
            (rates.again, self._rewind_consumer),
            (rates.rebalances, self._rebalance),
            (rates.crashes / 4, self._kill),
            (rates.silence, self._toggle_stripe),
            (rates.dashboard, self._act_at_stripe),
            (rates.renewals, self._renew),
            (rates.plots, self._play),
            (0.05 if self._system.bus.late else 0.0, self._deliver_late),
            (rates.losses, self._delete_records),
        ]
        action = self._rng.choices([what for _, what in actions], [weight for weight, _ in actions])[0]
        await action()

    # Turns

    def _work(self) -> list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]]:
        """Return the turns that could run: name, replica, and work."""
        bus = self._system.bus
        found: list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]] = []
        for replica in self._system.replicas:
            if replica.consumer.behind():
                found.append((f"{replica.name} handles", replica, partial(replica.handle, self._rng)))
            if replica.runtime.definition.task_handlers:
                found.append((f"{replica.name} runs a task", replica, replica.run_task))
            if self._leads[replica.service] == replica.index:
                found.append((f"{replica.name} relays", replica, partial(replica.relay, bus)))
            if replica.http is not None:
                found.append((f"{replica.name} mails codes", replica, replica.mail_codes))
        return [
            work_item for work_item in found if not self._turns.is_busy(work_item[0]) and work_item[0] not in self._idle
        ]

    async def _run_turn(self) -> None:
        resting = self._turns.resting()
        work = self._work()
        if resting and (not work or self._rng.random() < 0.35 or len(resting) > 5):
            turn = self._rng.choice(resting)
            self._note(f"{turn.name} goes on after {turn.where}")
            await self._turns.go_on(turn)
            self._wake(Service(turn.process.split("/")[0]), turn.name.split(" ", 1)[1])
            await self._check()
            return
        urgent = [work_item for work_item in work if not work_item[0].endswith("runs a task")]
        if urgent and self._rng.random() < MESSAGES_FIRST:
            work = urgent
        if work:
            await self._begin(*self._rng.choice(work))

    async def _begin(self, name: str, replica: Replica, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        rates, bus = self._rates, self._system.bus
        bus.all_acknowledged = True
        dies_at = self._rng.randint(1, 14) if self._rng.random() < rates.crashes else None
        rests = 0.3 if self._rng.random() < rates.rests else 0.0
        turn = Turn(name, replica.name, self._rng, dies_at, rests)
        self._note(name)
        await self._turns.begin(turn, work())
        kind = name.split(" ", 1)[1]
        # A turn that ended within its first seams had nothing to do.
        found_nothing = turn.seams <= NOTHING_DONE.get(kind, -1) or (kind == "relays" and bus.all_acknowledged)
        if turn.over and not turn.dead and found_nothing:
            self._idle.add(name)
            self._wake(replica.service)
        else:
            self._wake(replica.service, kind)
        self.outcome.counts["turns"] += 1
        await self._check()

    async def _check(self) -> None:
        """Check the invariants if a service whose tables they read has committed."""
        if any(process.startswith(service.value) for process in self._turns.changed for service in CHECKED_SERVICES):
            self.outcome.counts["looks"] += 1
            await self._watch.check()
        self._turns.changed.clear()

    def _wake(self, service: Service, *what: str) -> None:
        """Note that there may be work of these kinds again, and of the kinds for which a replica was woken."""
        kinds = {other: set(what) if other is service else set() for other in Service}
        for replica in self._system.replicas:
            kinds[replica.service] |= replica.take_woken()
        self._idle -= {f"{replica.name} {kind}" for replica in self._system.replicas for kind in kinds[replica.service]}

    async def _request(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        replica = await self._free_gateway()
        if replica is None:
            return
        label = f"{replica.name} serves"

        async def serve() -> None:
            await work()

        self._note(name)
        self.outcome.counts["requests"] += 1
        await self._begin(label, replica, serve)

    async def _free_gateway(self) -> Replica | None:
        """Return a gateway that serves nobody; if both serve, an answer comes first. None if both wait for a lock."""
        gateways = self._system.of(Service.GATEWAY)
        serving = {replica.name: f"{replica.name} serves" for replica in gateways}
        free = [replica for replica in gateways if not self._turns.is_busy(serving[replica.name])]
        if free:
            return self._rng.choice(free)
        for turn in [turn for turn in self._turns.resting() if turn.name in serving.values()]:
            while turn.resting:
                await self._turns.go_on(turn)
        await self._replace_dead()
        return next((replica for replica in gateways if not self._turns.is_busy(serving[replica.name])), None)

    async def _person_acts(self) -> None:
        await self._request(*self._people.next_action())
        await self._perhaps_work_off()

    async def _pass_some_time(self) -> None:
        await self._pass(self._rng.choice(LONG_PAUSES if self._rng.random() < self._rates.patience else PAUSES))

    async def _pass(self, seconds: float) -> None:
        """Pass time. Before a long time every process goes on: one that hangs for hours is a dead process."""
        if seconds > LONGEST_REST:
            await self._end_rests()
            await self._replace_dead()
            await self._heal()
        self._note(f"{seconds} seconds pass")
        self._system.clock.advance(seconds)
        self._system.stripe.tick()
        async for service, due in self._due_times():
            if due <= self._system.clock():
                self._wake(service, "runs a task")

    async def _webhook(self) -> None:
        undelivered = self._system.stripe.undelivered
        if not undelivered:
            return
        place = self._rng.choice((0, 0, self._rng.randrange(len(undelivered))))
        event = undelivered[place]
        if self._rng.random() < self._rates.webhooks_lost:
            undelivered.pop(place)
            self._note("an event of Stripe's is lost")
            return
        if self._rng.random() < 0.85:
            undelivered.pop(place)
        await self._request("a webhook", lambda: self._deliver(event))

    async def _deliver(self, event: str) -> None:
        body, headers = self._system.stripe.webhook(event)
        client = self._people.everybody[0].client
        response = await client.post("/api/v1/webhooks/stripe", content=body, headers=headers)
        if response.status_code != 200:
            self._system.stripe.undelivered.append(event)

    async def _events(self) -> None:
        await self._run_stripe_job(self._system.drift.list_events)

    async def _run_stripe_job(self, job: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        """Run one of billing's jobs that read Stripe. Only one of them runs at a time."""
        names = [f"{replica.name} lists events" for replica in self._system.of(Service.BILLING)]
        if not any(self._turns.is_busy(name) for name in names):
            replica = self._rng.choice(self._system.of(Service.BILLING))
            await self._begin(f"{replica.name} lists events", replica, partial(job, replica.runtime))

    # Trouble

    def _on_death(self, process: str) -> None:
        """Note a dead process. A new process takes its place and reads on from the committed offsets."""
        self.outcome.counts["crashes"] += 1
        replica = next(replica for replica in self._system.replicas if replica.name == process)
        self._dead.append(replica)

    async def _replace_dead(self) -> None:
        while self._dead:
            replica = self._dead.pop()
            await self._turns.kill(replica.name)
            replica.restart()
            replica.consumer.forget()
            if self._leads[replica.service] == replica.index:
                self._leads[replica.service] = 1 - replica.index
            self._wake(replica.service, *NOTHING_DONE)

    async def _kill(self) -> None:
        replica = self._rng.choice(self._system.replicas)
        self._note(f"{replica.name} is killed")
        self._on_death(replica.name)

    async def _rebalance(self) -> None:
        """Give a partition to the other replica. The old owner may still be handling its records."""
        service, number = self._rng.choice(list(Service)).value, self._rng.randrange(PARTITIONS)
        owner = self._rng.choice(REPLICAS)
        self._note(f"partition {number} of {service} goes to {owner}")
        self._system.bus.owner[service, number] = owner
        for replica in self._system.replicas:
            if replica.service.value == service:
                replica.consumer.forget(number)

    async def _rewind_consumer(self) -> None:
        replica = self._rng.choice(self._system.replicas)
        self._note(f"{replica.name} reads old records again")
        replica.consumer.rewind(self._rng)

    async def _deliver_late(self) -> None:
        self._note("the records of a dead relay arrive")
        self._system.bus.deliver_late()

    async def _delete_records(self) -> None:
        if place := self._system.bus.delete(self._rng):
            self._note(f"records of {place} are deleted")
            self._lost = True

    async def _heal(self) -> None:
        """Have the services notice and request what the bus has deleted, as they do every few minutes."""
        if not self._lost:
            return
        self._note("gaps heal")
        rates, self._rates, self._lost = self._rates, CALM, False
        with self._system.calm(stripe=True):
            for _ in range(MOST_LOOKS):
                for service in Service:
                    replica = self._system.of(service)[0]
                    await self._begin(f"{replica.name} looks for gaps", replica, replica.look_for_gaps)
                while await self._round():
                    await self._replace_dead()
                await self._pass(ROUND_SECONDS)
                if not await self._system.db.fetchval(_GAPS):
                    break
        self._rates = rates

    async def _toggle_stripe(self) -> None:
        stripe = self._system.stripe
        stripe.silent = not stripe.silent
        self._note(f"Stripe is {'silent' if stripe.silent else 'back'}")

    async def _break_handlers(self) -> None:
        """Break the handler of an event in one service that decides, and perhaps in those that only read."""
        deciding = self._rng.choice((Service.MEMBERS, Service.SEATS, Service.SEATS, Service.BILLING))
        reading = [service for service in (Service.GATEWAY, Service.NOTIFIER) if self._rng.random() < BROKEN]
        for service in (deciding, *reading):
            event = self._rng.choice(FRAGILE[service])
            self._note(f"{service} cannot handle {event.type}")
            for replica in self._system.of(service):
                replica.broken = {event}

    async def _mend_handlers(self) -> None:
        """Mend all handlers, and have the operator resume the parked agencies."""
        for replica in self._system.replicas:
            replica.broken = set()
        # A turn that rests may have found the fault already.
        await self._end_rests()
        await self._replace_dead()
        for service in Service:
            for row in await self._system.db.fetch(
                f'SELECT agency_id FROM "{service}".actors WHERE parked_at IS NOT NULL'
            ):
                replica = self._rng.choice(self._system.of(service))
                if not self._turns.is_busy(f"{replica.name} resumes"):
                    await self._begin(f"{replica.name} resumes", replica, partial(replica.take_up, row["agency_id"]))

    async def _play(self) -> None:
        """Play a plot. In most plots no fault happens but the plot's own, so that the plot reaches its end."""
        if self._rng.random() > UNDISTURBED:
            await self._plots.play()
            return
        bus, rates = self._system.bus, self._rates
        slow, bus.slow = bus.slow, set()
        self._rates = CALM
        with self._system.calm(stripe=True):
            await self._end_rests()
            await self._replace_dead()
            await self._plots.play()
        bus.slow, self._rates = slow, rates

    async def _act_at_stripe(self) -> None:
        await self._dashboard.act(self._at_stripe)
        await self._perhaps_work_off()

    async def _renew(self) -> None:
        """Let the next monthly period begin, perhaps with a card that declines by then. No fault happens meanwhile."""
        now = self._system.clock().timestamp()
        ends = [end for end in self._system.stripe.period_ends() if end - now < A_MONTH]
        if not ends or self._system.stripe.silent:
            return
        self._note("a period ends")
        await self._dashboard.change_card()
        rates, self._rates = self._rates, CALM
        with self._system.calm(stripe=True):
            await self._end_rests()
            await self._replace_dead()
            await self._drain()
            await self._pass_until(min(ends) + self._rng.choice((7_200, 7_200, 400_000)))
            for admin in self._people.admins:
                await self._request_and_drain(partial(self._people.request_code, admin))
                await self._request_and_drain(partial(self._people.enter_code, admin))
        self._rates = rates
        self._people.look_for_owed_invoices()

    async def _pass_until(self, moment: float) -> None:
        """Pass time in which every task runs when it is due."""
        for _ in range(MOST_ROUNDS):
            left = moment - self._system.clock().timestamp()
            if left <= 0:
                return
            due = [(at - self._system.clock()).total_seconds() async for _, at in self._due_times()]
            await self._pass(max(1.0, min((left, *due))))
            while await self._round():
                await self._replace_dead()

    async def _perhaps_work_off(self) -> None:
        """In a brisk seed, mostly work an action off before the next one."""
        if self._rng.random() < self._swarm.briskness:
            await self._work_off()

    async def _work_off(self, but: tuple[str, ...] = ()) -> None:
        """Run what an action set off, so that the next person sees its outcome; leave out turns with these names."""
        # Sometimes Stripe's answer takes longer than everything else.
        if self._rng.random() < SLOW_STRIPE:
            but = (*but, "billing/0 runs", "billing/1 runs")
        for _ in range(BRISK_ROUNDS):
            if await self._round(but):
                await self._replace_dead()
            elif self._system.stripe.undelivered and self._rng.random() < 0.5:
                await self._webhook()
            elif not await self._pass_until_soon():
                return

    async def _hear(self) -> None:
        """Deliver Stripe's events, or have billing list them, as far as neither is lost."""
        await self._work_off()
        for _ in range(MOST_HEARD):
            if not self._system.stripe.undelivered:
                break
            await self._webhook()
        if self._rng.random() < LISTED:
            await self._events()
        await self._work_off()

    async def _pass_until_soon(self) -> bool:
        """Pass time until the next task is due, if that is a matter of seconds; return whether it was.

        A task that is due already waits for a turn that rests, and no time helps it.
        """
        now = self._system.clock()
        due = [(at - now).total_seconds() async for _, at in self._due_times() if at > now]
        if not due or min(due) > BRISK_SECONDS:
            return False
        await self._pass(max(0.1, min(due)))
        return True

    # The end

    async def _come_to_rest(self) -> None:
        """Stop all faults, and run until nothing is due."""
        self._note("the faults end")
        stripe, bus = self._system.stripe, self._system.bus
        stripe.silent, stripe.fault_rate, bus.fault_rate, self._system.mails.fault_rate = False, 0.0, 0.0, 0.0
        self._rates = CALM
        bus.slow.clear()
        await self._end_rests()
        if self._turns.under_way:
            raise Violation("comes to rest", f"{self._turns.under_way[0].name} waits for a lock that no turn holds")
        await self._replace_dead()
        await self._mend_handlers()
        while bus.late:
            bus.deliver_late()
        self._lost = bool(bus.begins)
        self._idle.clear()
        await self._heal()
        until = self._system.clock() + LAST_WAIT
        self._idle.clear()
        # The jobs find what no webhook reported.
        jobs = [self._system.drift.list_events, self._system.drift.sweep]
        for _ in range(MOST_ROUNDS):
            if await self._round():
                continue
            if stripe.undelivered:
                event = stripe.undelivered.pop(0)
                await self._request("a webhook", partial(self._deliver, event))
                continue
            due = [moment async for _, moment in self._due_times()]
            if not due or min(due) > until:
                if await self._end_awaited_payments():
                    continue
                if not jobs:
                    return
                await self._run_stripe_job(jobs.pop(0))
                continue
            await self._pass(max(1.0, (min(due) - self._system.clock()).total_seconds()))
        raise Violation("comes to rest", "something never ends")

    async def _end_awaited_payments(self) -> bool:
        """Pay the invoices that changes on account still wait for, or write them off; return whether there were any."""
        awaited = "SELECT invoice_id FROM billing.operations WHERE state = 'awaits_payment' ORDER BY invoice_id"
        states = [await self._dashboard.end_invoice(row["invoice_id"]) for row in await self._system.db.fetch(awaited)]
        await self._pass(1.0)
        return any(states)

    async def _end_rests(self) -> None:
        """Let every resting turn run to its end."""
        while resting := self._turns.resting():
            for turn in resting:
                await self._turns.go_on(turn)

    async def _round(self, but: tuple[str, ...] = ()) -> bool:
        """Run every turn that may have work once, but those whose names begin with `but`; return whether any ran.

        If either replica can do the work, the first replica does.
        """
        work = [
            work_item
            for work_item in self._work()
            if (work_item[1].index == 0 or work_item[0].endswith(("handles", "relays")))
            and not (but and work_item[0].startswith(but))
        ]
        for name, replica, action in work:
            if not self._turns.is_busy(name):
                await self._begin(name, replica, action)
        return bool(work)

    async def _due_times(self) -> Any:  # noqa: ANN401  an iterator of services and times
        for row in await self._system.db.fetch(_DUE):
            if row["due"] is not None:
                yield Service(row["service"]), row["due"]

    def _note(self, what: str) -> None:
        self.outcome.trace.append(f"{len(self.outcome.trace):5} {what}")


_GAPS = "SELECT " + " + ".join(f'(SELECT count(*) FROM "{service}".gaps)' for service in Service)
_DUE = " UNION ALL ".join(
    f"SELECT '{service}' AS service, min(greatest(run_at, coalesce(leased_until, run_at))) AS due"
    f' FROM "{service}".tasks'
    for service in Service
)


def _unless_crashed(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
    """Ignore the Crash of a dead process, whose result nobody awaits."""
    if not isinstance(what.get("exception"), Crash):
        loop.default_exception_handler(what)
