"""Stripe's stand-in without a network, so that each request belongs to one turn; its responses may be lost."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal
from urllib.parse import urlencode

import httpx
import orjson

from deploy.local.stripe_standin import cards, disputes, invoices, invoicing
from deploy.local.stripe_standin.by_hand import DashboardEdit, edit_by_hand
from deploy.local.stripe_standin.clock import Clock
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.faults import Fault, Faults, Kind
from deploy.local.stripe_standin.journal import Journal
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Reply, Request, Service, Throttle
from deploy.local.stripe_standin.webhooks import signature
from deploy.local.stripe_standin.world import Draft, Obj, World, copy_of
from services.billing.catalogue import Catalogue, read_catalogue
from services.billing.catalogue_prices import sync
from services.billing.clients.stripe import StripeApi
from services.billing.clients.stripe_fields import CONFIRMING, OPERATION
from tests.simulation.debts import Debts
from tests.simulation.turns import seam
from tests.support.clock import HandClock
from tests.support.stripe_side import CATALOGUE, KEY

_WRITE_FATES = ("lost", "response_lost", "response_lost", "error", "error_after", "busy", "rate_limit")
"""The possible fates of a write: never received, response lost, or failed before or after its change."""
Bills = Literal["always_invoice", "create_prorations", "none"]
WEBHOOK_SECRET = "whsec_of_the_simulation"
ADDRESS = "https://stripe.example"


@dataclass
class Change:
    """A change of quantities at Stripe: made by one of our operations, or in the dashboard."""

    subscription: str
    before: tuple[int, int]
    after: tuple[int, int]
    operation: str | None
    at: int


class StripeSide:
    """Stripe for one process; `reset` empties it."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.api = StripeApi(KEY, ADDRESS)
        self.api._http._client = httpx.AsyncClient(transport=_StripeTransport(self))
        self.catalogue: Catalogue = read_catalogue(CATALOGUE)
        self._empty: dict[str, dict[str, Obj]] = {}
        self.reset(Random(0), 0.0)

    async def open(self) -> None:
        """Write the catalogue, which `reset` keeps."""
        await sync(self.api, self.catalogue)
        tables = self.world._tables
        self._empty = {name: copy_of(rows) for name, rows in tables.items() if name not in {"requests", "events"}}

    def reset(self, rng: Random, fault_rate: float) -> None:
        """Empty everything but the catalogue; `fault_rate` is how often a response is lost or is an error."""
        self.rng, self.fault_rate, self.silent = rng, fault_rate, False
        self.world = World(Journal(None), Clock(lambda: self._clock().timestamp()))
        self.world._tables.update({name: copy_of(rows) for name, rows in self._empty.items()})
        self.faults = Faults(lambda: self._clock().timestamp())
        self.service = Service(self.world, self.faults, Throttle(), lambda path: ADDRESS + path)
        self.forced_fates: list[str] = []
        """The fates of the next writes, where they are not drawn."""
        self.before_update: Callable[[str], None] | None = None
        self.overtaken: set[tuple[str, int, int]] = set()
        """Subscriptions with the quantities that somebody set between our reading and our update."""
        """What somebody does in the dashboard right before our next update of a subscription, with its id."""
        self.changes_made: list[Change] = []
        self.raced: set[str] = set()
        """Operations of ours before which somebody changed the subscription's price after billing's last look."""
        self._looks: dict[str, Any] = {}
        self._updating: Any = None
        self.lowered: set[str] = set()
        """Subscriptions that have ended, or whose quantities a dashboard edit lowered."""
        self.undelivered: list[str] = []
        self._known: dict[str, tuple[int, int]] = {}
        self.debts = Debts()
        self._in_request = False
        self._names = OPERATION
        self.world.listeners.append(self._on_changes)

    def _on_changes(self, changes: dict[str, dict[str, Obj | None]]) -> None:
        self.undelivered += [key for key, row in changes.get("events", {}).items() if row is not None]
        for key, row in changes.get("subscriptions", {}).items():
            if row is None:
                continue
            self.debts.subscription(self.world, row, ours=self._in_request)
            now, before = self._quantities_of(row), self._known.get(key)
            lowered = before is not None and (now[0] < before[0] or now[1] < before[1])
            if row["status"] == "canceled" or (lowered and not self._in_request):
                self.lowered.add(key)
            if now != before:
                self._known[key] = now
                if before is not None:
                    operation = row["metadata"][self._names] if self._in_request else None
                    self.changes_made.append(Change(key, before, now, operation, self.now()))
            # An update of ours that changes nothing, because somebody has just made the same change, is raced too.
            if self._in_request and self._updating not in (None, self._looks.get(key)):
                self.raced.add(str(row["metadata"].get(OPERATION)))

    async def answer(self, request: Request) -> tuple[int, Obj, dict[str, str]] | None:
        """Return the response; None if no response arrives, whether the request was processed or not."""
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
        is_update = request.method == "POST" and request.path.startswith("/v1/subscriptions/sub_")
        if is_update and self.before_update is not None:
            meddle, self.before_update = self.before_update, None
            meddle(request.path.rpartition("/")[2])
        self._look(request)
        self._in_request = True
        # A pending update is made at once if the card was put right since the bank's demand.
        self._names = CONFIRMING if "pending_if_incomplete" in request.encoded else OPERATION
        self.debts.request(self.world, request)
        reply = await self.service.answer(request)
        self._in_request = False
        self.faults.active = [fault for fault in self.faults.active if fault.id != "fault"]
        return None if fate == "response_lost" else (reply.status, reply.body, reply.headers)

    def _look(self, request: Request) -> None:
        """Keep what billing sees of a subscription's price, and what there is when billing updates it."""
        self._updating = None
        subscription_id = request.path.rpartition("/")[2]
        row = self.world.table("subscriptions").get(subscription_id)
        if row is None:
            return
        customer = self.world.table("customers")[row["customer"]]
        pending = [key for key, item in self.world.table("invoiceitems").items() if item.get("invoice") is None]
        items = [(item["price"], item.get("quantity"), tuple(item["discounts"])) for item in row["_items"]]
        terms = (items, list(row["discounts"]), list(row["default_tax_rates"]), row["automatic_tax"]["enabled"])
        price = (*terms, customer["balance"], customer["_discount"], pending)
        if request.method == "GET":
            self._looks[subscription_id] = price
        else:
            self._updating = price

    async def write(self, path: str, form: dict[str, str]) -> Reply:
        """Write as a person in the dashboard does: without an idempotency key, and without faults."""
        return await self.service.answer(Request("POST", path, urlencode(form), f"Bearer {KEY}", None))

    def _fate(self, method: str) -> str:
        if self.forced_fates and method == "POST":
            return self.forced_fates.pop(0)
        if self.silent:
            return self.rng.choice(("lost", "response_lost", "error", "busy"))
        if self.rng.random() >= self.fault_rate:
            return "well"
        if method == "POST":
            return self.rng.choice(_WRITE_FATES)
        return self.rng.choice(("lost", "busy", "rate_limit"))

    def subscriptions(self) -> list[Obj]:
        """Return all subscriptions, active or ended."""
        return list(self.world.table("subscriptions").values())

    def period_ends(self) -> list[int]:
        """Return when the present period of each subscription ends."""
        held = [row for row in self.subscriptions() if row["status"] in {"active", "past_due"}]
        return [min(item["current_period_end"] for item in row["_items"]) for row in held if row["_items"]]

    def quantities(self, subscription_id: str) -> tuple[int, int]:
        """Return Base and Voice as Stripe has them; 0 for a subscription that has ended."""
        subscription = self.world.table("subscriptions").get(subscription_id)
        return (
            (0, 0)
            if subscription is None or subscription["status"] == "canceled"
            else self._quantities_of(subscription)
        )

    def _quantities_of(self, subscription: Obj) -> tuple[int, int]:
        counts = {"base": 0, "voice": 0}
        for item in subscription["_items"]:
            counts[item["metadata"]["seat_type"]] += item["quantity"]
        return counts["base"], counts["voice"]

    def tick(self) -> None:
        """Run what is due: renewals, and retries of payments."""
        self.service.catch_up()

    def card(self, customer_id: str, kind: str) -> None:
        """Make a customer's card `good`, `declining`, or `action_required`."""
        draft, renderer = self._draft()
        cards.set_card_kind(draft, renderer, customer_id, kind)
        draft.commit()

    def edit(self, subscription_id: str, base: int, voice: int, *, cancel: bool = False) -> None:
        """Change the quantities in the dashboard, or cancel the subscription."""
        draft, renderer = self._draft()
        bills: Bills = self.rng.choice(("always_invoice", "create_prorations", "create_prorations", "none"))
        edit = DashboardEdit(base=base, voice=voice, cancel=cancel, proration_behavior=bills)
        try:
            edit_by_hand(draft, renderer, subscription_id, edit)
        except StripeError:
            return
        draft.commit()

    def confirm(self, invoice_id: str) -> None:
        """Pay an invoice on its page, as the cardholder who authenticates."""
        draft, renderer = self._draft()
        with suppress(StripeError):
            invoices.pay(draft, renderer, invoice_id, {}, present=True)
            draft.commit()

    def now(self) -> int:
        """Return the second that it is."""
        return int(self._clock().timestamp())

    def dispute(self, invoice_id: str) -> None:
        """Dispute the payment of an invoice, if a charge paid it that nobody disputed yet."""
        draft, renderer = self._draft()
        with suppress(StripeError):
            disputes.open_dispute(draft, renderer, invoice_id)
            draft.commit()

    def close_dispute(self, dispute_id: str, outcome: str) -> None:
        """Decide a dispute: `won` or `lost`."""
        draft, renderer = self._draft()
        disputes.close(draft, renderer, dispute_id, outcome)
        draft.commit()

    def owe(self, subscription_id: str, *, then: str) -> None:
        """Add a Base seat in the dashboard with a card that declines; afterwards the card is `then`."""
        customer = self.world.table("subscriptions")[subscription_id]["customer"]
        self.card(customer, "declining")
        base, voice = self.quantities(subscription_id)
        draft, renderer = self._draft()
        edit = DashboardEdit(base=base + 1, voice=voice, proration_behavior="always_invoice")
        with suppress(StripeError):  # the day's invoices are used up
            edit_by_hand(draft, renderer, subscription_id, edit)
            draft.commit()
        self.card(customer, then)

    def invoice(self, subscription_id: str) -> None:
        """Write an empty invoice in the dashboard; the invoice counts toward the day's limit."""
        draft, renderer = self._draft()
        subscription = draft.get("subscriptions", subscription_id)
        customer = draft.get("customers", subscription["customer"])
        occasion = invoicing.Occasion("manual", draft.now, draft.now)
        try:
            invoice = invoicing.new_invoice(draft, customer, subscription, [], occasion)
            invoicing.finalize(draft, renderer, invoice["id"])
        except StripeError:
            return
        draft.commit()

    def _draft(self) -> tuple[Draft, Renderer]:
        self.service.catch_up()
        draft = Draft(self.world, self.world.clock.now())
        return draft, Renderer(draft, self.service.address)

    def webhook(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Return a Stripe event as it is delivered: its body and headers."""
        body = orjson.dumps(self.world.table("events")[event_id])
        signed = signature(WEBHOOK_SECRET, body, int(self._clock().timestamp()))
        return body, {"Stripe-Signature": signed, "Content-Type": "application/json"}


@dataclass
class _StripeTransport(httpx.AsyncBaseTransport):
    """The HTTP transport to Stripe: delivers a worker's request and its response, or loses them."""

    side: "StripeSide" = field(repr=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = request.headers
        encoded = request.url.query.decode() if request.method == "GET" else (await request.aread()).decode()
        stripe_request = Request(
            request.method, request.url.path, encoded or request.url.query.decode(), headers.get("authorization"),
            headers.get("idempotency-key"), headers.get("stripe-version"),
        )  # fmt: skip
        writes = request.method != "GET"
        if writes:
            await seam("before Stripe")
        answer = await self.side.answer(stripe_request)
        if writes:
            await seam("after Stripe")
        if answer is None:
            raise httpx.ReadTimeout("nothing came back", request=request)
        status, body, response_headers = answer
        content: Any = orjson.dumps(body)
        return httpx.Response(status, content=content, headers={**response_headers, "Content-Type": "application/json"})
