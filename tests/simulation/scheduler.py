"""Runs the turns of one seed: what could run, what runs next, and what time and Stripe bring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from random import Random
from typing import Any

from contracts.vocabulary import Service
from tests.simulation.dashboard import DASHBOARD, Dashboard
from tests.simulation.invariants import Watch
from tests.simulation.people import ACTIONS, People
from tests.simulation.rates import FaultRates, Outcome
from tests.simulation.swarm import Swarm
from tests.simulation.system import POLLS, REPLICAS, Replica, System
from tests.simulation.turns import Turn, Turns

STEPS = 160

CHECKED_SERVICES = (Service.MEMBERS, Service.SEATS, Service.BILLING)
"""The services after whose commits the invariants are checked, because the invariants read their tables."""

NOTHING_DONE = {"relays": 0, "runs a task": 2, "mails codes": 2, "lists events": -1}
"""How many seams a turn passes when it finds nothing to do, by kind."""

MESSAGES_FIRST = 0.75
"""How often a message's turn is preferred to a task's turn."""

READERS = tuple(
    f"{reader.value}/{index} handles" for reader in (Service.GATEWAY, Service.NOTIFIER) for index in REPLICAS
)
"""Turns on which no other service's decision depends."""

DECIDERS_FIRST = 0.8
"""How often a round leaves out the turns that only read, as long as there are others."""

LARGE_POLLS = (3, 50, 50, 50)
"""The most records of a poll while what an action set off is worked off."""

LONGEST_REST = 1000.0
"""Seconds for which a turn may rest while nothing else happens; longer waits would be the standing process's."""


class Scheduler:
    """The turns of one seed, and the people and services that they belong to."""

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
        self._watch = Watch(system)
        self._dead: list[Replica] = []
        self._lost = False
        """Whether the bus has deleted records since gaps were last looked for."""
        self._idle: set[str] = set()
        """Turns that would find nothing to do, because nothing has changed since they last found nothing."""

    def _work(self, polls: Sequence[int] = POLLS) -> list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]]:
        """Return the turns that could run: name, replica, and work."""
        found: list[tuple[str, Replica, Callable[[], Coroutine[Any, Any, Any]]]] = []
        for replica in self._system.replicas:
            if replica.consumer.behind():
                found.append((f"{replica.name} handles", replica, partial(replica.handle, self._rng, polls)))
            if replica.runtime.definition.task_handlers:
                found.append((f"{replica.name} runs a task", replica, replica.run_task))
            if replica.relay.leads:
                found.append((f"{replica.name} relays", replica, replica.run_relay))
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

    async def _pass(self, seconds: float) -> None:
        """Pass time. Before a long time every process goes on: one that hangs for hours is a dead process."""
        if seconds > LONGEST_REST:
            await self._end_rests()
            await self._replace_dead()
        self._note(f"{seconds} seconds pass")
        self._system.clock.advance(seconds)
        self._system.stripe.tick()
        async for service, due in self._due_times():
            if due <= self._system.clock():
                self._wake(service, "runs a task")
        for service in await self._unsent():
            self._wake(service, "relays")

    async def _unsent(self) -> list[Service]:
        """Return the services whose relay has something to publish, or to forget."""
        return [Service(row["service"]) for row in await self._system.db.fetch(_UNSENT)]

    async def _due_times(self) -> Any:  # noqa: ANN401  an iterator of services and times
        for row in await self._system.db.fetch(_DUE):
            if row["due"] is not None:
                yield Service(row["service"]), row["due"]

    async def _round(self, but: tuple[str, ...] = ()) -> bool:
        """Run every turn that may have work once, but those whose names begin with `but`; return whether any ran.

        If either replica can do the work, the first replica does.
        """
        work = [
            work_item
            for work_item in self._work(LARGE_POLLS)
            if (work_item[1].index == 0 or work_item[0].endswith(("handles", "relays")))
            and not (but and work_item[0].startswith(but))
        ]
        # What only reads mostly reads later, and then more at once. A seed has no time for a turn of each message.
        first = [work_item for work_item in work if not work_item[0].startswith(READERS)]
        if first and self._rng.random() < DECIDERS_FIRST:
            work = first
        for name, replica, action in work:
            if not self._turns.is_busy(name):
                await self._begin(name, replica, action)
        return bool(work)

    async def _end_rests(self) -> None:
        """Let every resting turn run to its end."""
        while resting := self._turns.resting():
            for turn in resting:
                await self._turns.go_on(turn)

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
            if self._system.leading(replica.service) is replica:
                self._system.leads[replica.service] = 1 - replica.index
            # Postgres notifies the leader of what the dead process has committed.
            self._system.leading(replica.service).relay.wake()
            self._wake(replica.service, *NOTHING_DONE)

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

    def _note(self, what: str) -> None:
        self.outcome.trace.append(f"{len(self.outcome.trace):5} {what}")


_UNSENT = " UNION ALL ".join(
    f"SELECT '{service}' AS service WHERE EXISTS (SELECT FROM \"{service}\".unsent)" for service in Service
)
_DUE = " UNION ALL ".join(
    f"SELECT '{service}' AS service, min(greatest(run_at, coalesce(leased_until, run_at))) AS due"
    f' FROM "{service}".tasks'
    for service in Service
)
