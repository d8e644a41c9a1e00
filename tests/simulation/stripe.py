"""Stripe's side: the stand-in without a network, so that each request is one turn's; its answers may be lost."""

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import httpx
import orjson

from deploy.local.stripe_standin import cards, invoicing
from deploy.local.stripe_standin.clock import Clock
from deploy.local.stripe_standin.controls import DashboardEdit, edit_by_hand
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.faults import Fault, Faults, Kind
from deploy.local.stripe_standin.journal import Journal
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Request, Service, Throttle
from deploy.local.stripe_standin.webhooks import signature
from deploy.local.stripe_standin.world import Draft, Obj, World, copy_of
from services.billing.catalogue import Catalogue, read_catalogue, sync
from services.billing.clients.stripe import StripeApi
from services.billing.clients.stripe_reading import OPERATION
from tests.simulation.turns import seam
from tests.support.clock import HandClock
from tests.support.stripe_side import CATALOGUE, KEY

_SPOILT = ("lost", "answer_lost", "answer_lost", "error", "error_after", "busy", "rate_limit")
"""What may become of a write: it never came, its answer did not come, or it failed before or after its change."""
Bills = Literal["always_invoice", "create_prorations", "none"]
WEBHOOK_SECRET = "whsec_of_the_simulation"
ADDRESS = "https://stripe.example"


@dataclass
class Made:
    """A change of quantities at Stripe: by which of our operations, or by hand."""

    subscription: str
    before: tuple[int, int]
    after: tuple[int, int]
    operation: str | None


class StripeSide:
    """Stripe for one process; `reset` makes it forget."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.api = StripeApi(KEY, ADDRESS)
        self.api._http._client = httpx.AsyncClient(transport=_Way(self))
        self.catalogue: Catalogue = read_catalogue(CATALOGUE)
        self._empty: dict[str, dict[str, Obj]] = {}
        self.reset(Random(0), 0.0)

    async def open(self) -> None:
        """Put the catalogue there; what `reset` goes back to."""
        await sync(self.api, self.catalogue)
        tables = self.world._tables
        self._empty = {name: copy_of(rows) for name, rows in tables.items() if name not in {"requests", "events"}}

    def reset(self, rng: Random, mischief: float) -> None:
        """Nothing but the catalogue; `mischief` is how often an answer is lost or an error."""
        self.rng, self.mischief, self.silent = rng, mischief, False
        self.world = World(Journal(None), Clock(lambda: self._clock().timestamp()))
        self.world._tables.update({name: copy_of(rows) for name, rows in self._empty.items()})
        self.faults = Faults(lambda: self._clock().timestamp())
        self.service = Service(self.world, self.faults, Throttle(), lambda path: ADDRESS + path)
        self.fates: list[str] = []
        """What becomes of the next writes, where that is not left to chance."""
        self.made: list[Made] = []
        self.lowered: set[str] = set()
        """Subscriptions whose quantities somebody lowered by hand."""
        self.undelivered: list[str] = []
        self._known: dict[str, tuple[int, int]] = {}
        self._asked = False
        self.world.listeners.append(self._heard)

    def _heard(self, changes: dict[str, dict[str, Obj | None]]) -> None:
        self.undelivered += [key for key, row in changes.get("events", {}).items() if row is not None]
        for key, row in changes.get("subscriptions", {}).items():
            if row is None:
                continue
            now, before = self._counted(row), self._known.get(key)
            if now != before:
                self._known[key] = now
                if before is not None:
                    self.made.append(Made(key, before, now, row["metadata"][OPERATION] if self._asked else None))

    async def answer(self, request: Request) -> tuple[int, Obj, dict[str, str]] | None:
        """What comes back; None when nothing does, whatever became of the request."""
        fate = self._fate(request.method)
        if fate == "lost":
            return None
        if fate in {"error", "error_after", "busy", "rate_limit"}:
            kind: Kind = "rate_limit" if fate == "rate_limit" else "error"
            fault = Fault(
                "fault", kind, request.method, request.path, code="503" if fate == "busy" else "500",
                after_change=fate == "error_after",
            )  # fmt: skip
            self.faults.active.append(fault)
        self._asked = True
        reply = await self.service.answer(request)
        self._asked = False
        self.faults.active = [fault for fault in self.faults.active if fault.id != "fault"]
        return None if fate == "answer_lost" else (reply.status, reply.body, reply.headers)

    def _fate(self, method: str) -> str:
        if self.fates and method == "POST":
            return self.fates.pop(0)
        if self.silent:
            return self.rng.choice(("lost", "answer_lost", "error", "busy"))
        if self.rng.random() >= self.mischief:
            return "well"
        if method == "POST":
            return self.rng.choice(_SPOILT)
        return self.rng.choice(("lost", "busy", "rate_limit"))

    def subscriptions(self) -> list[Obj]:
        """All there are, living or not."""
        return list(self.world.table("subscriptions").values())

    def quantities(self, subscription_id: str) -> tuple[int, int]:
        """Base and Voice as Stripe has them; none of a subscription that has ended."""
        found = self.world.table("subscriptions").get(subscription_id)
        return (0, 0) if found is None or found["status"] == "canceled" else self._counted(found)

    def _counted(self, subscription: Obj) -> tuple[int, int]:
        counts = {"base": 0, "voice": 0}
        for item in subscription["_items"]:
            key = self.world.table("prices")[item["price"]]["lookup_key"]
            counts[key.split("_")[1]] += item["quantity"]
        return counts["base"], counts["voice"]

    def tick(self) -> None:
        """What is due by itself happens: renewals, retries of payments."""
        self.service.catch_up()

    def card(self, customer_id: str, kind: str) -> None:
        """A customer's card is `good`, `declining` or wants authentication from now on."""
        draft, renderer = self._draft()
        cards.set_card_kind(draft, renderer, customer_id, kind)
        draft.commit()

    def edit(self, subscription_id: str, base: int, voice: int, *, cancel: bool = False) -> None:
        """Somebody changes the quantities in the dashboard, or ends the subscription."""
        draft, renderer = self._draft()
        before = self.quantities(subscription_id)
        bills: Bills = self.rng.choice(("always_invoice", "create_prorations", "create_prorations", "none"))
        order = DashboardEdit(base=base, voice=voice, cancel=cancel, proration_behavior=bills)
        try:
            edit_by_hand(draft, renderer, subscription_id, order)
        except StripeError:
            return
        draft.commit()
        after = self.quantities(subscription_id)
        if after[0] < before[0] or after[1] < before[1]:
            self.lowered.add(subscription_id)

    def owe(self, subscription_id: str, *, then: str) -> None:
        """Somebody adds a Base seat by hand, which the card declines; `then` it is `good`, or as bad as before."""
        customer = self.world.table("subscriptions")[subscription_id]["customer"]
        self.card(customer, "declining")
        base, voice = self.quantities(subscription_id)
        draft, renderer = self._draft()
        order = DashboardEdit(base=base + 1, voice=voice, proration_behavior="always_invoice")
        with suppress(StripeError):  # no more invoices today
            edit_by_hand(draft, renderer, subscription_id, order)
            draft.commit()
        self.card(customer, then)

    def invoice(self, subscription_id: str) -> None:
        """Somebody writes an invoice of nothing by hand: it counts among the day's."""
        draft, renderer = self._draft()
        subscription = draft.get("subscriptions", subscription_id)
        customer = draft.get("customers", subscription["customer"])
        occasion = invoicing.Occasion("manual", draft.now, draft.now)
        try:
            made = invoicing.new_invoice(draft, customer, subscription, [], occasion)
        except StripeError:
            return
        invoicing.finalize(draft, renderer, made["id"])
        draft.commit()

    def _draft(self) -> tuple[Draft, Renderer]:
        self.service.catch_up()
        draft = Draft(self.world, self.world.clock.now())
        return draft, Renderer(draft, self.service.address)

    def webhook(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """An event as it is delivered: its body and headers."""
        body = orjson.dumps(self.world.table("events")[event_id])
        signed = signature(WEBHOOK_SECRET, body, int(self._clock().timestamp()))
        return body, {"Stripe-Signature": signed, "Content-Type": "application/json"}


@dataclass
class _Way(httpx.AsyncBaseTransport):
    """The way to Stripe: a request of a worker's, and its answer, or a connection that is lost."""

    side: "StripeSide" = field(repr=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        told = request.headers
        encoded = request.url.query.decode() if request.method == "GET" else (await request.aread()).decode()
        asked = Request(
            request.method, request.url.path, encoded or request.url.query.decode(), told.get("authorization"),
            told.get("idempotency-key"), told.get("stripe-version"),
        )  # fmt: skip
        writes = request.method != "GET"
        if writes:
            await seam("before Stripe")
        answer = await self.side.answer(asked)
        if writes:
            await seam("after Stripe")
        if answer is None:
            raise httpx.ReadTimeout("nothing came back", request=request)
        status, body, headers = answer
        content: Any = orjson.dumps(body)
        return httpx.Response(status, content=content, headers={**headers, "Content-Type": "application/json"})
