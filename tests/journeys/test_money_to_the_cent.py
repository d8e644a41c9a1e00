"""The preview, the charge, and every ledger show the same cent: random changes over HTTP, checked by an oracle."""

import os
from random import Random
from typing import Any

from tests.clients.lives import DRAFT_SECONDS, random_counts
from tests.support.journey import Browser, Journey
from tests.support.money_lines import Bill
from tests.support.money_oracle import Subscription

ADA = "ada@harbor.example"
DAY = 86_400
# HEADCOUNT_MONEY=10 makes ten times as many changes.
CHANGES = 50 * int(os.environ.get("HEADCOUNT_MONEY", "1"))


class Admin:
    """An admin who adjusts seats, with the oracle that computes the expected bills."""

    def __init__(self, journey: Journey, browser: Browser) -> None:
        self.journey = journey
        self.browser = browser
        self.oracle = Subscription.opened(self.now(), "monthly", {"base": 2, "voice": 1})

    def now(self) -> int:
        return int(self.journey.clock().timestamp())

    async def wait(self, seconds: int) -> None:
        """Pass time, but skip the hour in which a renewal's invoice is a draft; sign in again if the session ended."""
        await self.journey.advance(seconds)
        self.oracle.advance(self.now())
        if self.oracle.periods and self.now() - self.oracle.start < DRAFT_SECONDS:
            await self.journey.advance(DRAFT_SECONDS)
        if (await self.browser.ask("GET", "/me")).status_code != 200:
            await self.browser.log_in(ADA)

    async def quote(self, counts: dict[str, int]) -> dict[str, Any]:
        """Preview the counts, and check the preview against the oracle's bill."""
        expected = self.oracle.quote(self.now(), counts)
        response = await self.browser.post("/seats/quotes", counts)
        assert response.status_code == 201, response.text
        quote: dict[str, Any] = response.json()
        assert cents(quote["dueNow"]) == expected.charged
        assert cents(quote["credit"]) == max(0, -expected.total)
        assert cents(quote["fromBalance"]) == expected.total + max(0, -expected.total) - expected.charged
        assert sorted(cents(line["amount"]) for line in quote["lines"]) == sorted(line.cents for line in expected.lines)
        before, after = self.oracle.recurring(), self.oracle.recurring(counts)
        assert (cents(quote["totalBefore"]), cents(quote["newTotal"]), cents(quote["delta"])) == (
            before,
            after,
            after - before,
        )
        total, delta = (
            f"${after / 100:,.2f}/mo",
            f"{'-' if after < before else '+'}${abs(after - before) / 100:,.2f}/mo",
        )
        assert f"New plan total: {total} ({delta})." in quote["sentence"] or after == before
        return quote

    async def save(self, quote: dict[str, Any], quoted_at: int, counts: dict[str, int]) -> Bill:
        """Save the counts with a fresh code, and check that the card pays the previewed amount."""
        await self.browser.log_in(ADA)
        response = await self.browser.put("/seats", {**counts, "quoteId": quote["id"], "confirm": True})
        assert response.status_code == 200, response.text
        saved = response.json()
        bill = self.oracle.adjust(quoted_at, counts)
        assert cents(saved["charged"]) == cents(quote["dueNow"]) == bill.charged
        assert cents(saved["newTotal"]) == self.oracle.recurring()
        invoice = saved["invoice"]
        assert (cents(invoice["total"]), cents(invoice["amountPaid"])) == (bill.total, bill.charged)
        return bill

    async def check_ledgers(self, bill: Bill) -> None:
        """Check that seats, invoice list, activity log, and Stripe show the same change and amount."""
        await self.journey.drain()
        seats = await self.browser.get("/seats")
        assert {seat: seats[seat]["purchased"] for seat in self.oracle.counts} == self.oracle.counts
        line = (await self.browser.get("/activity?limit=1"))["items"][0]
        # Invoices of the same second may be listed in either order.
        newest = (await self.browser.get("/billing/invoices?limit=5"))["items"]
        (listed,) = [invoice for invoice in newest if invoice["id"] == line["invoice"]["id"]]
        assert (cents(listed["total"]), cents(listed["amountPaid"])) == (bill.total, bill.charged)
        assert (cents(line["invoice"]["total"]), cents(line["invoice"]["amountPaid"])) == (bill.total, bill.charged)
        assert line["after"] == self.oracle.counts
        # The idempotency key at Stripe is the command's id, which the log shows.
        assert (await self.journey.updates())[-1]["idempotencyKey"] == line["operationId"] == listed["operationId"]


def cents(money: dict[str, Any]) -> int:
    assert money["currency"] == "usd"
    return int(money["amount"])


async def test_preview_charge_and_every_ledger_agree_to_the_cent(journey: Journey) -> None:
    rng = Random(5)
    await journey.open_agency(base=2, voice=1)
    browser = journey.browser()
    await browser.log_in(ADA)
    await browser.sign_baa()
    ada = Admin(journey, browser)
    for _ in range(CHANGES):
        await ada.wait(rng.choice((0, rng.randrange(DAY), rng.randrange(6 * DAY))))
        counts = random_counts(rng, ada.oracle.counts)
        # Ada is Active in a Base seat.
        counts["base"] = max(1, counts["base"])
        if counts == ada.oracle.counts:
            counts["voice"] += 1
        at = ada.now()
        quote = await ada.quote(counts)
        if at + 599 < ada.oracle.end:
            journey.clock.advance(rng.choice((0, 1, 599)))
        await ada.check_ledgers(await ada.save(quote, at, counts))
    [account] = journey.published("billing.account_opened.v1")
    invoices = await journey.stripe.invoices(account.data.subscription_id)
    assert [(invoice["total"], invoice["amount_paid"]) for invoice in reversed(invoices)] == [
        (bill.total, bill.charged) for bill in ada.oracle.bills
    ][-len(invoices) :]
    customer = await journey.stripe.get(f"customers/{account.data.customer_id}")
    assert customer["balance"] == ada.oracle.balance
