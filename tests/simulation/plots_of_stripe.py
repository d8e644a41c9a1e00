"""What happens at Stripe: silence, refusals, edits and ends; and a fault of ours."""

from __future__ import annotations

from functools import partial

from tests.simulation.scenes import Scenes


class PlotsOfStripe(Scenes):
    """What happens at Stripe: silence, refusals, edits and ends; and a fault of ours."""

    async def seats_lowered_and_raised(self) -> None:
        """Lower the seats below Active at Stripe; people log in, and the seats are raised again."""
        await self._newcomers(2)
        await self._at_stripe(partial(self._dashboard.edit, (1, 0)))
        await self._do(self._people.invite, self._people.swap, partial(self._people.quote_seats, (1, 0)))
        await self._at_stripe(self._dashboard.raise_again)
        await self._newcomers(1)

    async def stripe_is_silent(self) -> None:
        """Stripe does not answer for a while, as people log in or change the seats."""
        await self._unlock()
        await self._do(partial(self._people.quote_seats, (1, 1)))
        await self._stage.silence()
        if self._rng.random() < 0.6:
            await self._do(self._people.use_quote)
        else:
            await self._newcomers(4)
        for _ in range(3):
            await self._stage.wait(self._rng.choice((310.0, 620.0, 4000.0)))
            await self._stage.work_off()
        await self._stage.silence()

    async def a_day_of_silence(self) -> None:
        """Stripe does not answer for more than a day, as people wait for seats."""
        await self._unlock()
        await self._stage.silence()
        await self._newcomers(4)
        await self._hours()
        await self._stage.silence()

    async def stripe_refuses(self) -> None:
        """Something at Stripe refuses every change, as people log in or change the seats."""
        await self._unlock()
        refuse = self._rng.choice((self._dashboard.schedule, self._dashboard.set_tax, self._dashboard.put_on_account))
        await self._at_stripe(refuse)
        await self._newcomers(2)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)
        await self._at_stripe(refuse)
        await self._do(self._people.retry)

    async def the_subscription_ends(self) -> None:
        """The subscription ends at Stripe; people go on."""
        await self._at_stripe(self._rng.choice((self._dashboard.cancel, self._dashboard.plan_end)))
        await self._newcomers(1)
        await self._do(self._people.quote_seats, self._people.use_quote, self._people.retry, self._people.portal)

    async def an_end_is_planned(self) -> None:
        """Somebody plans the subscription's end; it comes near, and is taken back, or moved."""
        await self._sign()
        await self._at_stripe_and_heard(self._dashboard.plan_end_in_a_week)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)
        if self._rng.random() < 0.6:
            await self._hours(1)
        if self._rng.random() < 0.7:
            await self._at_stripe_and_heard(self._dashboard.take_end_back)
        else:
            await self._at_stripe_and_heard(self._dashboard.plan_end)

    async def an_edit_between_reading_and_writing(self) -> None:
        """Somebody edits the seats in the moment between billing's reading and its update."""
        await self._unlock()
        await self._do(partial(self._people.quote_seats, (1, 0)))
        self._dashboard.edit_before_next_update()
        if self._rng.random() < 0.7:
            await self._do(self._people.use_quote)
        await self._newcomers(4)

    async def an_edit_that_nobody_reports(self) -> None:
        """Somebody edits the seats, Stripe's event is lost, and people log in."""
        await self._unlock()
        await self._newcomers(3, partial(self._dashboard.edit_unreported))

    async def a_negotiated_price(self) -> None:
        """Give an item a price that the catalogue does not know, and switch the cycle."""
        await self._sign()
        await self._at_stripe(self._dashboard.negotiate)
        # Each admin is asked, because the price is one agency's.
        await self._do(self._people.quote_cycle, self._people.quote_cycle, self._people.quote_cycle)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)

    async def records_too_large(self) -> None:
        """The broker refuses the larger records for a while; the agencies of the others go on."""
        people = self._people
        await self._stage.lower_limit()
        await self._newcomers(2)
        await self._do(people.invite, people.sign_baa, people.quote_seats, people.use_quote, people.swap)
        await self._stage.report_refused()
        await self._do(people.change_role, people.set_domain)
        await self._stage.raise_limit()
        await self._stage.work_off()

    async def a_fault_of_ours(self) -> None:
        """A service cannot handle a type of event: agencies are parked, until somebody has mended it."""
        people = self._people
        await self._stage.break_handlers()
        await self._do(partial(people.open_another, "pm_card_visa"))
        admin = people.admins[-1]
        await self._do(partial(people.request_code, admin), partial(people.enter_code, admin))
        await self._do(partial(people.sign_baa, admin), people.quote_seats, people.use_quote)
        await self._newcomers(2)
        await self._at_stripe(self._dashboard.edit)
        await self._do(people.invite, people.swap)
        await self._stage.mend_handlers()
        await self._stage.work_off()
