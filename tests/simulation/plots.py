"""Short plots: a few actions in a row that lead to what single random actions hardly reach.

Each step of a plot may fail or be overtaken like any other action, because the faults of the seed go on. `PLOTS` lists
the plots with their weights. To add a plot, write another method of `Plots`, and name it there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.simulation.dashboard import Dashboard
from tests.simulation.people import People

Action = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Stage:
    """What a plot can do to the system: a person's request, the work that it sets off, and time."""

    people: People
    dashboard: Dashboard
    rng: Random
    request: Callable[[str, Action], Awaitable[None]]
    work_off: Callable[..., Awaitable[None]]
    """Works off everything, or everything but the turns whose names begin with one of these texts."""
    wait: Callable[[float], Awaitable[None]]
    write_invoices: Callable[[int], Awaitable[None]]
    silence: Callable[[], Awaitable[None]]
    renew: Callable[[], Awaitable[None]]


class Plots:
    """The plots of one seed."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._people = stage.people
        self._dashboard = stage.dashboard
        self._rng = stage.rng

    async def play(self) -> None:
        """Play one plot."""
        name = self._rng.choices(list(PLOTS), list(PLOTS.values()))[0]
        plot: Callable[[], Awaitable[None]] = getattr(self, name)
        await self._admins_sign_in()
        await plot()

    async def _do(self, *actions: Action) -> None:
        """Let people act one after the other, each after the former's outcome."""
        for action in actions:
            await self._stage.request("a plot", action)
            await self._stage.work_off()

    async def _at_stripe(self, *actions: Action) -> None:
        for action in actions:
            await action()
            await self._stage.work_off()

    async def _admins_sign_in(self) -> None:
        for admin in self._people.admins[:2]:
            if not admin.signed_in:
                await self._do(partial(self._people.request_code, admin), partial(self._people.enter_code, admin))

    async def _newcomers(self, most: int) -> None:
        """Let people prove their addresses for the first time, perhaps at the same moment."""
        outside = [person for person in self._people.everybody if not person.signed_in]
        chosen = self._rng.sample(outside, min(most, len(outside)))
        for person in chosen:
            await self._do(partial(self._people.sign_up, person), partial(self._people.request_code, person))
        together = self._rng.random() < TOGETHER
        for person in chosen:
            await self._stage.request("a plot", partial(self._people.enter_code, person))
            if not together:
                await self._stage.work_off()
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

    async def a_change_of_seats(self) -> None:
        """Change the counts, up or down, and invite somebody to a free seat."""
        await self._sign()
        await self._do(self._people.quote_seats, self._people.use_quote, self._people.invite, self._people.accept)

    async def more_than_one_change(self) -> None:
        """Save two changes before the first is made."""
        people = self._people
        await self._sign()
        await self._do(people.quote_cycle, partial(people.quote_seats, (1, 0)), partial(people.quote_seats, (0, 1)))
        await self._stage.request("a plot", partial(people.use_quote, of="seats"))
        if self._rng.random() < 0.75:
            await self._stage.work_off(("billing/0 runs", "billing/1 runs"))
        await self._stage.request("a plot", partial(people.use_quote, of=self._rng.choice(("seats", "cycle", "cycle"))))
        await self._stage.work_off()

    async def an_unpaid_change(self) -> None:
        """Change the counts with a card that the bank does not charge."""
        people, fail = self._people, self._rng.choice(("declining", "action_required"))
        await self._sign()
        await self._at_stripe(partial(self._dashboard.change_card, fail))
        await self._do(partial(people.quote_seats, (2, 1)), people.use_quote, people.retry)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))

    async def fewer_seats_than_members(self) -> None:
        """Reduce the seats below Active."""
        await self._sign()
        await self._do(partial(self._people.quote_seats, (-3, -2)), self._people.use_quote)

    async def an_old_quote(self) -> None:
        """Save a quote that is over, or whose price somebody has changed."""
        people, dashboard = self._people, self._dashboard
        await self._sign()
        await self._do(self._rng.choice((people.quote_seats, people.quote_cycle)))
        if self._rng.random() < 0.5:
            await self._stage.wait(620.0)
        else:
            await self._at_stripe(self._rng.choice((dashboard.edit, dashboard.give_coupon, dashboard.set_tax)))
        await self._do(people.use_quote)

    async def another_cycle(self) -> None:
        """Switch to the other cycle, and perhaps back."""
        people = self._people
        await self._sign()
        await self._do(people.quote_cycle, people.use_quote, people.quote_cycle, people.use_quote)

    async def a_burst_of_logins(self) -> None:
        """Several people log in for the first time, perhaps with a card that fails, which is then put right."""
        await self._unlock()
        fails = self._rng.random() < 0.6
        if fails:
            kind = self._rng.choice(("declining", "action_required"))
            await self._at_stripe(partial(self._dashboard.change_card, kind))
        await self._newcomers(4)
        if fails and self._rng.random() < 0.5:
            await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._do(self._people.retry)

    async def an_unpaid_invoice(self) -> None:
        """An invoice is not paid; people log in meanwhile, and an admin pays."""
        await self._at_stripe(self._dashboard.leave_invoice_unpaid)
        await self._newcomers(2)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote, self._people.retry)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._do(self._people.retry)

    async def an_unpaid_renewal(self) -> None:
        """A period ends, perhaps with a card that declines; an admin pays."""
        await self._stage.renew()
        await self._newcomers(2)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._do(self._people.retry, self._people.retry)

    async def seats_lowered_and_raised(self) -> None:
        """Lower the seats below Active at Stripe; people log in, and the seats are raised again."""
        await self._newcomers(2)
        await self._at_stripe(partial(self._dashboard.edit, (1, 0)))
        await self._do(self._people.invite, self._people.swap, partial(self._people.quote_seats, (1, 0)))
        await self._at_stripe(self._dashboard.raise_again)
        await self._newcomers(1)

    async def a_used_up_day(self) -> None:
        """Use up the day's invoices, almost or all; people log in, and an admin changes the seats."""
        await self._unlock()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._stage.write_invoices(self._rng.choice((15, 20)))
        await self._newcomers(4)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)

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
        for _ in range(HOURS_OF_SILENCE):
            await self._stage.wait(3600.0)
            await self._stage.work_off()
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

    async def members_come_and_go(self) -> None:
        """Swap, remove, correct and invite, where seats are free."""
        people = self._people
        await self._sign()
        await self._at_stripe(self._dashboard.raise_again)
        await self._do(people.swap, people.change_role, people.invite, people.accept, people.swap)
        # A member is removed and swapped at once, and seats reads both late.
        await self._stage.request("a plot", people.remove_and_swap)
        await self._stage.work_off(("seats/",))
        await self._stage.work_off()

    async def keys_and_settings(self) -> None:
        """Make a key, use it, and revoke it; change the settings."""
        people = self._people
        await self._do(people.sign_baa, people.api_key, people.use_key, people.revoke_key)
        await self._do(people.set_step_up, people.set_domain, people.set_domain)

    async def an_agency_without_a_baa(self) -> None:
        """Open another agency, and do in it what is locked before the BAA is signed."""
        people = self._people
        await self._do(partial(people.open_another, "pm_card_visa"))
        admin = people.everybody[-1]
        await self._do(partial(people.request_code, admin), partial(people.enter_code, admin))
        people.acting = admin
        await self._do(people.quote_cycle, people.use_quote, people.swap, people.quote_seats, people.use_quote)
        await self._do(people.switch_on, people.retry)
        people.acting = None

    async def an_opening_that_fails(self) -> None:
        """Open another agency with a card that is declined, and again with a good one."""
        await self._do(self._people.open_another, self._people.open_another)

    async def codes_are_guessed(self) -> None:
        """Guess codes until no code makes a first login."""
        known = [person for person in self._people.everybody if person.signed_up and not person.signed_in]
        for _ in range(3 if known else 0):
            await self._do(partial(self._people.request_code_of, known[0]), partial(self._people.guess, known[0]))

    async def an_edit_between_reading_and_writing(self) -> None:
        """Somebody edits the seats in the moment between billing's reading and its update."""
        await self._unlock()
        await self._do(partial(self._people.quote_seats, (1, 0)))
        self._dashboard.edit_before_next_update()
        if self._rng.random() < 0.7:
            await self._do(self._people.use_quote)
        await self._newcomers(4)

    async def a_payment_to_confirm(self) -> None:
        """Save a change whose bank wants the cardholder, who confirms it, or not within a day."""
        people = self._people
        await self._sign()
        await self._at_stripe(partial(self._dashboard.change_card, "action_required"))
        await self._do(partial(people.quote_seats, (1, 0)), people.use_quote, partial(people.quote_seats, (2, 0)))
        await self._do(people.use_quote)
        if self._rng.random() < 0.4:
            await self._at_stripe(self._dashboard.confirm_payment)
        else:
            for _ in range(HOURS_OF_SILENCE):
                await self._stage.wait(3600.0)
                await self._stage.work_off()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))

    async def a_negotiated_price(self) -> None:
        """Give an item a price that the catalogue does not know, and switch the cycle."""
        await self._sign()
        await self._at_stripe(self._dashboard.negotiate)
        await self._do(self._people.quote_cycle, partial(self._people.quote_seats, (1, 0)), self._people.use_quote)


HOURS_OF_SILENCE = 25
"""Longer than the longest wait for Stripe, and than Stripe keeps a change for its payment."""
TOGETHER = 0.5
"""How often several people log in at the same moment."""
PLOTS = {
    "a_change_of_seats": 1.5, "more_than_one_change": 2.5, "an_unpaid_change": 1.0, "fewer_seats_than_members": 0.8,
    "an_old_quote": 1.5, "another_cycle": 1.5, "a_burst_of_logins": 2.0, "an_unpaid_invoice": 1.5,
    "an_unpaid_renewal": 1.0, "seats_lowered_and_raised": 2.0, "a_used_up_day": 3.5, "stripe_is_silent": 2.5,
    "a_day_of_silence": 0.7,
    "stripe_refuses": 1.0, "the_subscription_ends": 0.5, "members_come_and_go": 2.5, "keys_and_settings": 1.2,
    "an_agency_without_a_baa": 0.8, "an_opening_that_fails": 1.2, "codes_are_guessed": 1.2,
    "an_edit_between_reading_and_writing": 2.5, "a_payment_to_confirm": 2.5, "a_negotiated_price": 1.2,
}  # fmt: skip
"""The plots and their weights."""
