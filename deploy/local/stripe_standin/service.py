"""One request from its arrival to its answer, in the order in which Stripe looks at it.

Key, address, rate limits, parameters, idempotency key, lock; then the time it takes; then the change, which is made
whole and kept together with its answer, or not at all.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.local.stripe_standin.errors import StripeError, lock_timeout, rate_limited
from deploy.local.stripe_standin.faults import Asked, Faults, server_error
from deploy.local.stripe_standin.form import Raw, parse_form
from deploy.local.stripe_standin.idempotency import Keys
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.renewals import Agenda, catch_up
from deploy.local.stripe_standin.routes import Route, find_route
from deploy.local.stripe_standin.subscriptions import subscription_of
from deploy.local.stripe_standin.world import API_VERSION, Changes, Draft, Obj, Origin, World

_OK = 200


@dataclass(frozen=True)
class Request:
    """What came over HTTP: `encoded` is the query of a GET and the body of everything else."""

    method: str
    path: str
    encoded: str
    authorization: str | None
    idempotency_key: str | None
    version: str | None = None


@dataclass(frozen=True)
class Reply:
    """What goes back; `dropped` closes the connection instead."""

    status: int
    body: Obj
    headers: dict[str, str]
    dropped: bool = False


@dataclass
class Bucket:
    """So many requests a second; a full second's worth is free at once."""

    per_second: float
    _tokens: float = field(init=False)
    _seen: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin full."""
        self._tokens = self.per_second

    def admits(self) -> bool:
        """Take one request in, unless the second is full."""
        now = time.monotonic()
        self._tokens = min(self.per_second, self._tokens + (now - self._seen) * self.per_second)
        self._seen = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


ENDPOINT_REQUESTS_PER_SECOND = 25.0


@dataclass
class Pace:
    """How long each answer takes, in seconds, and how many requests are let in, of all and of each endpoint."""

    latency: float = 0.0
    _account: Bucket | None = None
    _endpoints: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def limit_to(self, per_second: float | None) -> None:
        """Change the account's limit (None: any number, also of an endpoint); an endpoint's is the same everywhere."""
        self._account = Bucket(per_second) if per_second is not None else None
        self._endpoints.clear()

    def refuses(self, route: Route) -> str | None:
        """Take one request in, or say whose second is full."""
        if self._account is None:
            return None
        if not self._account.admits():
            return "global-rate"
        of_endpoint = self._endpoints.setdefault((route.method, route.path), Bucket(ENDPOINT_REQUESTS_PER_SECOND))
        return None if of_endpoint.admits() else "endpoint-rate"


@dataclass(frozen=True)
class _Call:
    """A request that was understood: its endpoint, the id in its path, its parameters typed and as they came."""

    route: Route
    key: str
    given: dict[str, Any]
    raw: dict[str, Raw]
    asked: Asked
    origin: Origin


@dataclass
class Service:
    """Stripe's API over one world."""

    world: World
    faults: Faults
    pace: Pace
    address: Callable[[str], str]

    def __post_init__(self) -> None:
        self._keys = Keys(self.world)
        self.agenda = Agenda(self.world)
        self._locked: set[str] = set()

    async def answer(self, request: Request) -> Reply:
        """Answer one request; the log shows it from its arrival on, without a status while it runs."""
        request_id = new_id("req")
        raw, malformed = _parsed(request.encoded)
        entry: Obj = {
            "id": request_id,
            "at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "clock": self.world.clock.now(),
            "method": request.method,
            "path": request.path,
            "params": raw,
            "idempotencyKey": request.idempotency_key,
            "status": None,
            "dropped": False,
        }
        log = self.world.table("requests")
        log[request_id] = entry
        try:
            reply = await self._answer(request, raw, malformed, request_id)
        except StripeError as refusal:
            reply = Reply(refusal.status, refusal.body(), refusal.headers)
        entry["status"] = reply.status
        entry["dropped"] = reply.dropped
        self.world.put({"requests": {request_id: entry}})
        return Reply(reply.status, reply.body, {**_headers(request, request_id), **reply.headers}, reply.dropped)

    def catch_up(self) -> None:
        """Let time do what is due."""
        catch_up(self.world, self.agenda, self.address)

    async def _answer(
        self, request: Request, raw: dict[str, Raw], malformed: StripeError | None, request_id: str
    ) -> Reply:
        _check_key(request)
        route, key = find_route(request.method, request.path)
        full = self.pace.refuses(route)
        if full is not None:
            raise rate_limited("Request rate limit exceeded.", full)
        if malformed is not None:
            raise malformed
        given = route.parameters.read(raw, "")
        asked = self._asked(request, key, given)
        if self.faults.strike("rate_limit", asked) is not None:
            raise rate_limited("Request rate limit exceeded.", "global-rate")
        # Stripe takes idempotency keys with every POST; a GET or a DELETE is idempotent as it is.
        keyed = request.idempotency_key if request.method == "POST" else None
        call = _Call(route, key, given, raw, asked, Origin(request_id, keyed))
        if keyed is not None:
            kept = self._keys.answer_to(keyed, request.method, request.path, raw)
            if kept is not None:
                headers = {"Idempotent-Replayed": "true", "Original-Request": kept["request_id"]}
                return Reply(kept["status"], kept["body"], headers)
        locks = _locks(asked, key) if route.locks else set()
        if locks & self._locked:
            raise lock_timeout(min(locks & self._locked))
        self._locked |= locks
        self._keys.running |= {keyed} if keyed is not None else set()
        try:
            return await self._run(call)
        finally:
            self._locked -= locks
            self._keys.running.discard(keyed or "")

    async def _run(self, call: _Call) -> Reply:
        await self._take_time(call.asked)
        self.catch_up()
        asked = call.asked
        draft = Draft(self.world, self.world.clock.now(), call.origin, lambda: self.faults.for_charge(asked))
        try:
            failing = self.faults.strike("error", asked)
            if failing is not None and not failing.after_change:
                raise server_error(failing)
            renderer = Renderer(draft, self.address)
            body = call.route.answer(draft, renderer, call.key, call.given)
            body = renderer.expand(body, call.given.get("expand", []))
            if failing is not None:
                raise server_error(failing)
        except StripeError as refusal:
            changed = draft.changes if refusal.changed and not call.route.dry else {}
            kept = self._kept(call, refusal.status, refusal.body()) if refusal.kept else {}
            if changed or kept:
                self.world.put({**changed, **kept})
            raise
        changes = {} if call.route.dry else draft.changes
        self.world.put({**changes, **self._kept(call, _OK, body)})
        return Reply(_OK, body, {}, dropped=self.faults.strike("drop_answer", asked) is not None)

    def _kept(self, call: _Call, status: int, body: Obj) -> Changes:
        if call.origin.idempotency_key is None:
            return {}
        what = {"method": call.asked.method, "path": call.asked.path, "params": call.raw}
        return self._keys.remember(call.origin.idempotency_key, what, status, body, call.origin.request_id or "")

    async def _take_time(self, asked: Asked) -> None:
        slow = self.faults.strike("slow", asked)
        seconds = self.pace.latency + (slow.seconds if slow is not None else 0.0)
        if seconds:
            await asyncio.sleep(seconds)

    def _asked(self, request: Request, key: str, given: dict[str, Any]) -> Asked:
        held = self.world.table
        customer = given.get("customer")
        subscription = given.get("subscription")
        match key.split("_", 1)[0]:
            case "cus":
                customer = key
            case "sub":
                subscription = key
            case "in" if key in held("invoices"):
                customer = held("invoices")[key]["customer"]
                subscription = subscription_of(held("invoices")[key])
            case _:
                pass
        if customer is None and subscription in held("subscriptions"):
            customer = held("subscriptions")[subscription]["customer"]
        return Asked(request.method, request.path, customer, subscription)


def _locks(asked: Asked, key: str) -> set[str]:
    """Return what a write holds: the customer, whose balance it may move, and the subscription."""
    return {one for one in (asked.customer, asked.subscription, key) if one}


def _check_key(request: Request) -> None:
    given = request.authorization or ""
    if not given.startswith("Bearer "):
        raise StripeError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, using"
            " Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            kept=False,
        )
    if not given.removeprefix("Bearer ").startswith("sk_test_"):
        raise StripeError(
            401, "Invalid API Key provided: the stand-in takes any key that begins with sk_test_.", kept=False
        )


def _headers(request: Request, request_id: str) -> dict[str, str]:
    told = {"Request-Id": request_id, "Stripe-Version": request.version or API_VERSION}
    if request.idempotency_key is not None:
        told["Idempotency-Key"] = request.idempotency_key
    return told


def _parsed(encoded: str) -> tuple[dict[str, Raw], StripeError | None]:
    try:
        return parse_form(encoded), None
    except StripeError as malformed:
        return {}, malformed
