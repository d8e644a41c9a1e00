"""One seed: draws what happens next, brings the system to rest, and checks the invariants.

A seed gives the same story on any machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any

from contracts.vocabulary import Service
from tests.simulation.books import Books
from tests.simulation.invariants import Violation
from tests.simulation.pace import MOST_ROUNDS
from tests.simulation.plots import Plots
from tests.simulation.rates import CALM, Outcome
from tests.simulation.reach import names_of
from tests.simulation.scenes import Stage
from tests.simulation.scheduler import STEPS
from tests.simulation.seeded_secrets import seeded_secrets
from tests.simulation.system import System
from tests.simulation.trouble import Trouble
from tests.simulation.turns import Crash

AT_ONCE = 10
"""How many of Stripe's events a seed that comes to rest delivers before it works them off."""

LAST_WAIT = timedelta(hours=26)
"""A seed does not wait for tasks due later than this. The seats of a used-up invoice day are settled within it."""

NAMES = ("nia", "cem", "dee", "eva", "fay", "gil", "jan", "kim", "lea", "max", "ned", "oda")

BRISK_SAVES = 0.7
"""The share of the steps that a brisk seed does without, because each of its actions runs many turns."""

CALM_STARTS = 0.88
"""How often a seed begins with open agencies, so that its steps are spent on what happens in them."""


class Simulation(Trouble):
    """One seed on a system."""

    def __init__(self, system: System, seed: int, steps: int = STEPS, favors: Collection[str] = ()) -> None:
        super().__init__(system, seed, steps)
        stage = Stage(
            self._people, self._dashboard, self._rng, self._request, self._work_off, self._hear, self._pass,
            self._write_some_invoices, self._toggle_stripe, self._renew, self._break_handlers, self._mend_handlers,
            self._lower_limit, self._report_refused, self._raise_limit,
        )  # fmt: skip
        self._plots = Plots(stage)
        self._plots.favors = favors

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
            (rates.rebalances / 2, self._lose_lead),
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

    async def _come_to_rest(self) -> None:
        """Stop all faults, and run until nothing is due."""
        await self._end_faults()
        stripe = self._system.stripe
        until = self._system.clock() + LAST_WAIT
        self._idle.clear()
        # The jobs find what no webhook reported.
        jobs = [self._system.drift.list_events, self._system.drift.sweep]
        for _ in range(MOST_ROUNDS):
            if await self._round():
                continue
            if stripe.undelivered:
                await self._deliver_some()
                continue
            if await self._unsent():
                await self._pass(1.0)
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

    async def _end_faults(self) -> None:
        """Stop all faults, and remove what only a person can remove."""
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
        if bus.most_bytes is not None or await self._system.db.fetchval(_REFUSED):
            await self._raise_limit()
        # What is not paid is undone, which Stripe refuses like any change until somebody removes the reason.
        for _ in await self._system.db.fetch(_AWAITED):
            await self._dashboard.remove_obstacles()
        while bus.late:
            bus.deliver_late()
        self._lost = bool(bus.begins)
        self._idle.clear()
        await self._heal()

    async def _deliver_some(self) -> None:
        """Deliver some of Stripe's events together, so that billing handles them in one batch."""
        undelivered = self._system.stripe.undelivered
        for event in undelivered[:AT_ONCE]:
            undelivered.remove(event)
            await self._request("a webhook", partial(self._deliver, event))

    async def _end_awaited_payments(self) -> bool:
        """Pay the invoices that changes on account still wait for, or write them off; return whether there were any."""
        states = [await self._dashboard.end_invoice(row["invoice_id"]) for row in await self._system.db.fetch(_AWAITED)]
        await self._pass(1.0)
        return any(states)


def _unless_crashed(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
    """Ignore the Crash of a dead process, whose result nobody awaits."""
    if not isinstance(what.get("exception"), Crash):
        loop.default_exception_handler(what)


_REFUSED = "SELECT " + " + ".join(f'(SELECT count(*) FROM "{service}".refused_records)' for service in Service)
_AWAITED = "SELECT invoice_id FROM billing.operations WHERE state = 'awaits_payment' ORDER BY invoice_id"
