"""Works off what an action set off, and passes time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from contracts.vocabulary import Service
from hosting.gaps import ROUND_SECONDS
from tests.simulation.rates import CALM
from tests.simulation.scheduler import LONGEST_REST, Scheduler

SOON = timedelta(seconds=60)
"""The calm start waits for retries that are due within this."""

MOST_ROUNDS = 4000

PAUSES = (0.2, 1.0, 1.0, 2.5, 2.5, 6.0, 20.0, 70.0)

LONG_PAUSES = (620.0, 620.0, 4000.0)
"""Seconds after which quotes have expired, and long waits are reported."""

SLOW_STRIPE = 0.15
"""How often Stripe's answers wait while the rest of what an action set off is worked off."""

BRISK_ROUNDS = 20
"""The most rounds in which an action is worked off."""

BRISK_SECONDS = 3.0
"""A task that is due within this is part of what an action set off."""

MOST_HEARD = 12
"""The most events of Stripe's that are delivered one after the other."""

MOST_LOOKS = 20
"""The most rounds of heads and requests for what the bus has deleted."""

LISTED = 0.5
"""How often billing lists Stripe's events after some were delivered."""


class Pace(Scheduler):
    """The pace of one seed."""

    async def _pass(self, seconds: float) -> None:
        """Pass time. Within a long time gaps heal, as all that waits goes on."""
        if seconds > LONGEST_REST:
            await self._end_rests()
            await self._replace_dead()
            await self._heal()
        await super()._pass(seconds)

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
                for _ in range(self._rng.choice((1, 3))):
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

    async def _pass_some_time(self) -> None:
        await self._pass(self._rng.choice(LONG_PAUSES if self._rng.random() < self._rates.patience else PAUSES))

    async def _person_acts(self) -> None:
        await self._request(*self._people.next_action())
        await self._perhaps_work_off()


_GAPS = "SELECT " + " + ".join(f'(SELECT count(*) FROM "{service}".gaps)' for service in Service)
