"""What admins change: the counts, the cycle, members, settings, and more than one thing at once."""

from __future__ import annotations

from functools import partial

from tests.simulation.scenes import TOGETHER, Scenes


class PlotsOfAdmins(Scenes):
    """What admins change: the counts, the cycle, members, settings, and more than one thing at once."""

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

    async def fewer_seats_than_members(self) -> None:
        """Reduce the seats below Active."""
        await self._sign()
        await self._do(partial(self._people.quote_seats, (-3, -2)), self._people.use_quote)

    async def an_old_quote(self) -> None:
        """Save a quote that is over, or whose price somebody has changed."""
        people, dashboard = self._people, self._dashboard
        await self._sign()
        await self._do(partial(people.quote_seats, (1, 0)), people.quote_cycle)
        if self._rng.random() < 0.5:
            await self._stage.wait(620.0)
        else:
            await self._at_stripe(self._rng.choice((dashboard.edit, dashboard.give_coupon, dashboard.set_tax)))
        await self._do(partial(people.use_quote, of="seats"), partial(people.use_quote, of="cycle"))

    async def another_cycle(self) -> None:
        """Switch to the other cycle, and perhaps back."""
        people = self._people
        await self._sign()
        await self._do(people.quote_cycle, people.use_quote, people.quote_cycle, people.use_quote)

    async def members_come_and_go(self) -> None:
        """Swap, remove, correct and invite, where seats are free."""
        people = self._people
        await self._sign()
        await self._at_stripe(self._dashboard.raise_again)
        await self._do(people.swap, people.change_role, people.invite, people.accept, people.exchange)
        # A member is removed and swapped at once, and seats reads both late.
        await self._stage.request("a plot", people.remove_and_swap)
        await self._stage.work_off(("seats/",))
        await self._stage.work_off()
        # A removal is undone while the seat may go to somebody else, and the same person is invited.
        await self._stage.request("a plot", people.remove_and_undo)
        await self._stage.work_off(("seats/",))
        await self._stage.work_off()
        await self._do(people.undo_removal, people.invite, people.cancel_invitation)

    async def a_seat_is_taken_before_an_undo(self) -> None:
        """Remove somebody, and undo it while newcomers may take the seat, before the services know of them."""
        people = self._people
        await self._sign()
        newcomers = [person for person in people.everybody if not person.signed_in][:2]
        for person in newcomers:
            await self._do(partial(people.sign_up, person), partial(people.request_code, person))
        await self._do(people.remove)
        for person in newcomers:
            await self._stage.request("a plot", partial(people.enter_code, person))
        await self._stage.work_off(("seats/",))
        await self._stage.request("a plot", people.undo_removal)
        await self._stage.work_off(("seats/",))
        await self._stage.work_off()

    async def keys_and_settings(self) -> None:
        """Make a key, use it, and revoke it; change the settings."""
        people = self._people
        await self._do(people.sign_baa, people.api_key, people.use_key, people.revoke_key)
        await self._do(people.set_step_up, people.set_domain, people.set_domain, people.rename)

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

    async def blocked_members_are_let_in(self) -> None:
        """People find no seat, and an admin buys seats for them, perhaps with a card that fails, or too late."""
        people = self._people
        await self._sign()
        for admin in people.admins[:2]:
            people.acting = admin
            await self._do(people.switch_off)
        people.acting = None
        await self._newcomers(4)
        await self._do(people.let_in)
        await self._do(self._rng.choice((people.remove, people.quote_seats, people.read)))
        await self._do(partial(people.use_quote, of="let-in"))

    async def auto_add_comes_to_a_limit(self) -> None:
        """People log in, perhaps together, until Auto-Add is at a limit, which an admin changes meanwhile."""
        people = self._people
        await self._unlock()
        for admin in people.admins[:2]:
            await self._do(partial(people.set_limits, admin))
        await self._newcomers(4, partial(self._do, people.set_limits) if self._rng.random() < TOGETHER else None)
        await self._do(people.set_limits, people.let_in, partial(people.use_quote, of="let-in"))
        await self._newcomers(3)

    async def a_reduction_waits(self) -> None:
        """An admin has seats reduced at the renewal, perhaps anew; newcomers, a decline or an edit come before it."""
        people, dashboard = self._people, self._dashboard
        await self._unlock()
        await self._do(people.schedule_reduction, people.schedule_reduction)
        if self._rng.random() < 0.3:
            await self._do(people.take_back_reduction, people.schedule_reduction)
        await self._newcomers(2)
        if self._rng.random() < 0.4:
            await self._at_stripe_and_heard(self._rng.choice((dashboard.leave_invoice_unpaid, dashboard.edit)))
        await self._stage.renew()
        await self._newcomers(2)
        await self._do(people.take_back_reduction)

    async def the_line_moves(self) -> None:
        """People are Blocked, and let in one by one as seats are freed, bought and swapped, perhaps together."""
        people = self._people
        await self._unlock()
        await self._do(people.switch_off)
        for admin in people.admins[:2]:
            await self._do(partial(people.move_line, admin))
        await self._newcomers(4, partial(self._do, people.remove) if self._rng.random() < TOGETHER else None)
        await self._do(people.remove, people.swap, people.remove, partial(people.quote_seats, (1, 1)), people.use_quote)
        await self._newcomers(3, partial(self._do, people.remove) if self._rng.random() < TOGETHER else None)
        await self._do(people.move_line, people.remove, people.correct, people.move_line)

    async def admins_approve_each(self) -> None:
        """People log in, perhaps together, while an admin changes who gets a seat, and some are let in afterwards."""
        people = self._people
        await self._unlock()
        for admin in people.admins[:2]:
            await self._do(partial(people.set_policies, admin))
        await self._newcomers(4, partial(self._do, people.set_policies) if self._rng.random() < TOGETHER else None)
        await self._do(people.decide_request, people.decide_request, people.let_in)
        await self._do(partial(people.use_quote, of="let-in"), people.set_policies, people.decide_request)
        await self._newcomers(3)

    async def seats_are_idle(self) -> None:
        """A month passes; admins who want it get a mail about idle seats, and remind a member."""
        people = self._people
        await self._sign()
        await self._newcomers(2)
        await self._do(people.want_idle_mail, people.report_use)
        await self._stage.renew()
        await self._do(people.remind, people.remind)

    async def codes_are_guessed(self) -> None:
        """Guess codes until no code makes a first login."""
        known = [person for person in self._people.everybody if person.signed_up and not person.signed_in]
        for _ in range(3 if known else 0):
            await self._do(partial(self._people.request_code_of, known[0]), partial(self._people.guess, known[0]))
