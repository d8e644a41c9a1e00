"""Random changes through billing: the quote, the card and the events agree with the oracle."""

import os
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from contracts.billing import CycleSwitched, QuantitiesRejected, QuantitiesSet, SwitchCycle
from contracts.billing_quotes import Quoted
from contracts.message import Payload, Seats
from contracts.vocabulary import BillingCycle, RejectionCode
from tests.clients.lives import DRAFT_SECONDS, random_counts
from tests.services.billing.conftest import DAY, Billing
from tests.support.money_lines import Bill, Coupon, Tax, months_after
from tests.support.money_oracle import Subscription

CHANGES = 12
# HEADCOUNT_MONEY=42 makes a thousand changes under terms that people change at Stripe, and HEADCOUNT_MONEY_FIRST=1000
# makes other ones.
WORLDS = 2 * int(os.environ.get("HEADCOUNT_MONEY", "1"))
FIRST = int(os.environ.get("HEADCOUNT_MONEY_FIRST", "0"))


def random_coupon(rng: Random, holder: str) -> Coupon:
    """A percentage or an amount off, for one invoice or for good."""
    off = rng.choice((Coupon(10), Coupon(25), Coupon(33), Coupon(0, amount=700), Coupon(0, amount=4999)))
    return replace(off, once=rng.random() < 0.3, holder=holder)


class TwoLedgers:
    """One agency's account, at billing and at the oracle."""

    def __init__(self, billing: Billing, cycle: BillingCycle, counts: dict[str, int]) -> None:
        self.billing = billing
        self.oracle = Subscription.opened(self.now(), cycle.value, counts)

    def now(self) -> int:
        return int(self.billing.service.clock().timestamp())

    async def wait(self, seconds: int) -> None:
        """Pass time, and do not stop within the hour for which a renewal's invoice stays a draft."""
        self.billing.service.clock.advance(seconds)
        self.oracle.advance(self.now())
        if 0 <= self.now() - self.oracle.start < DRAFT_SECONDS and self.oracle.periods:
            self.billing.service.clock.advance(DRAFT_SECONDS)

    async def set_balance(self, cents: int) -> None:
        assert self.billing.account is not None
        customers = self.billing.stripe.api._stripe.v1.customers
        await customers.update_async(self.billing.account.customer_id, {"balance": cents})
        self.oracle.balance = cents

    async def edit_by_hand(self, counts: dict[str, int]) -> None:
        """Edit in Stripe's dashboard, and leave the proration pending."""
        await self.billing.stripe.control(f"dashboard/subscriptions/{self.billing.subscription_id}", **counts)
        self.oracle.adjust_later(self.now(), counts)

    async def edit_free(self, counts: dict[str, int]) -> None:
        """Edit in Stripe's dashboard without proration: nothing is billed, and nothing is credited for it."""
        bills = {"prorationBehavior": "none"}
        await self.billing.stripe.control(f"dashboard/subscriptions/{self.billing.subscription_id}", **counts, **bills)
        self.oracle.adjust_free(self.now(), counts)

    async def give_coupon(self, coupon: Coupon | None, months: int = 0) -> None:
        """Give its holder a coupon for one invoice, for months, or for good; or take the subscription's away."""
        if coupon is None:
            await self._set_terms(discounts="")
            self.oracle.coupon = None
            return
        form: dict[str, Any] = {"duration": "once" if coupon.once else "repeating" if months else "forever"}
        form |= {"duration_in_months": months} if months else {}
        form |= {"amount_off": coupon.amount, "currency": "usd"} if coupon.amount else {"percent_off": coupon.percent}
        made = await self.billing.stripe.post("coupons", **form)
        coupon = replace(coupon, until=months_after(self.now(), months) if months else None)
        match coupon.holder:
            case "subscription":
                await self._set_terms(**{"discounts[0][coupon]": made["id"]})
                self.oracle.coupon = coupon
                return
            case "customer":
                assert self.billing.account is not None
                path = f"dashboard/customers/{self.billing.account.customer_id}"
                await self.billing.stripe.control(path, coupon=made["id"])
            case seat:
                item = await self._item(seat)
                await self._set_terms(**{"items[0][id]": item, "items[0][discounts][0][coupon]": made["id"]})
        self.oracle.others = {**self.oracle.others, coupon.holder: coupon}

    async def take_other_coupons(self) -> None:
        """Take the coupons of the customer and of the items away."""
        assert self.billing.account is not None
        for holder in self.oracle.others:
            if holder == "customer":
                await self.billing.stripe.control(
                    f"dashboard/customers/{self.billing.account.customer_id}", coupon=None
                )
            else:
                await self._set_terms(**{"items[0][id]": await self._item(holder), "items[0][discounts]": ""})
        self.oracle.others = {}

    async def _item(self, seat: str) -> str:
        items = (await self.billing.stripe.get(f"subscriptions/{self.billing.subscription_id}"))["items"]["data"]
        return next(str(item["id"]) for item in items if item["price"]["metadata"]["seat_type"] == seat)

    async def set_tax(self, tax: Tax | None) -> None:
        """Set the subscription's tax rate, or none."""
        if tax is None:
            await self._set_terms(default_tax_rates="")
        else:
            form = {"display_name": "Tax", "inclusive": str(tax.inclusive).lower()}
            rate = await self.billing.stripe.post("tax_rates", percentage=str(float(tax.percent)), **form)
            await self._set_terms(**{"default_tax_rates[0]": rate["id"]})
        self.oracle.tax = tax

    async def _set_terms(self, **form: str) -> None:
        await self.billing.stripe.post(f"subscriptions/{self.billing.subscription_id}", **form)

    async def renew_unpaid(self) -> None:
        """Let the bank decline the renewal, and pay it with a new card."""
        assert self.billing.account is not None
        card = f"customers/{self.billing.account.customer_id}/card"
        await self.billing.stripe.control(card, kind="declining")
        self.billing.service.clock.advance(self.oracle.end + DRAFT_SECONDS - self.now())
        await self.billing.stripe.get(f"subscriptions/{self.billing.subscription_id}")
        self.oracle.advance(self.now())
        await self.billing.stripe.control(card, kind="good")
        newest = (await self.billing.stripe.invoices(self.billing.subscription_id))[0]
        if newest["status"] == "open":
            await self.billing.stripe.post(f"invoices/{newest['id']}/pay")

    async def change_terms(self, rng: Random) -> None:
        """Change what Stripe bills for the same seats, or the seats, as a person in the dashboard does."""
        match rng.randrange(7):
            case 0:
                await self.edit_free(random_counts(rng, self.oracle.counts))
            case 1:
                await self.give_coupon(rng.choice((random_coupon(rng, "subscription"), None)))
            case 2:
                await self.give_coupon(replace(random_coupon(rng, "subscription"), once=False), months=1)
            case 3:
                # An amount off everything shares with no amount off an item: no page says how.
                if self.oracle.coupon is None or not self.oracle.coupon.amount:
                    await self.give_coupon(random_coupon(rng, rng.choice(("base", "voice"))))
            case 4:
                if self.oracle.others:
                    await self.take_other_coupons()
                else:
                    await self.give_coupon(random_coupon(rng, "customer"))
            case 5:
                tax = Tax(Fraction("7.7"), inclusive=rng.random() < 0.5)
                await self.set_tax(rng.choice((tax, None)))
            case _:
                await self.renew_unpaid()

    async def quote(self, counts: dict[str, int]) -> tuple[Quoted, Bill]:
        """Quote a change, and compare each figure with the oracle."""
        expected = self.oracle.quote(self.now(), counts)
        quote = await self.billing.quote(counts["base"], counts["voice"])
        assert quote.before == Seats(**self.oracle.counts)
        assert quote.due_now == expected.charged
        assert quote.credit == max(0, -expected.total)
        assert quote.due_now + quote.from_balance - quote.credit == expected.total
        assert sorted(line.amount for line in quote.pending) == sorted(line.cents for line in self.oracle.pending)
        assert sorted(line.amount for line in (*quote.pending, *quote.lines) if line.quantity) == sorted(
            line.cents for line in expected.lines
        )
        now = self.now()
        totals = (self.oracle.recurring(at=now), self.oracle.recurring(counts, at=now))
        assert (quote.total_before, quote.total) == totals
        assert quote.may_differ == 0
        return quote, expected

    async def quote_switch(self) -> Quoted:
        """Quote the other cycle, with the amount by which it may differ within ten minutes."""
        other = BillingCycle.ANNUAL if self.oracle.cycle == "monthly" else BillingCycle.MONTHLY
        expected = self.oracle.quote_switch(self.now(), other.value)
        quote = await self.billing.quote_cycle(other)
        assert (quote.due_now, quote.credit) == (expected.charged, max(0, -expected.total))
        assert quote.total == self.oracle.recurring(cycle=other.value, at=self.now())
        for later in (1, 300, 599):
            if self.now() + later < self.oracle.end:
                moved = self.oracle.quote_switch(self.now() + later, other.value).total - expected.total
                assert 0 <= moved <= quote.may_differ
        return quote

    async def switch(self, quote: Quoted) -> None:
        """Switch the cycle in the current second."""
        before = self.oracle.cycle
        command = SwitchCycle(cycle=quote.cycle, quote_id=quote.quote_id)
        await self.billing.service.handle(command, self.billing.agency_id, sender="gateway")
        published = await self._outcome("billing.cycle_switched.v1")
        assert isinstance(published, CycleSwitched)
        bill = self.oracle.switch(self.now(), quote.cycle.value)
        assert (published.before, published.cycle, published.charged) == (before, quote.cycle, bill.charged)
        assert published.charged == pytest.approx(quote.due_now, abs=quote.may_differ)
        assert int(published.renews_at.timestamp()) == self.oracle.end
        assert published.invoice is not None
        assert (published.invoice.total, published.invoice.amount_paid) == (bill.total, bill.charged)

    async def _outcome(self, type_: str) -> Payload:
        await self.billing.service.run_tasks()
        (published,) = [message for message in await self.billing.service.published() if message.type == type_]
        outcome: Payload = published.data
        return outcome

    async def save(self, quote: Quoted, quoted_at: int, counts: dict[str, int]) -> QuantitiesSet:
        """Make the change at the quote's price."""
        before = (self.oracle.counts["base"], self.oracle.counts["voice"])
        await self.billing.command(before, (counts["base"], counts["voice"]), quote.quote_id)
        published = await self._outcome("billing.quantities_set.v1")
        assert isinstance(published, QuantitiesSet)
        self.oracle.adjust(quoted_at, counts)
        return published

    async def agree(self) -> None:
        """Compare Stripe's invoices, their payment and the balance with the oracle."""
        assert self.billing.account is not None
        invoices: list[Any] = await self.billing.stripe.invoices(self.billing.subscription_id)
        assert [(invoice["total"], invoice["amount_paid"], invoice["status"]) for invoice in reversed(invoices)] == [
            (bill.total, bill.charged, "paid") for bill in self.oracle.bills
        ]
        customer = await self.billing.stripe.get(f"customers/{self.billing.account.customer_id}")
        assert customer["balance"] == self.oracle.balance


@pytest.mark.parametrize("cycle", BillingCycle)
@pytest.mark.parametrize("seed", [1, 2])
async def test_quote_charge_and_ledger_agree_to_the_cent(billing: Billing, seed: int, cycle: BillingCycle) -> None:
    rng = Random(seed)
    await billing.open(2, 1, cycle=cycle)
    ledgers = TwoLedgers(billing, cycle, {"base": 2, "voice": 1})
    for _ in range(CHANGES):
        await ledgers.wait(rng.choice((0, rng.randrange(DAY), rng.randrange(25 * DAY))))
        match rng.randrange(5):
            case 0:
                await ledgers.set_balance(rng.choice((-rng.randrange(20_000), rng.randrange(100))))
            case 1:
                await ledgers.edit_by_hand(random_counts(rng, ledgers.oracle.counts))
            case 2:
                switch = await ledgers.quote_switch()
                billing.service.clock.advance(min(rng.choice((0, 1, 599)), ledgers.oracle.end - ledgers.now() - 1))
                await ledgers.switch(switch)
                await ledgers.agree()
            case _:
                pass
        counts = random_counts(rng, ledgers.oracle.counts)
        at = ledgers.now()
        quote, expected = await ledgers.quote(counts)
        billing.service.clock.advance(min(rng.choice((0, 1, 599)), ledgers.oracle.end - at - 1))
        published = await ledgers.save(quote, at, counts)
        assert (published.charged, published.total) == (quote.due_now, quote.total) == (expected.charged, quote.total)
        assert published.invoice is not None
        assert (published.invoice.total, published.invoice.amount_paid) == (expected.total, expected.charged)
        await ledgers.agree()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
async def test_terms_that_people_change_at_stripe_are_quoted_and_charged_or_the_quote_is_stale(
    billing: Billing, seed: int
) -> None:
    """INVARIANT: whatever coupons, taxes and edits do between quote and save, the charge is the quote's or none."""
    rng = Random(seed)
    cycle = rng.choice(list(BillingCycle))
    await billing.open(2, 1, cycle=cycle)
    ledgers = TwoLedgers(billing, cycle, {"base": 2, "voice": 1})
    for _ in range(CHANGES):
        await ledgers.wait(rng.choice((0, rng.randrange(DAY), rng.randrange(25 * DAY))))
        await ledgers.change_terms(rng)
        await billing.published()
        if rng.random() < 0.2:
            await ledgers.switch(await ledgers.quote_switch())
        counts, at = random_counts(rng, ledgers.oracle.counts), ledgers.now()
        quote, expected = await ledgers.quote(counts)
        if meddled := rng.random() < 0.3:
            await ledgers.change_terms(rng)
        before = (quote.before.base, quote.before.voice)
        await billing.command(before, (counts["base"], counts["voice"]), quote.quote_id)
        await billing.service.run_tasks()
        outcomes = [message.data for message in await billing.service.published()]
        (outcome,) = [one for one in outcomes if isinstance(one, QuantitiesSet | QuantitiesRejected)]
        if isinstance(outcome, QuantitiesRejected):
            # A quote has expired after a whole period.
            assert meddled
            assert outcome.code in {RejectionCode.QUOTE_STALE, RejectionCode.QUOTE_EXPIRED}
        else:
            ledgers.oracle.adjust(at, counts)
            assert outcome.charged == quote.due_now == expected.charged
            assert outcome.total == quote.total
        await ledgers.agree()
