"""What every plot is made of: people who act one after the other, what happens at Stripe meanwhile, and time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.simulation.dashboard import Dashboard
from tests.simulation.people import People

Action = Callable[[], Awaitable[object]]
HOURS_OF_SILENCE = 25
"""Longer than the longest wait for Stripe, and than Stripe keeps a change for its payment."""
TOGETHER = 0.5
"""How often several people log in at the same moment."""


@dataclass(frozen=True)
class Stage:
    """What a plot can do to the system: a person's request, the work that it sets off, and time."""

    people: People
    dashboard: Dashboard
    rng: Random
    request: Callable[[str, Action], Awaitable[None]]
    work_off: Callable[..., Awaitable[None]]
    """Works off everything, or everything but the turns whose names begin with one of these texts."""
    hear: Callable[[], Awaitable[None]]
    """Has billing hear what happened at Stripe, as far as its events are not lost."""
    wait: Callable[[float], Awaitable[None]]
    write_invoices: Callable[[int], Awaitable[None]]
    silence: Callable[[], Awaitable[None]]
    renew: Callable[[], Awaitable[None]]
    break_handlers: Callable[[], Awaitable[None]]
    """Breaks how some services handle a type of event, so that agencies are parked."""
    mend_handlers: Callable[[], Awaitable[None]]
    """Mends all handlers, and has the operator take the parked agencies up."""
    lower_limit: Callable[[], Awaitable[None]]
    """Has the broker refuse the larger records."""
    report_refused: Callable[[], Awaitable[None]]
    """Has the services publish whose records are refused, or no longer."""
    raise_limit: Callable[[], Awaitable[None]]
    """Has the broker take every record again."""


class Scenes:
    """The scenes of one seed's plots."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._people = stage.people
        self._dashboard = stage.dashboard
        self._rng = stage.rng

    async def _do(self, *actions: Action) -> None:
        """Let people act one after the other, each after the former's outcome."""
        for action in actions:
            await self._stage.request("a plot", action)
            await self._stage.work_off()

    async def _at_stripe(self, *actions: Action) -> None:
        for action in actions:
            await action()
            await self._stage.work_off()

    async def _at_stripe_and_heard(self, *actions: Action) -> None:
        """Let people act at Stripe, and billing hear of each act."""
        for action in actions:
            await action()
            await self._stage.hear()

    async def _admins_sign_in(self) -> None:
        for admin in self._people.admins[:2]:
            if not admin.signed_in:
                await self._do(partial(self._people.request_code, admin), partial(self._people.enter_code, admin))

    async def _newcomers(self, most: int, meanwhile: Action | None = None) -> None:
        """Let people prove their addresses for the first time, perhaps at the same moment.

        `meanwhile` happens after they have their codes.
        """
        outside = [person for person in self._people.everybody if not person.signed_in]
        chosen = self._rng.sample(outside, min(most, len(outside)))
        for person in chosen:
            await self._do(partial(self._people.sign_up, person), partial(self._people.request_code, person))
        if meanwhile is not None:
            await meanwhile()
        together = self._rng.random() < TOGETHER
        for person in chosen:
            await self._stage.request("a plot", partial(self._people.enter_code, person))
            if not together:
                await self._stage.work_off()
        await self._stage.work_off()

    async def _hours(self, count: int = HOURS_OF_SILENCE) -> None:
        """Let hours pass."""
        for _ in range(count):
            await self._stage.wait(3600.0)
            await self._stage.work_off()

    async def _sign(self) -> None:
        """Let the admins sign the BAA who did not."""
        for admin in self._people.admins[:2]:
            if not admin.signed_baa:
                await self._do(partial(self._people.sign_baa, admin))

    async def _unlock(self) -> None:
        """Let the admins sign the BAA and switch Auto-Add on."""
        await self._sign()
        for admin in self._people.admins[:2]:
            await self._do(partial(self._people.switch_on, admin))
