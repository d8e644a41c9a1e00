"""Handles a request of Stripe's API, with Stripe's order of checks.

The checks are: API key, path, rate limits, parameters, idempotency key, lock. After the delay of a fault the change is
made, and it is stored together with its response or not at all.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from deploy.local.stripe_standin.billing import subscription_of
from deploy.local.stripe_standin.errors import StripeError, lock_timeout, rate_limited
from deploy.local.stripe_standin.faults import Faults, RequestTarget, server_error
from deploy.local.stripe_standin.form import Raw, parse_form
from deploy.local.stripe_standin.idempotency import Keys
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.renewals import Agenda, catch_up
from deploy.local.stripe_standin.routes import Route, find_route
from deploy.local.stripe_standin.world import API_VERSION, Changes, Draft, Obj, Origin, World

_OK = 200


@dataclass(frozen=True)
class Request:
    """A request as it came over HTTP; `encoded` is the query of a GET, otherwise the body."""

    method: str
    path: str
    encoded: str
    authorization: str | None
    idempotency_key: str | None
    version: str | None = None


@dataclass(frozen=True)
class Reply:
    """The response; if `dropped`, the connection is closed instead."""

    status: int
    body: Obj
    headers: dict[str, str]
    dropped: bool = False


@dataclass
class Bucket:
    """A token bucket: so many requests a second, of which one second's worth may come at once."""

    per_second: float
    _tokens: float = field(init=False)
    _refilled_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Start with a full bucket."""
        self._tokens = self.per_second

    def admits(self) -> bool:
        """Take a token for one request; False if none is left."""
        now = time.monotonic()
        self._tokens = min(self.per_second, self._tokens + (now - self._refilled_at) * self.per_second)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


ENDPOINT_REQUESTS_PER_SECOND = 25.0


@dataclass
class Throttle:
    """The delay of each response, in seconds, and the rate limits of the account and of each endpoint."""

    latency: float = 0.0
    _account: Bucket | None = None
    _endpoints: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def limit_to(self, per_second: float | None) -> None:
        """Set the account's limit; None lifts all limits, also those of the endpoints."""
        self._account = Bucket(per_second) if per_second is not None else None
        self._endpoints.clear()

    def exceeded_limit(self, route: Route) -> str | None:
        """Count one request; the name of the limit that it exceeds, or None."""
        if self._account is None:
            return None
        if not self._account.admits():
            return "global-rate"
        of_endpoint = self._endpoints.setdefault((route.method, route.path), Bucket(ENDPOINT_REQUESTS_PER_SECOND))
        return None if of_endpoint.admits() else "endpoint-rate"


@dataclass(frozen=True)
class _Call:
    """A parsed request: its endpoint, the id in its path, its parameters as typed values and as raw text."""

    route: Route
    key: str
    params: dict[str, Any]
    raw: dict[str, Raw]
    target: RequestTarget
    origin: Origin


@dataclass
class Service:
    """Stripe's API over one world."""

    world: World
    faults: Faults
    throttle: Throttle
    address: Callable[[str], str]

    def __post_init__(self) -> None:
        self._keys = Keys(self.world)
        self.agenda = Agenda(self.world)
        self._locked: set[str] = set()

    async def answer(self, request: Request) -> Reply:
        """Handle one request. The request log shows it at once, without a status until it has ended."""
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
        except StripeError as error:
            reply = Reply(error.status, error.body(), error.headers)
        entry["status"] = reply.status
        entry["dropped"] = reply.dropped
        self.world.put({"requests": {request_id: entry}})
        return Reply(reply.status, reply.body, {**_headers(request, request_id), **reply.headers}, reply.dropped)

    def catch_up(self) -> None:
        """Process the renewals, finalisations and retries that are due."""
        catch_up(self.world, self.agenda, self.address)

    async def _answer(
        self, request: Request, raw: dict[str, Raw], malformed: StripeError | None, request_id: str
    ) -> Reply:
        _check_key(request)
        route, key = find_route(request.method, request.path)
        limit = self.throttle.exceeded_limit(route)
        if limit is not None:
            raise rate_limited("Request rate limit exceeded.", limit)
        if malformed is not None:
            raise malformed
        params = route.parameters.read(raw, "")
        target = self._target(request, key, params)
        if self.faults.strike("rate_limit", target) is not None:
            raise rate_limited("Request rate limit exceeded.", "global-rate")
        # Stripe takes idempotency keys with every POST; a GET or a DELETE is idempotent without a key.
        keyed = request.idempotency_key if request.method == "POST" else None
        call = _Call(route, key, params, raw, target, Origin(request_id, keyed))
        if keyed is not None:
            kept = self._keys.stored_response(keyed, request.method, request.path, raw)
            if kept is not None:
                headers = {"Idempotent-Replayed": "true", "Original-Request": kept["request_id"]}
                return Reply(kept["status"], kept["body"], headers)
        locks = _locks(target, key) if route.locks else set()
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
        await self._take_time(call.target)
        self.catch_up()
        target = call.target
        draft = Draft(self.world, self.world.clock.now(), call.origin, partial(self.faults.for_charge, target))
        try:
            failing = self.faults.strike("error", target)
            if failing is not None and not failing.after_change:
                raise server_error(failing)
            renderer = Renderer(draft, self.address)
            body = call.route.handler(draft, renderer, call.key, call.params)
            body = renderer.expand(body, call.params.get("expand", []))
            if failing is not None:
                raise server_error(failing)
        except StripeError as error:
            changed = draft.changes if error.changed and not call.route.dry else {}
            kept = self._kept(call, error.status, error.body()) if error.kept else {}
            if changed or kept:
                self.world.put({**changed, **kept})
            raise
        changes = {} if call.route.dry else draft.changes
        self.world.put({**changes, **self._kept(call, _OK, body)})
        return Reply(_OK, body, {}, dropped=self.faults.strike("drop_answer", target) is not None)

    def _kept(self, call: _Call, status: int, body: Obj) -> Changes:
        if call.origin.idempotency_key is None:
            return {}
        what = {"method": call.target.method, "path": call.target.path, "params": call.raw}
        return self._keys.store(call.origin.idempotency_key, what, status, body, call.origin.request_id or "")

    async def _take_time(self, target: RequestTarget) -> None:
        slow = self.faults.strike("slow", target)
        seconds = self.throttle.latency + (slow.seconds if slow is not None else 0.0)
        if seconds:
            await asyncio.sleep(seconds)

    def _target(self, request: Request, key: str, params: dict[str, Any]) -> RequestTarget:
        held = self.world.table
        customer = params.get("customer")
        subscription = params.get("subscription")
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
        return RequestTarget(request.method, request.path, customer, subscription)


def _locks(target: RequestTarget, key: str) -> set[str]:
    """Return the ids that a write locks: the customer, whose balance may change, and the subscription."""
    return {object_id for object_id in (target.customer, target.subscription, key) if object_id}


def _check_key(request: Request) -> None:
    params = request.authorization or ""
    if not params.startswith("Bearer "):
        raise StripeError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, using"
            " Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            kept=False,
        )
    if not params.removeprefix("Bearer ").startswith("sk_test_"):
        raise StripeError(
            401, "Invalid API Key provided: the stand-in takes any key that begins with sk_test_.", kept=False
        )


def _headers(request: Request, request_id: str) -> dict[str, str]:
    headers = {"Request-Id": request_id, "Stripe-Version": request.version or API_VERSION}
    if request.idempotency_key is not None:
        headers["Idempotency-Key"] = request.idempotency_key
    return headers


def _parsed(encoded: str) -> tuple[dict[str, Raw], StripeError | None]:
    try:
        return parse_form(encoded), None
    except StripeError as malformed:
        return {}, malformed
