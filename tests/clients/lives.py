"""Drives one subscription twice, at the stand-in over HTTP and in the oracle, and compares both after every step.

The stand-in has the product's catalogue of prices; the oracle has its own figures. Every figure that people read is
compared: previews, each line of each invoice, payments by card, the customer's balance, the pending lines, and the
price of every period.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import httpx

from contracts.vocabulary import BillingCycle
from deploy.local.stripe_standin import create_app
from services.billing.catalogue import read_catalogue
from tests.clients.published import Published
from tests.clients.standin import DAY, Judged
from tests.support.money_lines import Bill, Coupon, Line, Tax, months_after
from tests.support.money_oracle import Subscription
from tests.support.stripe_side import CATALOGUE

# A renewal's invoice is a draft for an hour before it is finalised. The oracle bills at once, so no step is made within
# that hour; test_standin_time.py calculates by hand the cost of a change within it.
DRAFT_SECONDS = 3600
# Stripe allows 20 invoices a day, and a renewal may be among them.
_INVOICES_A_DAY = 18
SEATS = ("base", "voice")
# Counts on both sides of a tier's boundary, and some far from it.
BOUNDARY_COUNTS = (0, 1, 2, 3, 4, 8, 9, 10, 11, 17, 23, 24, 25, 26, 60)


@dataclass
class Life:
    """A subscription at the stand-in, and its model in the oracle; `now` is the time of the stand-in's clock."""

    http: httpx.AsyncClient
    judged: Judged
    now: int
    oracle: Subscription
    customer: str
    id: str
    price_of: dict[tuple[str, str], str]
    steps: Counter[str] = field(default_factory=Counter)
    # All lines of all invoices of the stand-in, and the ids of those invoices.
    lines: list[Line] = field(default_factory=list)
    known_invoices: set[str] = field(default_factory=set)
    paid_by_card: int = 0
    balance_given: int = 0
    _item_of: dict[str, str] = field(default_factory=dict)

    # --- steps

    async def adjust(self, counts: dict[str, int], delay: int = 0) -> None:
        """Preview the change, wait, and make it with the proration date of the preview."""
        at = self.now
        expected = self.oracle.quote(at, counts)
        preview = await self._preview(self._items(counts))
        self._same_bill(preview, expected)
        recurring = await self._preview(self._items(counts), preview_mode="recurring")
        assert recurring["total"] == recurring["amount_due"] == self.oracle.recurring(counts, at=at)
        await self._pass(min(delay, self.seconds_of_coupon() - 1))
        quoted_for = preview["parent"]["subscription_details"]["subscription_proration_date"]
        assert quoted_for == at
        await self._update(self._items(counts), "always_invoice", proration_date=at)
        assert self.oracle.adjust(at, counts) == expected
        await self._agree("adjust", [expected])

    async def try_with_a_declined_card(self, counts: dict[str, int]) -> None:
        """Make a change whose charge is declined: nothing changes, unless there is nothing to charge."""
        expected = self.oracle.quote(self.now, counts)
        await self._request("POST", "/_control/faults", json={"kind": "decline"})
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

    async def adjust_free(self, counts: dict[str, int]) -> None:
        """Change the counts without proration: nothing is billed, and nothing will be credited for it."""
        await self._update(self._items(counts), "none")
        self.oracle.adjust_free(self.now, counts)
        await self._agree("adjust_free", [])

    async def settle(self) -> None:
        """Create an invoice of the pending lines, finalise it and pay it."""
        form = {"customer": self.customer, "subscription": self.id, "auto_advance": "false"}
        if not self.oracle.pending:
            answer = await self.http.post("/v1/invoices", data=form)
            assert answer.status_code == 400
            return
        invoice = await self._request("POST", "/v1/invoices", form)
        invoice = await self._request("POST", f"/v1/invoices/{invoice['id']}/finalize", {})
        if invoice["status"] == "open":
            await self._request("POST", f"/v1/invoices/{invoice['id']}/pay", {})
        await self._agree("settle", [self.oracle.settle(self.now)])

    async def switch(self, counts: dict[str, int] | None = None) -> None:
        """Change to the other cycle."""
        cycle = "annual" if self.oracle.cycle == "monthly" else "monthly"
        new_counts = counts or self.oracle.counts
        expected = self.oracle.quote_switch(self.now, cycle, new_counts)
        items = self._items(new_counts, cycle)
        now = {"subscription_details[billing_cycle_anchor]": "now"}
        self._same_bill(await self._preview(items, **now), expected)
        recurring = await self._preview(items, preview_mode="recurring", **now)
        assert recurring["total"] == self.oracle.recurring(new_counts, cycle, at=self.now)
        await self._update(items, "always_invoice", billing_cycle_anchor="now")
        assert self.oracle.switch(self.now, cycle, new_counts) == expected
        await self._agree("switch", [expected])

    async def advance(self, seconds: int) -> None:
        """Let time pass, and skip the hour in which a renewal's invoice is a draft."""
        seconds = max(0, seconds)
        ahead = Subscription(self.oracle.anchor, self.oracle.cycle, self.oracle.counts, periods=self.oracle.periods)
        ahead.advance(self.now + seconds)
        if ahead.periods > self.oracle.periods and self.now + seconds < ahead.start + DRAFT_SECONDS:
            seconds = ahead.start + DRAFT_SECONDS - self.now
        await self._pass(seconds)
        renewals = self.oracle.advance(self.now)
        await self._agree("renewal", renewals)
        self.steps["renewal"] += len(renewals) - 1

    async def adjust_backdated(self, counts: dict[str, int], at: int) -> None:
        """Change the counts as of an earlier second of the period: each debit since then has its own credit."""
        await self._update(self._items(counts), "always_invoice", proration_date=at)
        await self._agree("backdated", [self.oracle.adjust(at, counts)])

    async def renew_unpaid(self) -> None:
        """Let the bank decline the renewal, and pay it with a new card."""
        await self._request("POST", f"/_control/customers/{self.customer}/card", json={"kind": "declining"})
        await self._pass(self.oracle.end + DRAFT_SECONDS - self.now)
        renewals = self.oracle.advance(self.now)
        (invoice,) = (await self._request("GET", "/v1/invoices", {"subscription": self.id, "limit": "1"}))["data"]
        assert invoice["status"] == ("open" if renewals[-1].charged else "paid")
        await self._request("POST", f"/_control/customers/{self.customer}/card", json={"kind": "good"})
        if invoice["status"] == "open":
            self.steps["unpaid"] += 1
            await self._request("POST", f"/v1/invoices/{invoice['id']}/pay", {})
        await self._agree("renewal", renewals)

    async def give_coupon(self, coupon: Coupon | None, months: int = 0) -> None:
        """Give the subscription a coupon: for one invoice, for months, or for good; or take its coupon away."""
        self.steps["coupon"] += 1
        discounts = {"discounts": ""}
        if coupon is not None:
            duration = "once" if coupon.once else "repeating" if months else "forever"
            form = {"percent_off": str(coupon.percent), "duration": duration}
            form |= {"duration_in_months": str(months)} if months else {}
            made = await self._request("POST", "/v1/coupons", form)
            discounts = {"discounts[0][coupon]": made["id"]}
            coupon = replace(coupon, until=months_after(self.now, months) if months else None)
        await self._request("POST", f"/v1/subscriptions/{self.id}", discounts)
        self.oracle.coupon = coupon

    async def set_tax(self, tax: Tax | None) -> None:
        """Set the subscription's tax rate, or none."""
        self.steps["tax"] += 1
        rates = {"default_tax_rates": ""}
        if tax is not None:
            percentage = str(float(tax.percent))
            form = {"display_name": "Tax", "percentage": percentage, "inclusive": str(tax.inclusive).lower()}
            rates = {"default_tax_rates[0]": (await self._request("POST", "/v1/tax_rates", form))["id"]}
        await self._request("POST", f"/v1/subscriptions/{self.id}", rates)
        self.oracle.tax = tax

    def seconds_of_coupon(self) -> int:
        """How long the coupon still counts, or a day."""
        coupon = self.oracle.coupon
        left = DAY if coupon is None or coupon.until is None else coupon.until - self.now
        return left if left > 0 else DAY

    async def give_balance(self, cents: int) -> None:
        """Set the customer's balance, as on Stripe's dashboard."""
        await self._request("POST", f"/v1/customers/{self.customer}", {"balance": str(cents)})
        self.balance_given += cents - self.oracle.balance
        self.oracle.balance = cents

    async def wait_for_invoice_limit(self) -> None:
        """Wait a day if Stripe's limit of invoices a day is near."""
        if sum(1 for bill in self.oracle.bills if bill.at > self.now - DAY) >= _INVOICES_A_DAY:
            await self.advance(DAY)

    def seconds_left(self) -> int:
        return self.oracle.end - self.now

    # --- comparisons

    async def _agree(self, step: str, bills: list[Bill]) -> None:
        """Compare the state of the stand-in with the oracle's."""
        self.steps[step] += 1
        fresh = await self._fresh_invoices(len(bills))
        assert len(fresh) == len(bills), (step, [invoice["billing_reason"] for invoice in fresh], bills)
        for invoice, bill in zip(fresh, bills, strict=True):
            self._same_bill(invoice, bill)
            assert (invoice["status"], invoice["amount_paid"]) == ("paid", bill.charged)
            assert invoice["ending_balance"] == bill.balance_after
            self.paid_by_card += invoice["amount_paid"]
            self.lines += self._lines(invoice)
        held = await self._request("GET", f"/v1/subscriptions/{self.id}", {"expand[0]": "customer"})
        self._item_of = {self._seat(item["price"]["id"]): item["id"] for item in held["items"]["data"]}
        counts = {self._seat(item["price"]["id"]): item["quantity"] for item in held["items"]["data"]}
        periods = {(item["current_period_start"], item["current_period_end"]) for item in held["items"]["data"]}
        assert (held["status"], counts) == ("active", self.oracle.counts)
        assert periods == {(self.oracle.start, self.oracle.end)}
        assert held["customer"]["balance"] == self.oracle.balance
        if step != "adjust":
            await self._same_pending()

    def _same_bill(self, invoice: dict[str, Any], bill: Bill) -> None:
        amounts = (invoice["total"], invoice["starting_balance"], invoice["amount_due"])
        assert amounts == (bill.total, bill.balance_before, bill.charged), (invoice, bill)
        if not invoice["lines"]["has_more"]:
            assert sorted(self._lines(invoice)) == sorted(bill.lines)

    async def _same_pending(self) -> None:
        """The pending lines are the oracle's, and the upcoming invoice is the next renewal with them."""
        waiting = await self._everything("/v1/invoiceitems", customer=self.customer, pending="true")
        assert sorted(item["amount"] for item in waiting) == sorted(line.cents for line in self.oracle.pending)
        upcoming = await self._request("POST", "/v1/invoices/create_preview", {"subscription": self.id})
        pending = sum(line.total for line in self.oracle.pending)
        assert upcoming["total"] == self.oracle.recurring(at=self.now) + pending

    async def _fresh_invoices(self, expected: int) -> list[dict[str, Any]]:
        """The new invoices with all their lines, oldest first; an unexpected extra invoice is returned too."""
        params = {"subscription": self.id, "limit": str(expected + 1)}
        listed = (await self._request("GET", "/v1/invoices", params))["data"]
        fresh = [invoice for invoice in reversed(listed) if invoice["id"] not in self.known_invoices]
        for invoice in fresh:
            self.known_invoices.add(invoice["id"])
            if invoice["lines"]["has_more"]:
                lines = await self._everything(f"/v1/invoices/{invoice['id']}/lines")
                invoice["lines"] = {"data": lines, "has_more": False}
        return fresh

    # --- requests

    async def _pass(self, seconds: int) -> None:
        if seconds:
            await self._request("POST", "/_control/clock", json={"advanceSeconds": seconds})
        self.now += seconds

    async def _preview(self, items: dict[str, str], **more: str) -> dict[str, Any]:
        details = {f"subscription_details[{name.replace('[', '][', 1)}": value for name, value in items.items()}
        details["subscription_details[proration_behavior]"] = "always_invoice"
        return await self._request("POST", "/v1/invoices/create_preview", {"subscription": self.id, **details, **more})

    async def _update(self, items: dict[str, str], behaviour: str, **more: object) -> None:
        form = {**items, "proration_behavior": behaviour, "payment_behavior": "error_if_incomplete"}
        form |= {name: str(value) for name, value in more.items()}
        await self._request("POST", f"/v1/subscriptions/{self.id}", form)

    def _items(self, counts: dict[str, int], cycle: str | None = None) -> dict[str, str]:
        form: dict[str, str] = {}
        for index, seat in enumerate(SEATS):
            form[f"items[{index}][id]"] = self._item_of[seat]
            form[f"items[{index}][quantity]"] = str(counts[seat])
            if cycle is not None:
                form[f"items[{index}][price]"] = self.price_of[seat, cycle]
        return form

    async def _everything(self, path: str, **params: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        rows: list[dict[str, Any]] = []
        while True:
            after = {"starting_after": rows[-1]["id"]} if rows else {}
            page = await self._request("GET", path, {"limit": "100", **params, **after})
            rows += page["data"]
            if not page["has_more"]:
                return rows

    async def _request(
        self, method: str, path: str, params: dict[str, str] | None = None, json: object = None
    ) -> dict[str, Any]:
        arguments = {"params": params} if method == "GET" else {"data": params} if json is None else {"json": json}
        answer = await self.http.request(method, path, **arguments)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def _seat(self, price: str) -> str:
        return next(seat for (seat, _), known in self.price_of.items() if known == price)

    def _lines(self, invoice: dict[str, Any]) -> list[Line]:
        """An invoice's lines as the oracle writes them, without lines for no seats."""
        cycle_of = {price: cycle for (_, cycle), price in self.price_of.items()}
        lines = []
        for line in invoice["lines"]["data"]:
            price = line["pricing"]["price_details"]["price"]
            # A credit of what was free has no sign.
            is_credit = line["amount"] < 0 or line["description"].startswith("Unused time")
            seats = -line["quantity"] if is_credit else line["quantity"]
            proration = line["parent"]["subscription_item_details"]["proration"]
            start, end = line["period"]["start"], line["period"]["end"]
            taxes = {"exclusive": 0, "inclusive": 0}
            for tax in line["taxes"]:
                taxes[tax["tax_behavior"]] += tax["amount"]
            if seats:
                off = sum(discount["amount"] for discount in line["discount_amounts"])
                lines.append(
                    Line(
                        self._seat(price), cycle_of[price], start, end, seats, line["amount"], proration=proration,
                        off=off, added=taxes["exclusive"], included=taxes["inclusive"],
                    )
                )  # fmt: skip
        return lines


@asynccontextmanager
async def life(judge: Published, start: int, cycle: str, counts: dict[str, int]) -> AsyncIterator[Life]:
    """An account that starts at this second: a customer with a card, and a subscription with its first period paid."""
    judged = Judged(create_app(requests_per_second=None), judge)
    transport = httpx.ASGITransport(app=judged)
    headers = {"Authorization": "Bearer sk_test_of_a_life"}
    async with httpx.AsyncClient(transport=transport, base_url="http://stripe.test", headers=headers) as http:
        started = Life(http, judged, start, Subscription(start, cycle, counts), "", "", {})
        await started._request("POST", "/_control/clock", json={"standStillAt": start})
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
            created = await started._request("POST", "/v1/prices", form)
            started.price_of[price.seat_type.value, price.cycle.value] = created["id"]
        card = {"payment_method": "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa"}
        started.customer = (await started._request("POST", "/v1/customers", card))["id"]
        form = {
            "customer": started.customer,
            "payment_behavior": "error_if_incomplete",
            "billing_mode[type]": "flexible",
            "billing_mode[flexible][proration_discounts]": "itemized",
        }
        for index, seat in enumerate(SEATS):
            form[f"items[{index}][price]"] = started.price_of[seat, cycle]
            form[f"items[{index}][quantity]"] = str(counts[seat])
        started.id = (await started._request("POST", "/v1/subscriptions", form))["id"]
        started.oracle = Subscription.opened(start, cycle, counts)
        await started._agree("opened", started.oracle.bills[:1])
        yield started
    assert not judged.complaints, judged.complaints


def random_counts(rng: Random, held: dict[str, int]) -> dict[str, int]:
    """Random new counts of one type or both: near a tier's boundary, one or two away, or any; at least one seat."""
    counts = dict(held)
    while counts == held or not any(counts.values()):
        for seat in rng.choice((("base",), ("voice",), SEATS)):
            step = max(0, held[seat] + rng.choice((-2, -1, 1, 1, 2)))
            counts[seat] = rng.choice((step, rng.choice(BOUNDARY_COUNTS), rng.randrange(80)))
    return counts
