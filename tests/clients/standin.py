"""The stand-in as the client tests see it: on a port, its clock standing still, every answer and event judged."""

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


class _Heard:
    """Passes on what is sent and remembers it; the server's connection can still be found behind it."""

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
    """Stands before the stand-in and holds every answer under /v1 to Stripe's description."""

    app: ASGIApp
    judge: Published
    complaints: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        heard = _Heard(send)
        await self.app(scope, receive, heard.send)
        status, body = heard.status, heard.body
        if status:
            complaint = self.judge.complaint_about(scope["method"], scope["path"], status, json.loads(body))
            if complaint is not None:
                self.complaints.append(f"{scope['method']} {scope['path']} {status}: {complaint}")


@dataclass
class Mailbag:
    """Receives webhooks: verified with Stripe's own SDK, answered 200 (or as `answers` says, first come first)."""

    answers: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> ASGIApp:
        async def receive(request: Request) -> Response:
            body = await request.body()
            self.tries += 1
            self._arrived.set()
            if self.answers and (status := self.answers.pop(0)) != 200:
                return Response(status_code=status)
            stripe.Webhook.construct_event(body, request.headers["stripe-signature"], SECRET)
            self.events.append(json.loads(body))
            return Response()

        return Starlette(routes=[Route("/", receive, methods=["POST"])])

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many events of a kind have come."""
        async with asyncio.timeout(20):
            while len(found := [event for event in self.events if event["type"] == kind]) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return found


@dataclass
class StandIn:
    """What a test holds."""

    url: str
    stripe: stripe.StripeClient
    control: httpx.AsyncClient
    mailbag: Mailbag
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
        return [one for one in data if path in {None, one["path"]}]


@contextlib.asynccontextmanager
async def basis(judge: Published, state: Path | None = None) -> AsyncIterator[StandIn]:
    """Run a stand-in whose clock stands at New Year, with a mailbag for its webhooks."""
    mailbag = Mailbag()
    resumed = state is not None and await asyncio.to_thread(state.exists)
    async with serving(mailbag.app()) as mail_url:
        judged = Judged(create_app(state, mail_url, SECRET, requests_per_second=None), judge)
        async with serving(judged) as url, httpx.AsyncClient(base_url=url) as control:
            http = StripeHttp(httpx.Timeout(20))
            client = stripe.StripeClient(
                "sk_test_of_the_tests", base_addresses={"api": url}, http_client=http, max_network_retries=0
            )
            if not resumed:
                (await control.post("/_control/clock", json={"standStillAt": NEW_YEAR})).raise_for_status()
            yield StandIn(url, client, control, mailbag, judged)
            await control.delete("/_control/faults")
            await control.post("/_control/rate-limit", json={"perSecond": None})
            key = {"Authorization": "Bearer sk_test_of_the_tests"}
            for event in (await control.get("/v1/events?limit=100", headers=key)).json()["data"]:
                complaint = judge.complaint_about_object(event["data"]["object"])
                if complaint is not None:
                    judged.complaints.append(f"{event['type']}: {complaint}")
            await http.close_async()
    assert not judged.complaints, judged.complaints
