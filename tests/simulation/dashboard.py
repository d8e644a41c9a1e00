"""What people and banks do at Stripe, past the product: cards, edits, coupons, taxes, schedules, terms of payment.

`DASHBOARD` lists the actions with their weights. To add an action, write another method of `Dashboard`, and name it
there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.simulation.people import People
from tests.simulation.stripe import StripeSide

Note = Callable[[str], None]
WEEK = 7 * 86_400
"""Seconds before a planned end at which admins are reminded."""


class Dashboard:
    """The people at Stripe's dashboard, and the banks."""

    def __init__(self, stripe: StripeSide, people: People, rng: Random, note: Note) -> None:
        self._stripe = stripe
        self._people = people
        self._rng = rng
        self._note = note

    async def act(self, weights: dict[str, float]) -> None:
        """Do one action."""
        if weights:
            name = self._rng.choices(list(weights), list(weights.values()))[0]
            action: Callable[[], Awaitable[None]] = getattr(self, name)
            await action()

    def _subscription(self) -> Any:  # noqa: ANN401  Stripe's object
        """A subscription that has not ended; None if there is none."""
        held = [row for row in self._stripe.subscriptions() if row["status"] in {"active", "past_due"}]
        return self._rng.choice(held) if held else None

    async def change_card(self, kind: str | None = None) -> None:
        """Give a customer another card, or let the bank decline it from now on."""
        customers = self._stripe.world.table("customers")
        if customers:
            customer = self._rng.choice(sorted(customers))
            kind = kind or self._rng.choice(("good", "good", "declining", "action_required"))
            self._note(f"a card is {kind}")
            if not customers[customer].get("deleted"):
                self._stripe.card(customer, kind)

    async def edit(self, counts: tuple[int, int] | None = None) -> None:
        """Change the quantities."""
        held = self._subscription()
        if held is not None:
            base, voice = counts or (self._rng.randint(1, 6), self._rng.randint(0, 4))
            self._note(f"by hand: {base} Base, {voice} Voice")
            self._stripe.edit(held["id"], base, voice)

    def edit_before_next_update(self) -> None:
        """Change the quantities in the moment before our next update of the subscription."""
        base, voice = self._rng.randint(1, 6), self._rng.randint(0, 4)

        def meddle(subscription_id: str) -> None:
            self._note(f"by hand, meanwhile: {base} Base, {voice} Voice")
            self._stripe.edit(subscription_id, base, voice)
            self._stripe.overtaken.add((subscription_id, base, voice))

        self._stripe.before_update = meddle

    async def raise_again(self) -> None:
        """Raise quantities that an edit had lowered."""
        lowered = [row["id"] for row in self._stripe.subscriptions() if row["id"] in self._stripe.lowered]
        if lowered:
            subscription = self._rng.choice(lowered)
            self._note("by hand: more seats again")
            base, voice = self._stripe.quantities(subscription)
            self._stripe.edit(subscription, base + self._rng.randint(1, 6), voice + self._rng.randint(0, 4))

    async def cancel(self) -> None:
        """End a subscription at once."""
        held = self._subscription()
        if held is not None:
            self._note("a subscription is cancelled")
            self._stripe.edit(held["id"], 1, 0, cancel=True)

    async def plan_end(self) -> None:
        """Plan a subscription's end, or take the plan back."""
        await self._set("cancel_at_period_end", "false" if self._rng.random() < 0.6 else "true")

    async def plan_end_in_a_week(self) -> None:
        """Plan an end of which admins are reminded within the hour."""
        await self._set("cancel_at", str(self._stripe.now() + WEEK + 2400))

    async def take_end_back(self) -> None:
        """Take back every planned end."""
        for held in self._stripe.subscriptions():
            if held["status"] in {"active", "past_due"} and held["cancel_at"] is not None:
                await self._write(f"/v1/subscriptions/{held['id']}", {"cancel_at": ""})

    async def edit_unreported(self) -> None:
        """Raise the quantities, and lose Stripe's events of it."""
        held = self._subscription()
        if held is not None:
            base, voice = self._stripe.quantities(held["id"])
            known = list(self._stripe.undelivered)
            await self.edit(self._rng.choice(((base, voice + 1), (base + 1, voice))))
            self._stripe.undelivered[:] = known

    async def dispute(self) -> None:
        """Let a cardholder dispute a payment."""
        paid = [key for key, invoice in self._stripe.world.table("invoices").items() if invoice["amount_paid"] > 0]
        if paid:
            self._note("a payment is disputed")
            self._stripe.dispute(self._rng.choice(paid))

    async def decide_dispute(self) -> None:
        """Let the bank decide the open disputes, mostly for the cardholder."""
        for key, dispute in list(self._stripe.world.table("disputes").items()):
            if dispute["status"] not in {"won", "lost"}:
                outcome = "lost" if self._rng.random() < 0.75 else "won"
                self._note(f"a dispute is {outcome}")
                self._stripe.close_dispute(key, outcome)

    async def refund(self) -> None:
        """Give a part of a payment back."""
        charges = [row for row in self._stripe.world.table("charges").values() if row["status"] == "succeeded"]
        if charges:
            charge = self._rng.choice(charges)
            await self._write("/v1/refunds", {"charge": charge["id"], "amount": str(self._rng.choice((100, 500)))})

    async def write_credit_note(self) -> None:
        """Write a credit note on an invoice that is paid, and leave its amount in the balance."""
        invoices = self._stripe.world.table("invoices").items()
        paid = [key for key, invoice in invoices if invoice["status"] == "paid" and invoice["total"] > 0]
        if paid:
            amount = str(self._rng.choice((100, 500)))
            await self._write(
                "/v1/credit_notes", {"invoice": self._rng.choice(paid), "amount": amount, "credit_amount": amount}
            )

    async def void_payment(self) -> None:
        """Void the invoices of changes that wait for their payment."""
        for held in self._stripe.subscriptions():
            if held["pending_update"] is not None:
                await self._write(f"/v1/invoices/{held['latest_invoice']}/void", {})

    async def leave_invoice_unpaid(self) -> None:
        """Add a seat whose invoice the card does not pay."""
        held = self._subscription()
        if held is not None:
            self._note("an invoice is not paid")
            self._stripe.owe(held["id"], then=self._rng.choice(("good", "good", "declining")))
            self._people.look_for_owed_invoices()

    async def confirm_payment(self) -> None:
        """Confirm the payment of a change on the page of its invoice, as the cardholder."""
        for held in self._stripe.subscriptions():
            if held["pending_update"] is not None:
                self._note("a payment is confirmed")
                self._stripe.confirm(held["latest_invoice"])

    async def remove_obstacles(self) -> None:
        """Remove what makes Stripe refuse every change: schedules, and a tax that it cannot locate."""
        for held in self._stripe.subscriptions():
            if held["status"] == "canceled":
                continue
            if held["schedule"] is not None:
                await self._write(f"/v1/subscription_schedules/{held['schedule']}/release", {})
            if held["automatic_tax"]["enabled"]:
                await self._write(f"/v1/customers/{held['customer']}", {"address[country]": "DE"})

    async def end_invoice(self, invoice_id: str) -> bool:
        """Pay an invoice by a bank transfer, or void it; return whether it was unpaid."""
        invoice = self._stripe.world.table("invoices")[invoice_id]
        if invoice["status"] == "draft":
            await self._write(f"/v1/invoices/{invoice_id}/finalize", {})
        if self._stripe.world.table("invoices")[invoice_id]["status"] != "open":
            return False
        if self._rng.random() < 0.7:
            await self._write(f"/v1/invoices/{invoice_id}/pay", {"paid_out_of_band": "true"})
        else:
            await self._write(f"/v1/invoices/{invoice_id}/void", {})
        return True

    async def negotiate(self) -> None:
        """Give the Base item a price of its own."""
        held = self._subscription()
        if held is not None:
            item = next(iter(held["_items"]))
            price = self._stripe.world.table("prices")[item["price"]]
            form = {
                "currency": "usd", "product": price["product"], "unit_amount": str(self._rng.randint(1500, 2500)),
                "recurring[interval]": price["recurring"]["interval"],
            }  # fmt: skip
            made = await self._write("/v1/prices", form)
            change = {"items[0][id]": item["id"], "items[0][price]": made["id"]}
            await self._write(
                f"/v1/subscriptions/{held['id']}", {**change, "items[0][quantity]": str(item.get("quantity", 1))}
            )

    async def put_on_account(self) -> None:
        """Let Stripe send invoices, or collect nothing for now, or charge the card again."""
        terms = self._rng.choice(
            (
                {"collection_method": "send_invoice", "days_until_due": "30"},
                {"pause_collection[behavior]": "keep_as_draft"},
                {"collection_method": "charge_automatically", "pause_collection": ""},
                {"collection_method": "charge_automatically", "pause_collection": ""},
            )
        )
        held = self._subscription()
        if held is not None:
            await self._write(f"/v1/subscriptions/{held['id']}", terms)

    async def schedule(self) -> None:
        """Put a subscription under a schedule, or release it."""
        held = self._subscription()
        if held is None:
            return
        if held["schedule"] is None:
            await self._write("/v1/subscription_schedules", {"from_subscription": held["id"]})
        else:
            await self._write(f"/v1/subscription_schedules/{held['schedule']}/release", {})

    async def give_coupon(self) -> None:
        """Give a subscription a coupon: for one invoice, for a month, or for good; or take its coupon away."""
        held = self._subscription()
        if held is None:
            return
        if held["discounts"] and self._rng.random() < 0.6:
            await self._write(f"/v1/subscriptions/{held['id']}", {"discounts": ""})
            return
        lasts = self._rng.choice(
            ({"duration": "once"}, {"duration": "forever"}, {"duration": "repeating", "duration_in_months": "1"})
        )
        off = self._rng.choice(({"percent_off": "25"}, {"amount_off": "700", "currency": "usd"}))
        coupon = f"coupon_{self._rng.randrange(10**9)}"
        await self._write("/v1/coupons", {"id": coupon, **lasts, **off})
        await self._write(f"/v1/subscriptions/{held['id']}", {"discounts[0][coupon]": coupon})

    async def set_tax(self) -> None:
        """Set a tax rate, have Stripe compute the tax (perhaps without knowing where), or set none."""
        held = self._subscription()
        if held is None:
            return
        kind = self._rng.choice(("exclusive", "inclusive", "automatic", "nowhere", "none", "none"))
        self._note(f"the tax is {kind}")
        if kind in {"exclusive", "inclusive"}:
            rate = {"display_name": "Tax", "percentage": "7.7", "inclusive": str(kind == "inclusive").lower()}
            made = await self._write("/v1/tax_rates", rate)
            await self._write(f"/v1/subscriptions/{held['id']}", {"default_tax_rates[0]": made["id"]})
            return
        await self._write(f"/v1/customers/{held['customer']}", {"address[country]": "DE"})
        on = str(kind != "none").lower()
        await self._write(f"/v1/subscriptions/{held['id']}", {"automatic_tax[enabled]": on, "default_tax_rates": ""})
        if kind == "nowhere":
            await self._write(f"/v1/customers/{held['customer']}", {"address": ""})

    async def _set(self, name: str, value: str) -> None:
        held = self._subscription()
        if held is not None:
            await self._write(f"/v1/subscriptions/{held['id']}", {name: value})

    async def _write(self, path: str, form: dict[str, str]) -> Any:  # noqa: ANN401  Stripe's JSON
        """Write at Stripe as the dashboard does. A refused write changes nothing, as for a person who reads why."""
        reply = await self._stripe.write(path, form)
        self._note(f"by hand: {path.rpartition('/')[0]} {form}: {reply.status}")
        return reply.body


DASHBOARD = {
    "change_card": 3.0, "edit": 2.0, "raise_again": 1.0, "cancel": 0.15, "plan_end": 0.4, "leave_invoice_unpaid": 1.5,
    "put_on_account": 0.6, "schedule": 0.6, "give_coupon": 0.8, "set_tax": 0.6, "negotiate": 0.2,
    "confirm_payment": 0.5, "take_end_back": 0.3, "dispute": 0.2, "decide_dispute": 0.3, "refund": 0.3,
    "write_credit_note": 0.2,
}  # fmt: skip
"""The actions and their weights."""
