"""All five services in one process on a real database.

The bus is in memory, the clock moves by hand, and `drain` delivers messages until nothing moves. Stripe is the
stand-in.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
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
from chassis.refused_records import Held
from chassis.relay import replay_once, run_once
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import Service
from database.postgres import connect, connection
from hosting.sealing import Sealing
from services.billing import app as billing
from services.billing.catalogue import Catalogue
from services.gateway import app as gateway
from services.gateway.settings import Settings as GatewaySettings
from services.members import app as members
from services.notifier import app as notifier
from services.notifier.domain.after_sending import Accepted, Delivery, PermanentFailure
from services.notifier.mails.branding import branding
from services.seats import app as seats
from tests.support.bus import MemoryBus, PublishedMessage, read_record
from tests.support.clock import HandClock
from tests.support.keys import COMMAND_KEY, OPERATOR_COMMAND_KEY, TRUST
from tests.support.one_service import PASSWORD, OneService
from tests.support.stripe_side import StripeSide, stripe_side
from tests.support.work import work_of
from transport.records import Outgoing

if TYPE_CHECKING:
    from tests.support.site import GatewayPort

PUBLIC = "https://seats.example"
OPERATOR_ADDRESS = "operator@seats.example"
OPERATOR = "operator-key-of-the-journeys"
WEBHOOK_SECRET = "whsec_of_the_journeys"
DRAIN_PAUSE_SECONDS = 0.002
"""Seconds for which `during` lets requests and calls to Stripe proceed when no message moves."""
WELCOME = " is open: sign the BAA, then share your sign-up link"
"""The end of the subject of a first admin's welcome mail."""
Result = TypeVar("Result")


@dataclass
class Letterbox:
    """The mail server of a test: keeps every mail, and accepts all but those to the mailboxes that it does not know."""

    mails: list[EmailMessage] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: EmailMessage) -> Delivery:
        if any(address in str(message["To"]) for address in self.unknown):
            return PermanentFailure("550 5.1.1 no such user")
        self.mails.append(message)
        self._arrived.set()
        return Accepted()

    async def until(self, found: Callable[[], Result | None]) -> Result:
        """Wait until a mail has arrived with which `found` returns something; return that. TimeoutError after 20 s."""
        async with asyncio.timeout(20):
            while (result := found()) is None:
                self._arrived.clear()
                await self._arrived.wait()
        return result

    async def next_to(self, address: str, known: int) -> EmailMessage:
        """Wait for the mail to one person that comes after so many known ones."""
        return await self.until(lambda: next(iter(self.to(address)[known:]), None))

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to one person, oldest first, without a first admin's welcome."""
        mails = [mail for mail in self.mails if address in str(mail["To"])]
        return [mail for mail in mails if not str(mail["Subject"]).endswith(WELCOME)]

    def welcomes(self) -> list[str]:
        """Return the subjects of all first admins' welcome mails."""
        return [subject for mail in self.mails if (subject := str(mail["Subject"])).endswith(WELCOME)]

    def subjects(self, address: str) -> list[str]:
        """Return the subjects of the mails to one person, without the login codes and a first admin's welcome."""
        return [str(mail["Subject"]) for mail in self.to(address) if not _code_in(mail)]

    def code(self, address: str) -> str:
        """Return the newest login code of one person, who must have one."""
        code = self.newest_code(address)
        assert code is not None, address
        return code

    def newest_code(self, address: str) -> str | None:
        """Return the newest login code of one person, or None."""
        return next((code for mail in reversed(self.to(address)) if (code := _code_in(mail))), None)

    def invitations(self, address: str) -> list[str]:
        """Return the tokens of one person's invitations, oldest first."""
        matches = (re.search(r"/invite/([\w-]{16,})", text_of(mail)) for mail in self.to(address))
        return [match.group(1) for match in matches if match is not None]


def text_of(mail: EmailMessage) -> str:
    """Return a mail's text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _code_in(mail: EmailMessage) -> str | None:
    match = re.search(r"^\s*(\d{4})\s*$", text_of(mail), re.MULTILINE) or re.search(
        r"\b(\d{4})\b", str(mail["Subject"])
    )
    return match.group(1) if match else None


class Journey:
    """The whole system under test."""

    def __init__(
        self, clock: HandClock, stripe: StripeSide, services: dict[Service, OneService], bus: MemoryBus
    ) -> None:
        self.clock = clock
        self.stripe = stripe
        self.services = services
        self.bus = bus
        for service, instance in services.items():
            for topic in instance.runtime.definition.topics:
                bus.subscribers[topic].add(service)
        self.letterbox = Letterbox()
        self.public = PUBLIC
        self.http: gateway.GatewayHttp
        self.gateway_port: GatewayPort
        self._lock = asyncio.Lock()
        self._overview: asyncpg.Connection[Any]
        self.held: dict[Service, Held] = defaultdict(Held)
        """The agencies that each relay holds back, because the bus refused a record of theirs."""

    async def publish(self, record: Outgoing) -> bool:
        """Put a record on the bus past the outbox, as the gateway does with Stripe's events."""
        return all(await self.bus.publish([record]))

    async def connect(self, database: str) -> None:
        self._overview = await asyncpg.connect(database)

    async def close(self) -> None:
        await self._overview.close()
        for instance in self.services.values():
            await instance.close()

    async def step(self) -> int:
        """Run every relay, inbox, and worker once; return how much moved."""
        async with self._lock:
            return sum([await part() for part in self.parts()])

    async def until_published(self, message_type: str, count: int = 1) -> None:
        """Step until `count` messages of this type are published, however long a request begun `later` takes."""
        while len(self.published(message_type)) < count:
            await self.step()
            await asyncio.sleep(0)

    async def move(self) -> int:
        """Run the relays, inboxes, and workers that have work; return how much moved, 0 when nothing is left to do."""
        async with self._lock:
            moved = await self.http.gateway.code_mails.run_once()
            for service, work in (await work_of(self._overview, self.services, self.clock())).items():
                moved += await self._relay(service) if work.unsent else 0
                moved += await self._handle(service, 500, None)
                moved += await self.services[service].workers.run_once() if work.due else 0
            return moved

    def parts(self, most: int = 500, rng: Random | None = None) -> list[Callable[[], Awaitable[int]]]:
        """Return the relays, inboxes, and workers, each as a function that runs once and returns how much moved.

        An inbox handles up to `most` records per run, topic by topic: in their order, or in an order drawn by `rng`.
        """
        parts: list[Callable[[], Awaitable[int]]] = [self.http.gateway.code_mails.run_once]
        for service, instance in self.services.items():
            relay = partial(self._relay, service)
            parts += [relay, partial(self._handle, service, most, rng), instance.workers.run_once]
        return parts

    async def _relay(self, service: Service) -> int:
        publish = TRUST.signing(self.bus.publish)
        async with connection(self.services[service].pool) as db:
            return await run_once(db, publish, held=self.held[service]) + (await replay_once(db, publish))[0]

    async def _handle(self, service: Service, most: int, rng: Random | None) -> int:
        instance = self.services[service]
        topics = list(instance.runtime.definition.topics)
        if rng is not None:
            rng.shuffle(topics)
        if records := self.bus.poll(service, topics, most):
            await instance.inbox.handle(records)
        return len(records)

    async def drain(self) -> None:
        """Deliver messages and run tasks until nothing moves without the clock."""
        while await self.move():
            pass

    def later(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Begin a request and go on; `during` waits for its response."""
        return asyncio.create_task(work)

    @contextmanager
    def impatient(self, seconds: float = 0.5) -> Iterator[None]:
        """Let the gateway wait this long only, for the requests that begin here: their outcome does not come."""
        operations = self.http.gateway.operations
        patience, operations.patience = operations.patience, seconds
        try:
            yield
        finally:
            operations.patience = patience

    async def during(self, work: Coroutine[Any, Any, Result] | asyncio.Task[Result]) -> Result:
        """Drain while a request waits for its response; return the response."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        while not task.done():
            if not await self.move():
                await asyncio.wait([task], timeout=DRAIN_PAUSE_SECONDS)
        return await task

    async def together(self, requests: Sequence[Coroutine[Any, Any, httpx.Response]]) -> set[int]:
        """Make requests at once; return the set of their statuses."""

        async def gathered() -> list[httpx.Response]:
            return await asyncio.gather(*requests)

        return {response.status_code for response in await self.during(gathered())}

    async def advance(self, seconds: float) -> None:
        """Move every clock, then drain."""
        self.clock.advance(seconds)
        await self.drain()

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Move every clock in steps, and drain after each step, so that paced work happens in between."""
        for _ in range(round(seconds / step)):
            await self.advance(step)

    def browser(self) -> "Browser":
        """Return a new browser without a session."""
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
        """Open an agency as the operator; its first admin is ada@ its domain."""
        response = await self.browser().post(
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
        return response

    async def publish_stripe_events(self, customer_id: str, *types: str, object_id: str | None = None) -> None:
        """Publish Stripe events about a customer, as the gateway does after the webhook, and drain."""
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

    async def deliver_stripe_events(self, after: str) -> str:
        """Publish Stripe's own events after this one, as the webhook would, and drain; return the newest one's id."""
        events, newest, _ = await self.stripe.api.events_after(after)
        for event in events:
            key, value = event.customer_id.encode(), event.model_dump_json().encode()
            await self.publish(Outgoing(STRIPE_EVENTS, key, value, []))
        await self.drain()
        return newest

    async def newest_stripe_event(self) -> str:
        """Return the id of Stripe's newest event."""
        newest = await self.stripe.api.newest_event()
        assert newest is not None
        return newest

    def published(self, type_: str) -> list[PublishedMessage]:
        """Return every message of a type, in the order in which the messages were published."""
        messages = [
            read_record(record)
            for log in self.bus.log.values()
            for record in log
            if dict(record.headers).get("ce_type")
        ]
        return [message for message in messages if message.type == type_]

    async def updates(self) -> list[dict[str, Any]]:
        """Return the subscription updates that Stripe received."""
        log = await self.stripe.control_log()
        return [
            request
            for request in log
            if request["method"] == "POST" and re.fullmatch(r"/v1/subscriptions/\w+", request["path"])
        ]


class Browser:
    """A person with a browser: keeps cookies, sends the page's origin, and lets the system move during a request."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        transport = httpx.ASGITransport(app=journey.http, client=("198.51.100.7", 4711))
        self.client = httpx.AsyncClient(
            transport=transport, base_url=journey.public, headers={"Origin": journey.public}
        )

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send one request to the API, and wait for the response."""
        request = self.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        return await self._journey.during(request)

    async def get(self, path: str) -> Any:  # noqa: ANN401  the API's JSON
        response = await self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.ask("POST", path, body, headers)

    async def put(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.ask("PUT", path, body, headers)

    async def sign_up(self, email: str, seat_type: str = "base", name: str = "Nia Novak") -> httpx.Response:
        return await self.post("/signups", {"email": email, "name": name, "seatType": seat_type})

    async def log_in(self, email: str) -> httpx.Response:
        """Request a code, read the code in the mailbox, and sign in."""
        response = await self.post("/login-codes", {"email": email})
        assert response.status_code == 202, response.text
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
        """Invite a person, and deliver the mail."""
        response = await self.post("/members", {"email": email, "name": name, "seatType": seat_type, "role": role})
        await self._journey.drain()
        return response

    async def reinvite(self, member_id: str, seat_type: str | None = None) -> httpx.Response:
        """Re-invite a member, and deliver the mail."""
        response = await self.post(f"/members/{member_id}/reinvite", {"seatType": seat_type})
        await self._journey.drain()
        return response

    async def accept(self, token: str) -> httpx.Response:
        """Follow an invitation's link."""
        return await self.post("/invitations/accept", {"token": token})

    async def swap(self, member_id: str, seat_type: str) -> httpx.Response:
        """Change a member's seat type."""
        return await self.ask("PATCH", f"/members/{member_id}", {"seatType": seat_type})

    async def exchange(self, moves: Mapping[str, str]) -> httpx.Response:
        """Give these members these seat types in one step."""
        members = [{"id": member_id, "seatType": seat_type} for member_id, seat_type in moves.items()]
        return await self.post("/members/exchange-seats", {"members": members})

    async def me(self) -> Any:  # noqa: ANN401  the API's JSON
        """Return the signed-in member, as GET /me shows it."""
        return (await self.get("/me"))["member"]

    async def row(self, email: str) -> Any:  # noqa: ANN401  the API's JSON
        """Return a member's row in the list, in any status."""
        for query in ("", "&status=removed"):
            for member in (await self.get(f"/members?q={email}{query}"))["items"]:
                if member["email"] == email:
                    return member
        raise AssertionError(f"{email} is not in the list")

    async def auto_add(self, enabled: bool) -> httpx.Response:
        return await self.put("/settings/auto-add", {"enabled": enabled})


@asynccontextmanager
async def journey_on(
    database: str,
    public: str = PUBLIC,
    others: frozenset[str] = frozenset(),
    gather: timedelta = timedelta(),
    catalogue: Catalogue | None = None,
) -> AsyncIterator[Journey]:
    """Run all five services on a migrated database, with Stripe's stand-in.

    `public` is the address that people see, `others` are the origins that may use bearer tokens from a page. Purchases
    start at once unless `gather` says otherwise, because the clock stands still. `catalogue` replaces the product's.
    """
    clock = HandClock()
    sealing_key = Fernet.generate_key().decode()
    sealing = Sealing([sealing_key])
    async with stripe_side(clock, catalogue) as side:
        letterbox = Letterbox()
        definitions: dict[Service, Definition[Any]] = {
            Service.MEMBERS: members.definition(frozenset({"gmail.com"})),
            Service.SEATS: seats.definition(gather),
            Service.BILLING: billing.definition(side.api, side.catalogue, sealing, public, Random(1)),
            Service.NOTIFIER: notifier.definition(
                letterbox, sealing, branding("Headcount <no-reply@seats.example>", public, OPERATOR_ADDRESS)
            ),
            Service.GATEWAY: gateway.definition(),
        }
        bus = MemoryBus()
        services = {
            service: await OneService.open(definition, database, clock, TRUST, bus)
            for service, definition in definitions.items()
        }
        journey = Journey(clock, side, services, bus)
        journey.letterbox = letterbox
        journey.public = public
        gateway_service = services[Service.GATEWAY]
        settings = GatewaySettings(
            postgres=database,
            password=SecretStr(PASSWORD),
            kafka="unused:9092",
            public_url=public,
            support_email="help@seats.example",
            privacy_url="https://seats.example/privacy",
            status_url="https://status.example",
            operator_key=SecretStr(OPERATOR),
            command_keys=SecretStr(COMMAND_KEY),
            operator_command_keys=SecretStr(OPERATOR_COMMAND_KEY),
            pepper=SecretStr("a-pepper-that-is-long-enough-for-tests"),
            sealing_keys=[sealing_key],
            stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
            cors_origins=others,
            # Stories run over days, and their people stay signed in.
            session_idle_hours=24 * 90,
            admin_session_idle_hours=24 * 90,
            session_days=90,
            admin_session_days=90,
            invitations_per_agency=100_000,  # Races run many rounds within a day.
            invitations_per_person=1_000,
            code_mails_per_known_browser=1_000,
        )
        journey.http = gateway.build_http(
            gateway_service.runtime,
            settings,
            publish=journey.publish,
            stalled=lambda: 0.0,
            listen=lambda: connect(gateway_service.dsn, Service.GATEWAY),
        )
        # A busy machine is no reason to answer before the outcome is known. A test that wants that answer waits less.
        journey.http.gateway.operations.patience = 15.0
        listener = journey.http.gateway.listener
        listening = asyncio.create_task(listener.run())
        await listener.listening.wait()
        await journey.connect(database)
        try:
            yield journey
        finally:
            listener.close()
            await listening
            await journey.close()
