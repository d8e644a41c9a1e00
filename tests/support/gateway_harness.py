"""The gateway on a real database: tests call its HTTP, hand it events, and read commands from its outbox."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from chassis.relay import Relay
from contracts import members as events
from contracts import members_agencies, members_invitations
from contracts.billing import AccountOpened
from contracts.message import Message, Seats
from contracts.notifier import Send
from contracts.vocabulary import ANYONE, Actor, BillingCycle, MemberStatus, Role, SeatType, Service
from database.postgres import connect
from hosting.sealing import Sealing
from services.gateway.app import GatewayHttp, build_http, definition
from services.gateway.settings import Settings
from tests.support.bus import PublishedMessage
from tests.support.clock import HandClock
from tests.support.keys import COMMAND_KEY, OPERATOR_COMMAND_KEY
from tests.support.one_service import PASSWORD, OneService
from transport.records import Outgoing

PUBLIC = "https://seats.example"
OPERATOR = "operator-key-of-a-test"
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
WEBHOOK_SECRET = "whsec_of_a_test"
GOOD_FOR = timedelta(days=14)


class Bell:
    """Takes the relay's place, and rings when a commit has published a message."""

    leads = True

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def wake(self) -> None:
        self.rung.set()


@dataclass
class GatewayHarness:
    """The gateway under test."""

    service: OneService
    settings: Settings
    bell: Bell = field(default_factory=Bell)
    past_outbox: list[Outgoing] = field(default_factory=list)
    broker_down: bool = False
    stalled: float = 0.0
    agency_id: UUID = field(default_factory=uuid4)
    admin_id: UUID = field(default_factory=uuid4)
    unread: list[PublishedMessage] = field(default_factory=list)
    http: GatewayHttp = field(init=False)

    def __post_init__(self) -> None:
        self.service.runtime.wakes(cast("Relay", self.bell), lambda: None)
        self.http = build_http(
            self.service.runtime,
            self.settings,
            publish=self._publish,
            stalled=lambda: self.stalled,
            listen=lambda: connect(self.service.dsn, Service.GATEWAY),
        )

    async def _publish(self, record: Outgoing) -> bool:
        if not self.broker_down:
            self.past_outbox.append(record)
        return not self.broker_down

    def browser(self, network: str = "203.0.113.9", *, origin: str | None = PUBLIC) -> httpx.AsyncClient:
        """A new browser, at this network address."""
        transport = httpx.ASGITransport(self.http, raise_app_exceptions=False, client=(network, 4711))
        headers = {} if origin is None else {"Origin": origin}
        return httpx.AsyncClient(transport=transport, base_url=PUBLIC, headers=headers)

    async def handle(
        self, event: Message, *, command: UUID | None = None, agency: UUID | None = None, actor: Actor = ANYONE
    ) -> None:
        """Have the gateway handle an event, as the outcome of that command."""
        await self.service.handle(event, agency or self.agency_id, correlation_id=command, actor=actor)

    async def published(self, kind: type[Message], *, to: str | None = None) -> PublishedMessage:
        """The next message of that type that the gateway publishes or sends (to that address)."""
        async with asyncio.timeout(20):
            while True:
                self.unread += await self.service.published()
                for at, message in enumerate(self.unread):
                    if message.type == kind.type and to in {None, getattr(message.data, "email", None)}:
                        return self.unread.pop(at)
                await self.bell.rung.wait()
                self.bell.rung.clear()

    async def answered(
        self,
        request: Awaitable[httpx.Response],
        kind: type[Message],
        outcome: Callable[[Any], Message],
    ) -> httpx.Response:
        """Make a request and, while it waits, have the gateway handle the outcome of the request's command."""
        asking = asyncio.ensure_future(request)
        command = await self.published(kind)
        envelope = command.envelope
        event = outcome(command.data)
        await self.handle(event, command=envelope.id, agency=envelope.agency_id, actor=envelope.actor)
        return await asking

    async def agency(
        self, *, base: int = 3, voice: int = 1, agency: UUID | None = None, domain: str = "", locale: str = "en"
    ) -> None:
        """An agency that is open, with one Active admin."""
        admin_id = self.admin_id if agency is None else uuid4()
        domain = domain or "harbor.example"
        await self.handle(
            members_agencies.AgencyFounded(
                name=f"Clinic of {domain}",
                domain=domain,
                cycle=BillingCycle.MONTHLY,
                base=base,
                voice=voice,
                payment_method="pm_card_visa",
                admin_id=admin_id,
                admin_email=f"ada@{domain}",
                admin_name="Ada Admin",
                admin_seat_type=SeatType.BASE,
                locale=locale,
            ),
            agency=agency,
        )
        opened = AccountOpened(
            customer_id="cus_1",
            subscription_id="sub_1",
            purchased=Seats(base=base, voice=voice),
            cycle=BillingCycle.MONTHLY,
            total=100,
        )
        await self.handle(opened, agency=agency)
        await self.handle(events.Activated(member_id=admin_id, seat_type=SeatType.BASE, role=Role.ADMIN), agency=agency)

    async def signed_up(
        self, email: str = "noor@harbor.example", name: str = "Noor Haddad", seat_type: SeatType = SeatType.VOICE
    ) -> UUID:
        """Add a member in Pending login."""
        member_id = uuid4()
        await self.handle(events.SignedUp(member_id=member_id, email=email, name=name, seat_type=seat_type))
        return member_id

    async def activate(self, member_id: UUID, role: Role = Role.CLINICIAN) -> None:
        """Give the member a Voice seat."""
        await self.handle(events.Activated(member_id=member_id, seat_type=SeatType.VOICE, role=role))

    async def mailed(self, browser: httpx.AsyncClient, email: str) -> dict[str, str]:
        """Request a code in this browser; return the content of its mail: `code` and `link`."""
        requested = await browser.post("/api/v1/login-codes", json={"email": email})
        assert requested.status_code == 202, requested.text
        await self.http.gateway.code_mails.run_once()
        return Sealing(self.settings.sealing_keys).open((await self.published(Send, to=email)).data.sealed)

    async def sign_in(self, email: str = "ada@harbor.example") -> httpx.AsyncClient:
        """The browser of an Active member who has signed in."""
        browser = self.browser()
        mail = await self.mailed(browser, email)
        answer = await browser.post("/api/v1/sessions", json={"email": email, "code": mail["code"]})
        assert answer.status_code == 201, answer.text
        return browser

    def link_of(self, sealed: str) -> str:
        """The token of the link that a command carries sealed, as only the mail shows it."""
        link = Sealing(self.settings.sealing_keys).open(sealed)["link"]
        assert link.startswith(f"{PUBLIC}/invite/")
        return link.rpartition("/")[2]

    def invited(
        self, command: members_invitations.Invite, member_id: UUID, before: MemberStatus | None = None
    ) -> members_invitations.Invited:
        """The event with which members accepts an invite."""
        return members_invitations.Invited(
            **command.model_dump(), member_id=member_id, expires_at=self.service.clock() + GOOD_FOR, before=before
        )

    async def invite(
        self, admin: httpx.AsyncClient, email: str = "ida@elsewhere.example", **body: str
    ) -> tuple[UUID, str]:
        """Invite a person as an admin; return the member's id and the token of the link."""
        member_id, token = uuid4(), ""

        def taken(command: members_invitations.Invite) -> members_invitations.Invited:
            nonlocal token
            token = self.link_of(command.sealed)
            return self.invited(command, member_id)

        invitation = {"email": email, "name": "Ida Invited", "seatType": "voice", **body}
        answer = await self.answered(admin.post("/api/v1/members", json=invitation), members_invitations.Invite, taken)
        assert answer.status_code == 201, answer.text
        return member_id, token

    def signature(self, body: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> str:
        """Stripe's signature of a body."""
        moment = int(self.service.clock().timestamp() if at is None else at)
        digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return f"t={moment},v1={digest}"


@asynccontextmanager
async def gateway_on(database: str) -> AsyncIterator[GatewayHarness]:
    """Run a gateway with nothing in it yet on a migrated database."""
    service = await OneService.open(definition(), database, HandClock())
    settings = Settings(
        postgres=database,
        password=SecretStr(PASSWORD),
        kafka="unused:9092",
        public_url=PUBLIC,
        support_email="help@seats.example",
        privacy_url="https://seats.example/privacy",
        operator_key=SecretStr(OPERATOR),
        command_keys=SecretStr(COMMAND_KEY),
        operator_command_keys=SecretStr(OPERATOR_COMMAND_KEY),
        pepper=SecretStr("pepper-of-a-test-that-is-long-enough"),
        sealing_keys=[Fernet.generate_key().decode()],
        stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
        cors_origins=frozenset({EXTENSION}),
    )
    made = GatewayHarness(service, settings)
    listening = asyncio.create_task(made.http.gateway.listener.run())
    await made.http.gateway.listener.listening.wait()
    try:
        yield made
    finally:
        made.http.gateway.listener.close()
        await listening
        await service.close()
