"""The stand-in on a port for the client tests: its clock stands still, and every response and event is validated."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.local.stripe_standin import create_app
from deploy.local.stripe_standin.serving import serving
from services.billing.clients.stripe_http import StripeHttp
from tests.clients.published import Published

SECRET = "whsec_of_the_tests"
# 1 January 2027, 00:00 UTC: a month of 31 days begins.
NEW_YEAR = 1_798_761_600
DAY = 86_400
# Half of that January.
HALF_OF_JANUARY = 15 * DAY + DAY // 2


class _Recorder:
    """Forwards a response and records it; the stand-in can still reach the connection through it."""

    def __init__(self, send: Send) -> None:
        self.transport = getattr(getattr(send, "__self__", None), "transport", None)
        self.status = 0
        self.body = b""
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        if message["type"] == "http.response.body":
            self.body += message.get("body", b"")
        await self._send(message)


@dataclass
class Judged:
    """Wraps the stand-in and validates every response under /v1 against Stripe's description."""

    app: ASGIApp
    judge: Published
    complaints: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        recorder = _Recorder(send)
        await self.app(scope, receive, recorder.send)
        status, body = recorder.status, recorder.body
        if status:
            complaint = self.judge.complaint_about(scope["method"], scope["path"], status, json.loads(body))
            if complaint is not None:
                self.complaints.append(f"{scope['method']} {scope['path']} {status}: {complaint}")


@dataclass
class WebhookReceiver:
    """Receives webhooks and verifies them with Stripe's SDK; answers 200, or the next of `statuses`."""

    statuses: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> ASGIApp:
        async def receive(request: Request) -> Response:
            body = await request.body()
            self.attempts += 1
            self._arrived.set()
            if self.statuses and (status := self.statuses.pop(0)) != 200:
                return Response(status_code=status)
            stripe.Webhook.construct_event(body, request.headers["stripe-signature"], SECRET)
            self.events.append(json.loads(body))
            return Response()

        return Starlette(routes=[Route("/", receive, methods=["POST"])])

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many events of a kind have arrived."""
        async with asyncio.timeout(20):
            while len(matching := [event for event in self.events if event["type"] == kind]) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return matching


@dataclass
class StandIn:
    """The stand-in as a test uses it."""

    url: str
    stripe: stripe.StripeClient
    control: httpx.AsyncClient
    webhooks: WebhookReceiver
    judged: Judged

    async def fault(self, kind: str, **more: object) -> None:
        answer = await self.control.post("/_control/faults", json={"kind": kind, **more})
        answer.raise_for_status()

    async def advance(self, seconds: int) -> None:
        answer = await self.control.post("/_control/clock", json={"advanceSeconds": seconds})
        answer.raise_for_status()

    async def card(self, customer: str, kind: str) -> None:
        answer = await self.control.post(f"/_control/customers/{customer}/card", json={"kind": kind})
        answer.raise_for_status()

    async def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        data = (await self.control.get("/_control/requests")).json()["data"]
        return [request for request in data if path in {None, request["path"]}]


@contextlib.asynccontextmanager
async def running_standin(judge: Published, state: Path | None = None) -> AsyncIterator[StandIn]:
    """Run a stand-in whose clock stands at New Year, with a receiver of its webhooks."""
    webhooks = WebhookReceiver()
    resumed = state is not None and await asyncio.to_thread(state.exists)
    async with serving(webhooks.app()) as mail_url:
        judged = Judged(create_app(state, mail_url, SECRET, requests_per_second=None), judge)
        async with serving(judged) as url, httpx.AsyncClient(base_url=url) as control:
            http = StripeHttp(httpx.Timeout(20))
            client = stripe.StripeClient(
                "sk_test_of_the_tests", base_addresses={"api": url}, http_client=http, max_network_retries=0
            )
            if not resumed:
                (await control.post("/_control/clock", json={"standStillAt": NEW_YEAR})).raise_for_status()
            yield StandIn(url, client, control, webhooks, judged)
            await control.delete("/_control/faults")
            await control.post("/_control/rate-limit", json={"perSecond": None})
            key = {"Authorization": "Bearer sk_test_of_the_tests"}
            for event in (await control.get("/v1/events?limit=100", headers=key)).json()["data"]:
                complaint = judge.complaint_about_object(event["data"]["object"])
                if complaint is not None:
                    judged.complaints.append(f"{event['type']}: {complaint}")
            await http.close_async()
    assert not judged.complaints, judged.complaints
