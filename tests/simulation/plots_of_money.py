"""Payments that fail, wait, come late, or go back."""

from __future__ import annotations

from functools import partial

from tests.simulation.scenes import Scenes


class PlotsOfMoney(Scenes):
    """Payments that fail, wait, come late, or go back."""

    async def an_unpaid_change(self) -> None:
        """Change the counts with a card that the bank does not charge."""
        people, fail = self._people, self._rng.choice(("declining", "action_required"))
        await self._sign()
        await self._at_stripe(partial(self._dashboard.change_card, fail))
        await self._do(partial(people.quote_seats, (2, 1)), people.use_quote, people.retry)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))

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
        await self._do(self._people.quote_cycle, partial(self._people.use_quote, of="cycle"), self._people.portal)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._do(self._people.retry)

    async def an_unpaid_renewal(self) -> None:
        """A period ends, perhaps with a card that declines; an admin pays."""
        await self._stage.renew()
        await self._newcomers(2)
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._do(self._people.retry, self._people.retry)

    async def a_used_up_day(self) -> None:
        """Use up the day's invoices, almost or all; people log in, and an admin changes the seats."""
        await self._unlock()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._stage.write_invoices(self._rng.choice((15, 20)))
        await self._newcomers(4)
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)

    async def unsettled_seats_are_settled(self) -> None:
        """Seats are left unsettled, and the next day's invoice takes them; perhaps the card declines it first."""
        await self._unlock()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._newcomers(4, partial(self._stage.write_invoices, 20))
        if self._rng.random() < 0.5:
            await self._at_stripe(partial(self._dashboard.change_card, "declining"))
        await self._hours()
        await self._at_stripe_and_heard(partial(self._dashboard.change_card, "good"))

    async def unsettled_seats_are_lost(self) -> None:
        """Seats are left unsettled because the day's invoices are used up; then nobody will ever pay them."""
        await self._unlock()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))
        await self._newcomers(4, partial(self._stage.write_invoices, 20))
        await self._at_stripe_and_heard(self._dashboard.cancel)

    async def a_payment_to_confirm(self) -> None:
        """Save a change whose bank wants the cardholder, who confirms it, or not within a day."""
        people = self._people
        await self._sign()
        await self._at_stripe(partial(self._dashboard.change_card, "action_required"))
        await self._do(partial(people.quote_seats, (1, 0)), people.use_quote, partial(people.quote_seats, (2, 0)))
        await self._do(people.use_quote)
        fate = self._rng.random()
        if fate < 0.3:
            await self._at_stripe(self._dashboard.confirm_payment)
        elif fate < 0.6:
            await self._do(people.cancel_change, people.cancel_change)
        else:
            await self._hours()
        await self._at_stripe(partial(self._dashboard.change_card, "good"))

    async def a_change_while_one_awaits_its_payment(self) -> None:
        """Save a change that waits for the cardholder, and another; the first is confirmed, or its invoice voided."""
        people = self._people
        await self._sign()
        await self._do(partial(people.quote_seats, (1, 0)), partial(people.quote_seats, (0, 1)), people.quote_cycle)
        await self._at_stripe(partial(self._dashboard.change_card, "action_required"))
        await self._do(partial(people.use_quote, of="seats"), partial(people.use_quote, of="seats"))
        await self._do(partial(people.use_quote, of="cycle"), partial(people.quote_seats, (2, 0)))
        await self._at_stripe_and_heard(
            self._rng.choice((self._dashboard.confirm_payment, self._dashboard.void_payment))
        )
        await self._at_stripe(partial(self._dashboard.change_card, "good"))

    async def a_payment_is_disputed(self) -> None:
        """A cardholder disputes a payment, the bank decides, people log in, and an admin tries again."""
        await self._unlock()
        await self._at_stripe_and_heard(self._dashboard.dispute, self._dashboard.decide_dispute)
        await self._newcomers(2)
        await self._do(self._people.retry)

    async def money_goes_back(self) -> None:
        """The operator refunds a payment, or writes a credit note; an admin changes the seats."""
        await self._sign()
        await self._at_stripe_and_heard(self._rng.choice((self._dashboard.refund, self._dashboard.write_credit_note)))
        await self._do(partial(self._people.quote_seats, (1, 0)), self._people.use_quote)
