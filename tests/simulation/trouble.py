"""The trouble of one seed: processes that die, broken handlers, silence, renewals, and plots."""

from __future__ import annotations

from functools import partial

from chassis import refused_records
from contracts import billing, gateway, members, members_agencies, seats
from contracts.message import Event
from contracts.vocabulary import Service
from tests.simulation.bus import PARTITIONS
from tests.simulation.pace import Pace
from tests.simulation.plots import Plots
from tests.simulation.rates import CALM
from tests.simulation.system import REPLICAS

A_MONTH = 32 * 86_400
"""Seconds within which a monthly period ends."""

UNDISTURBED = 0.6
"""How often a plot is played without the seed's faults."""

BROKEN = 0.7
"""How often the gateway and the notifier have a broken handler, if any service has one."""

FRAGILE: dict[Service, tuple[type[Event], ...]] = {
    Service.MEMBERS: (seats.SeatAssigned, seats.SeatSwapped, seats.CapacityChanged, seats.CapacityChanged),
    Service.SEATS: (members.FirstLogin, members_agencies.BaaSigned, billing.AccountOpened),
    Service.BILLING: (members_agencies.AgencyFounded, members_agencies.BaaSigned),
    Service.GATEWAY: (
        gateway.SignedIn, members.LoginRecorded, members.SignedUp, seats.CapacityChanged, billing.PlanChanged,
    ),
    Service.NOTIFIER: (members_agencies.AgencyFounded, members.FirstLogin, members.SignedUp),
}  # fmt: skip
"""Events that happen often, of which a service perhaps cannot handle one."""


class Trouble(Pace):
    """What goes wrong in one seed."""

    _plots: Plots

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

    async def _lose_lead(self) -> None:
        """Give a relay's lease to the other replica. The old leader may be in the middle of a send."""
        service = self._rng.choice(list(Service))
        self._give_lead(service, 1 - self._system.leads[service])

    def _give_lead(self, service: Service, index: int) -> None:
        self._note(f"{service}/{index} leads")
        self._system.leads[service] = index
        self._system.leading(service).relay.wake()
        self._wake(service, "relays")

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

    async def _lower_limit(self) -> None:
        """Have the broker refuse the larger records, until the operator has seen it."""
        self._system.bus.lower_limit(self._rng)
        self._note(f"the broker takes {self._system.bus.most_bytes} bytes")

    async def _report_refused(self) -> None:
        """Have the services publish whose records are refused, or no longer."""
        for service in Service:
            replica = self._system.of(service)[0]
            if not self._turns.is_busy(f"{replica.name} reports"):
                await self._begin(f"{replica.name} reports", replica, replica.report_refused)

    async def _raise_limit(self) -> None:
        """Have the broker take every record again, and the services publish what was refused."""
        self._system.bus.most_bytes = None
        self._note("the broker takes every record")
        for service in Service:
            self._system.leading(service).relay.notified(refused_records.WAKE)
            self._wake(service, "relays")
        while await self._round():
            await self._replace_dead()
        await self._report_refused()

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
            await self._count_idle_seats()
            for admin in self._people.admins:
                await self._request_and_drain(partial(self._people.request_code, admin))
                await self._request_and_drain(partial(self._people.enter_code, admin))
        self._rates = rates
        self._people.look_for_owed_invoices()

    async def _count_idle_seats(self) -> None:
        """Have the gateway count idle seats for the mails of the month that has begun."""
        replica = self._system.of(Service.GATEWAY)[0]
        await self._begin(f"{replica.name} counts idle seats", replica, replica.count_idle_seats)
        await self._drain()

    async def _write_some_invoices(self, count: int) -> None:
        """Use up this many of the day's invoices, ten in a minute."""
        for written in range(count):
            if written % 10 == 9:
                await self._pass(61.0)
            for subscription in self._system.stripe.subscriptions():
                self._system.stripe.invoice(subscription["id"])
        await self._work_off()
