"""All five services in one process, on a real database: the bus in memory, the clock moved by hand, drained at will."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

import asyncpg
import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from chassis.actor import Definition
from chassis.outbox import run_once
from chassis.postgres import connect
from chassis.records import Outgoing
from chassis.sealing import Sealing
from contracts.billing import StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import Service
from services.billing import app as billing
from services.gateway import app as gateway
from services.gateway.settings import Settings as GatewaySettings
from services.members import app as members
from services.notifier import app as notifier
from services.notifier.domain.after_sending import Accepted, Delivery
from services.notifier.mails.branding import branding
from services.seats import app as seats
from tests.support.bus import MemoryBus, Spoken, spoken
from tests.support.clock import HandClock
from tests.support.one_service import PASSWORD, OneService
from tests.support.stripe_side import StripeSide, stripe_side

if TYPE_CHECKING:
    from tests.support.site import Doors

PUBLIC = "https://seats.example"
OPERATOR = "operator-key-of-the-journeys"
WEBHOOK_SECRET = "whsec_of_the_journeys"
HASTE = 0.002
"""Seconds for which the drain lets requests and calls to Stripe go on when nothing else moves."""
Answer = TypeVar("Answer")


@dataclass
class Letterbox:
    """The mail server: takes everything."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def send(self, message: EmailMessage) -> Delivery:
        self.mails.append(message)
        return Accepted()

    def to(self, address: str) -> list[EmailMessage]:
        """The mails of one person, oldest first."""
        return [mail for mail in self.mails if address in str(mail["To"])]

    def subjects(self, address: str) -> list[str]:
        """What was written to one person, codes apart."""
        return [str(mail["Subject"]) for mail in self.to(address) if not _code_in(mail)]

    def code(self, address: str) -> str:
        """The newest login code of one person."""
        return next(code for mail in reversed(self.to(address)) if (code := _code_in(mail)))

    def invitations(self, address: str) -> list[str]:
        """The tokens of the invitations that one person got, oldest first."""
        found = (re.search(r"/invite/([\w-]{16,})", text_of(mail)) for mail in self.to(address))
        return [one.group(1) for one in found if one is not None]


def text_of(mail: EmailMessage) -> str:
    """A mail's text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _code_in(mail: EmailMessage) -> str | None:
    found = re.search(r"^\s*(\d{4})\s*$", text_of(mail), re.MULTILINE) or re.search(
        r"\b(\d{4})\b", str(mail["Subject"])
    )
    return found.group(1) if found else None


class Journey:
    """The whole system under test."""

    def __init__(self, clock: HandClock, stripe: StripeSide, services: dict[Service, OneService]) -> None:
        self.clock = clock
        self.stripe = stripe
        self.services = services
        self.bus = MemoryBus()
        self.letterbox = Letterbox()
        self.public = PUBLIC
        self.http: gateway.GatewayHttp
        self.doors: Doors
        self._turn = asyncio.Lock()
        self._direct: dict[Service, asyncpg.Connection[Any]] = {}

    async def publish(self, record: Outgoing) -> bool:
        """Past the outbox, as the gateway does with Stripe's events."""
        return all(await self.bus.publish([record]))

    async def connect(self) -> None:
        for service, one in self.services.items():
            self._direct[service] = await connect(one.dsn, service)

    async def close(self) -> None:
        for db in self._direct.values():
            await db.close()
        for one in self.services.values():
            await one.close()

    async def step(self) -> int:
        """Let every relay, inbox and worker have its turn once; answers how much moved."""
        async with self._turn:
            return await self._step()

    async def _step(self) -> int:
        return sum([await part() for part in self.parts()])

    def parts(self, most: int = 500, rng: Random | None = None) -> list[Callable[[], Awaitable[int]]]:
        """What takes a turn by itself; each answers how much it moved.

        An inbox hears `most` records a turn, of its topics in their order, or in one drawn by `chance`.
        """
        parts: list[Callable[[], Awaitable[int]]] = [self.http.gateway.code_mails.run_once]
        for service, one in self.services.items():
            relay = partial(run_once, self._direct[service], self.bus.publish)
            parts += [relay, partial(self._hear, service, most, rng), one.workers.run_once]
        return parts

    async def _hear(self, service: Service, most: int, rng: Random | None) -> int:
        one = self.services[service]
        topics = list(one.runtime.definition.topics)
        if rng is not None:
            rng.shuffle(topics)
        if records := self.bus.poll(service, topics, most):
            await one.inbox.handle(records)
        return len(records)

    async def drain(self) -> None:
        """Until nothing moves any more without the clock."""
        while await self.step():
            pass

    def later(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Begin something and go on; `during` waits for it."""
        return asyncio.create_task(work)

    async def during(self, work: Coroutine[Any, Any, Answer] | asyncio.Task[Answer]) -> Answer:
        """Drain while somebody waits for an answer."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        while not task.done():
            if not await self.step():
                await asyncio.wait([task], timeout=HASTE)
        return await task

    async def together(self, requests: Sequence[Coroutine[Any, Any, httpx.Response]]) -> set[int]:
        """Make requests at once; answers the statuses that came."""

        async def gathered() -> list[httpx.Response]:
            return await asyncio.gather(*requests)

        return {answer.status_code for answer in await self.during(gathered())}

    async def advance(self, seconds: float) -> None:
        """Move every clock, then drain."""
        self.clock.advance(seconds)
        await self.drain()

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Move every clock in steps, so that what is paced happens in between."""
        for _ in range(round(seconds / step)):
            await self.advance(step)

    def browser(self) -> "Browser":
        """Somebody's browser."""
        return Browser(self)

    async def open_agency(
        self,
        domain: str = "harbor.example",
        *,
        base: int = 1,
        voice: int = 0,
        seat: Literal["base", "voice"] = "base",
        card: str = "pm_card_visa",
        cycle: Literal["monthly", "annual"] = "monthly",
    ) -> httpx.Response:
        """The operator opens an agency whose first admin is ada@ its domain."""
        answer = await self.browser().post(
            "/agencies",
            {
                "name": "Harbor Clinic",
                "domain": domain,
                "adminEmail": f"ada@{domain}",
                "adminName": "Ada Park",
                "cycle": cycle,
                "base": base,
                "voice": voice,
                "adminSeatType": seat,
                "paymentMethod": card,
            },
            headers={"Authorization": f"Bearer {OPERATOR}"},
        )
        await self.drain()
        return answer

    async def stripes_news(self, customer_id: str, *types: str, object_id: str | None = None) -> None:
        """Events of Stripe's about a customer are on the bus, as the gateway puts them there."""
        for type_ in types:
            event = StripeEvent(
                event_id=f"evt_{uuid4().hex}",
                type=type_,
                customer_id=customer_id,
                object_id=object_id,
                created=self.clock(),
            )
            await self.publish(Outgoing(STRIPE_EVENTS, customer_id.encode(), event.model_dump_json().encode(), []))
        await self.drain()

    def published(self, type_: str) -> list[Spoken]:
        """Every message of a type, in the order in which it was published."""
        found = [spoken(one) for log in self.bus.log.values() for one in log if dict(one.headers).get("ce_type")]
        return [one for one in found if one.type == type_]

    async def updates(self) -> list[dict[str, Any]]:
        """The subscription updates that Stripe was asked for."""
        log = await self.stripe.control_log()
        return [one for one in log if one["method"] == "POST" and re.fullmatch(r"/v1/subscriptions/\w+", one["path"])]


class Browser:
    """A person with a browser: keeps cookies, sends the page's origin, and waits for answers while the world moves."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        transport = httpx.ASGITransport(app=journey.http, client=("198.51.100.7", 4711))
        self.client = httpx.AsyncClient(
            transport=transport, base_url=journey.public, headers={"Origin": journey.public}
        )

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request of the API."""
        request = self.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        return await self._journey.during(request)

    async def get(self, path: str) -> Any:  # noqa: ANN401  the API's JSON
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.ask("POST", path, body, headers)

    async def put(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.ask("PUT", path, body, headers)

    async def sign_up(self, email: str, seat_type: str = "base", name: str = "Nia Novak") -> httpx.Response:
        return await self.post("/signups", {"email": email, "name": name, "seatType": seat_type})

    async def log_in(self, email: str) -> httpx.Response:
        """Ask for a code, read it in the mailbox, sign in with it."""
        asked = await self.post("/login-codes", {"email": email})
        assert asked.status_code == 202, asked.text
        await self._journey.drain()
        return await self.post("/sessions", {"email": email, "code": self._journey.letterbox.code(email)})

    async def join(self, email: str, seat_type: str = "base") -> httpx.Response:
        """Sign up, then log in for the first time."""
        signed_up = await self.sign_up(email, seat_type)
        assert signed_up.status_code == 201, signed_up.text
        return await self.log_in(email)

    async def sign_baa(self) -> httpx.Response:
        version = (await self.get("/baa"))["version"]
        return await self.post(
            "/baa/signature", {"signerName": "Ada Park", "signerTitle": "Director", "version": version}
        )

    async def invite(
        self, email: str, seat_type: str = "base", role: str = "clinician", name: str = "Ida Novak"
    ) -> httpx.Response:
        """Invite somebody; their mail is there afterwards."""
        answer = await self.post("/members", {"email": email, "name": name, "seatType": seat_type, "role": role})
        await self._journey.drain()
        return answer

    async def reinvite(self, member_id: str, seat_type: str | None = None) -> httpx.Response:
        """Invite somebody anew; their mail is there afterwards."""
        answer = await self.post(f"/members/{member_id}/reinvite", {"seatType": seat_type})
        await self._journey.drain()
        return answer

    async def accept(self, token: str) -> httpx.Response:
        """Follow an invitation's link."""
        return await self.post("/invitations/accept", {"token": token})

    async def swap(self, member_id: str, seat_type: str) -> httpx.Response:
        """Give somebody a seat of this type instead of theirs."""
        return await self.ask("PATCH", f"/members/{member_id}", {"seatType": seat_type})

    async def me(self) -> Any:  # noqa: ANN401  the API's JSON
        """Who is signed in here, as GET /me tells."""
        return (await self.get("/me"))["member"]

    async def row(self, email: str) -> Any:  # noqa: ANN401  the API's JSON
        """Somebody's row in the list, in whatever status."""
        for query in ("", "&status=removed"):
            for one in (await self.get(f"/members?q={email}{query}"))["items"]:
                if one["email"] == email:
                    return one
        raise AssertionError(f"{email} is not in the list")

    async def auto_add(self, enabled: bool) -> httpx.Response:
        return await self.put("/settings/auto-add", {"enabled": enabled})


@asynccontextmanager
async def journey_on(database: str, public: str = PUBLIC) -> AsyncIterator[Journey]:
    """All five services on a migrated database, and Stripe's stand-in; `public` is the address that people see."""
    clock = HandClock()
    sealing_key = Fernet.generate_key().decode()
    sealing = Sealing([sealing_key])
    async with stripe_side(clock) as side:
        letterbox = Letterbox()
        definitions: dict[Service, Definition[Any]] = {
            Service.MEMBERS: members.definition(frozenset({"gmail.com"})),
            Service.SEATS: seats.definition(),
            Service.BILLING: billing.definition(side.api, side.catalogue, sealing, public, Random(1)),
            Service.NOTIFIER: notifier.definition(
                letterbox, sealing, branding("Headcount <no-reply@seats.example>", public)
            ),
            Service.GATEWAY: gateway.definition(),
        }
        services = {
            service: await OneService.open(definition, database, clock) for service, definition in definitions.items()
        }
        journey = Journey(clock, side, services)
        journey.letterbox = letterbox
        journey.public = public
        front = services[Service.GATEWAY]
        settings = GatewaySettings(
            postgres=database,
            password=SecretStr(PASSWORD),
            kafka="unused:9092",
            public_url=public,
            operator_key=SecretStr(OPERATOR),
            pepper=SecretStr("a-pepper-that-is-long-enough-for-tests"),
            sealing_keys=[sealing_key],
            stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
            invitations_per_person=1_000,  # races are run many rounds within an hour
        )
        journey.http = gateway.build_http(
            front.runtime,
            settings,
            publish=journey.publish,
            stalled=lambda: 0.0,
            listen=lambda: connect(front.dsn, Service.GATEWAY),
        )
        listener = journey.http.gateway.listener
        listening = asyncio.create_task(listener.run())
        await listener.listening.wait()
        await journey.connect()
        try:
            yield journey
        finally:
            listener.close()
            await listening
            await journey.close()
