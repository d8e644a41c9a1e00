"""One subscription's life, lived twice: at the stand-in over HTTP, and by the oracle. Every step compares the two.

The stand-in gets the product's own catalogue of prices; the oracle has its figures typed. What is compared is all that
people see of money: what a preview says, each line of each invoice, what the card paid, the customer's balance, what
waits for the next invoice, and what every period costs.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from contracts.vocabulary import BillingCycle
from deploy.local.stripe_standin import create_app
from services.billing.catalogue import read_catalogue
from tests.clients.published import Published
from tests.clients.standin import DAY, Judged
from tests.support.money_oracle import Bill, Line, Subscription
from tests.support.stripe_side import CATALOGUE

# A renewal's invoice rests for an hour as a draft before it is finalised. The oracle bills on the second, so nothing is
# done within that hour; what a change within it costs is worked out by hand in test_standin_time.py.
DRAFT_SECONDS = 3600
# Stripe lets 20 invoices a day through; one renewal may come among them.
_INVOICES_A_DAY = 18
SEATS = ("base", "voice")
# Counts on both sides of where a tier begins, and some far from it.
TELLING_COUNTS = (0, 1, 2, 3, 4, 8, 9, 10, 11, 17, 23, 24, 25, 26, 60)


@dataclass
class Life:
    """A subscription at the stand-in, and the oracle's idea of it; `now` is what the stand-in's clock says."""

    http: httpx.AsyncClient
    judged: Judged
    now: int
    oracle: Subscription
    customer: str
    id: str
    price_of: dict[tuple[str, str], str]
    steps: Counter[str] = field(default_factory=Counter)
    # Every line of every invoice that the stand-in made, and the ids of those invoices.
    lines: list[Line] = field(default_factory=list)
    snapshot: set[str] = field(default_factory=set)
    paid_by_card: int = 0
    balance_given: int = 0
    _item_of: dict[str, str] = field(default_factory=dict)

    # --- what happens

    async def adjust(self, counts: dict[str, int], delay: int = 0) -> None:
        """Preview the change, wait, and make it for the second that was previewed."""
        at = self.now
        expected = self.oracle.quote(at, counts)
        preview = await self._preview(self._items(counts))
        self._same_bill(preview, expected)
        recurring = await self._preview(self._items(counts), preview_mode="recurring")
        assert recurring["total"] == recurring["amount_due"] == self.oracle.recurring(counts)
        await self._pass(delay)
        quoted_for = preview["parent"]["subscription_details"]["subscription_proration_date"]
        assert quoted_for == at
        await self._update(self._items(counts), "always_invoice", proration_date=at)
        assert self.oracle.adjust(at, counts) == expected
        await self._agree("adjust", [expected])

    async def try_with_a_declined_card(self, counts: dict[str, int]) -> None:
        """Make a change whose charge the bank declines: all stays as it was, unless there is nothing to charge."""
        expected = self.oracle.quote(self.now, counts)
        await self._asked("POST", "/_control/faults", json={"kind": "decline"})
        form = {**self._items(counts), "proration_behavior": "always_invoice"}
        form["payment_behavior"] = "error_if_incomplete"
        answer = await self.http.post(f"/v1/subscriptions/{self.id}", data=form)
        await self.http.delete("/_control/faults")
        assert answer.status_code == (402 if expected.charged else 200)
        if not expected.charged:
            self.oracle.adjust(self.now, counts)
        await self._agree("declined", [] if expected.charged else [expected])

    async def adjust_later(self, counts: dict[str, int]) -> None:
        """Change the counts and leave the lines pending."""
        await self._update(self._items(counts), "create_prorations")
        self.oracle.adjust_later(self.now, counts)
        await self._agree("adjust_later", [])

    async def settle(self) -> None:
        """Make an invoice of what is pending, finalise it and have it paid."""
        form = {"customer": self.customer, "subscription": self.id, "auto_advance": "false"}
        if not self.oracle.pending:
            answer = await self.http.post("/v1/invoices", data=form)
            assert answer.status_code == 400
            return
        invoice = await self._asked("POST", "/v1/invoices", form)
        invoice = await self._asked("POST", f"/v1/invoices/{invoice['id']}/finalize", {})
        if invoice["status"] == "open":
            await self._asked("POST", f"/v1/invoices/{invoice['id']}/pay", {})
        await self._agree("settle", [self.oracle.settle(self.now)])

    async def switch(self, counts: dict[str, int] | None = None) -> None:
        """Change to the other cycle."""
        cycle = "annual" if self.oracle.cycle == "monthly" else "monthly"
        wanted = counts or self.oracle.counts
        expected = self.oracle.quote_switch(self.now, cycle, wanted)
        items = self._items(wanted, cycle)
        self._same_bill(await self._preview(items), expected)
        recurring = await self._preview(items, preview_mode="recurring")
        assert recurring["total"] == self.oracle.recurring(wanted, cycle)
        await self._update(items, "always_invoice")
        assert self.oracle.switch(self.now, cycle, wanted) == expected
        await self._agree("switch", [expected])

    async def advance(self, seconds: int) -> None:
        """Let time pass, the renewals' hour of rest included."""
        seconds = max(0, seconds)
        ahead = Subscription(self.oracle.anchor, self.oracle.cycle, self.oracle.counts, periods=self.oracle.periods)
        ahead.advance(self.now + seconds)
        if ahead.periods > self.oracle.periods and self.now + seconds < ahead.start + DRAFT_SECONDS:
            seconds = ahead.start + DRAFT_SECONDS - self.now
        await self._pass(seconds)
        renewals = self.oracle.advance(self.now)
        await self._agree("renewal", renewals)
        self.steps["renewal"] += len(renewals) - 1

    async def give_balance(self, cents: int) -> None:
        """Somebody at Stripe's dashboard sets the customer's balance."""
        await self._asked("POST", f"/v1/customers/{self.customer}", {"balance": str(cents)})
        self.balance_given += cents - self.oracle.balance
        self.oracle.balance = cents

    async def breathe(self) -> None:
        """Wait out Stripe's limit of invoices a day."""
        if sum(1 for bill in self.oracle.bills if bill.at > self.now - DAY) >= _INVOICES_A_DAY:
            await self.advance(DAY)

    def seconds_left(self) -> int:
        return self.oracle.end - self.now

    # --- what is compared

    async def _agree(self, step: str, bills: list[Bill]) -> None:
        """Hold all that the stand-in shows now to what the oracle says."""
        self.steps[step] += 1
        fresh = await self._fresh_invoices(len(bills))
        assert len(fresh) == len(bills), (step, [one["billing_reason"] for one in fresh], bills)
        for invoice, bill in zip(fresh, bills, strict=True):
            self._same_bill(invoice, bill)
            assert (invoice["status"], invoice["amount_paid"]) == ("paid", bill.charged)
            assert invoice["ending_balance"] == bill.balance_after
            self.paid_by_card += invoice["amount_paid"]
            self.lines += self._lines(invoice)
        held = await self._asked("GET", f"/v1/subscriptions/{self.id}", {"expand[0]": "customer"})
        self._item_of = {self._seat(item["price"]["id"]): item["id"] for item in held["items"]["data"]}
        counts = {self._seat(item["price"]["id"]): item["quantity"] for item in held["items"]["data"]}
        periods = {(one["current_period_start"], one["current_period_end"]) for one in held["items"]["data"]}
        assert (held["status"], counts) == ("active", self.oracle.counts)
        assert periods == {(self.oracle.start, self.oracle.end)}
        assert held["customer"]["balance"] == self.oracle.balance
        if step != "adjust":
            await self._same_pending()

    def _same_bill(self, invoice: dict[str, Any], bill: Bill) -> None:
        told = (invoice["total"], invoice["starting_balance"], invoice["amount_due"])
        assert told == (bill.total, bill.balance_before, bill.charged), (invoice, bill)
        if not invoice["lines"]["has_more"]:
            assert sorted(self._lines(invoice)) == sorted(bill.lines)

    async def _same_pending(self) -> None:
        """What waits is the oracle's pending lines, and the upcoming invoice is the next renewal with them."""
        waiting = await self._everything("/v1/invoiceitems", customer=self.customer, pending="true")
        assert sorted(item["amount"] for item in waiting) == sorted(line.cents for line in self.oracle.pending)
        upcoming = await self._asked("POST", "/v1/invoices/create_preview", {"subscription": self.id})
        assert upcoming["total"] == self.oracle.recurring() + sum(line.cents for line in self.oracle.pending)

    async def _fresh_invoices(self, expected: int) -> list[dict[str, Any]]:
        """The invoices that were not seen yet, oldest first, each with all of its lines; one too many would show."""
        given = {"subscription": self.id, "limit": str(expected + 1)}
        listed = (await self._asked("GET", "/v1/invoices", given))["data"]
        fresh = [one for one in reversed(listed) if one["id"] not in self.snapshot]
        for one in fresh:
            self.snapshot.add(one["id"])
            if one["lines"]["has_more"]:
                lines = await self._everything(f"/v1/invoices/{one['id']}/lines")
                one["lines"] = {"data": lines, "has_more": False}
        return fresh

    # --- how it is asked

    async def _pass(self, seconds: int) -> None:
        if seconds:
            await self._asked("POST", "/_control/clock", json={"advanceSeconds": seconds})
        self.now += seconds

    async def _preview(self, items: dict[str, str], **more: str) -> dict[str, Any]:
        details = {f"subscription_details[{name.replace('[', '][', 1)}": value for name, value in items.items()}
        details["subscription_details[proration_behavior]"] = "always_invoice"
        return await self._asked("POST", "/v1/invoices/create_preview", {"subscription": self.id, **details, **more})

    async def _update(self, items: dict[str, str], behaviour: str, **more: object) -> None:
        form = {**items, "proration_behavior": behaviour, "payment_behavior": "error_if_incomplete"}
        form |= {name: str(value) for name, value in more.items()}
        await self._asked("POST", f"/v1/subscriptions/{self.id}", form)

    def _items(self, counts: dict[str, int], cycle: str | None = None) -> dict[str, str]:
        form: dict[str, str] = {}
        for index, seat in enumerate(SEATS):
            form[f"items[{index}][id]"] = self._item_of[seat]
            form[f"items[{index}][quantity]"] = str(counts[seat])
            if cycle is not None:
                form[f"items[{index}][price]"] = self.price_of[seat, cycle]
        return form

    async def _everything(self, path: str, **given: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while True:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = await self._asked("GET", path, {"limit": "100", **given, **after})
            found += page["data"]
            if not page["has_more"]:
                return found

    async def _asked(
        self, method: str, path: str, given: dict[str, str] | None = None, json: object = None
    ) -> dict[str, Any]:
        sent = {"params": given} if method == "GET" else {"data": given} if json is None else {"json": json}
        answer = await self.http.request(method, path, **sent)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def _seat(self, price: str) -> str:
        return next(seat for (seat, _), known in self.price_of.items() if known == price)

    def _lines(self, invoice: dict[str, Any]) -> list[Line]:
        """An invoice's lines as the oracle writes them, but those for no seats."""
        cycle_of = {price: cycle for (_, cycle), price in self.price_of.items()}
        lines = []
        for line in invoice["lines"]["data"]:
            price = line["pricing"]["price_details"]["price"]
            seats = -line["quantity"] if line["amount"] < 0 else line["quantity"]
            proration = line["parent"]["subscription_item_details"]["proration"]
            start, end = line["period"]["start"], line["period"]["end"]
            if seats:
                lines.append(
                    Line(self._seat(price), cycle_of[price], start, end, seats, line["amount"], proration=proration)
                )
        return lines


@asynccontextmanager
async def life(judge: Published, start: int, cycle: str, counts: dict[str, int]) -> AsyncIterator[Life]:
    """A life that begins at a moment: customer, card, subscription, the first period paid."""
    judged = Judged(create_app(requests_per_second=None), judge)
    transport = httpx.ASGITransport(app=judged)
    headers = {"Authorization": "Bearer sk_test_of_a_life"}
    async with httpx.AsyncClient(transport=transport, base_url="http://stripe.test", headers=headers) as http:
        born = Life(http, judged, start, Subscription(start, cycle, counts), "", "", {})
        await born._asked("POST", "/_control/clock", json={"standStillAt": start})
        for price in read_catalogue(CATALOGUE).prices():
            interval = "month" if price.cycle is BillingCycle.MONTHLY else "year"
            form = {
                "currency": price.currency,
                "product_data[name]": price.seat_type.value,
                "recurring[interval]": interval,
                "billing_scheme": "tiered",
                "tiers_mode": "volume",
            }
            for index, tier in enumerate(price.tiers):
                form[f"tiers[{index}][up_to]"] = "inf" if tier.up_to is None else str(tier.up_to)
                form[f"tiers[{index}][unit_amount_decimal]"] = str(tier.unit)
            made = await born._asked("POST", "/v1/prices", form)
            born.price_of[price.seat_type.value, price.cycle.value] = made["id"]
        card = {"payment_method": "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa"}
        born.customer = (await born._asked("POST", "/v1/customers", card))["id"]
        form = {"customer": born.customer, "payment_behavior": "error_if_incomplete"}
        for index, seat in enumerate(SEATS):
            form[f"items[{index}][price]"] = born.price_of[seat, cycle]
            form[f"items[{index}][quantity]"] = str(counts[seat])
        born.id = (await born._asked("POST", "/v1/subscriptions", form))["id"]
        born.oracle = Subscription.opened(start, cycle, counts)
        await born._agree("opened", born.oracle.bills[:1])
        yield born
    assert not judged.complaints, judged.complaints


def random_counts(rng: Random, held: dict[str, int]) -> dict[str, int]:
    """Other counts: of one type or of both, near where tiers begin, a step away, or anything; at least one seat."""
    counts = dict(held)
    while counts == held or not any(counts.values()):
        for seat in rng.choice((("base",), ("voice",), SEATS)):
            step = max(0, held[seat] + rng.choice((-2, -1, 1, 1, 2)))
            counts[seat] = rng.choice((step, rng.choice(TELLING_COUNTS), rng.randrange(80)))
    return counts
