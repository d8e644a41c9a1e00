"""The system under simulation: five services, two replicas of each, on one Postgres; made once, reset for each seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
from cryptography.fernet import Fernet
from pydantic import SecretStr

from chassis.actor import ActorContext, Definition, Handler
from chassis.clock import World
from chassis.inbox import Inbox
from chassis.runtime import ActorRuntime
from chassis.workers import Workers
from contracts.message import Message
from contracts.topics import RESENDS
from contracts.vocabulary import Service
from database.postgres import Pool, connect, open_pool
from hosting.gaps import Gaps
from hosting.parking import Parking
from hosting.sealing import Sealing
from hosting.settings import with_role
from services.billing import app as billing
from services.billing.drift import Drift
from services.gateway import app as gateway
from services.gateway.application.batcher import Batcher
from services.gateway.settings import Settings as GatewaySettings
from services.members import app as members
from services.notifier import app as notifier
from services.notifier.mails.branding import branding
from services.seats import app as seats
from tests.simulation.bus import PARTITIONS, Bus, Consumer
from tests.simulation.relays import SimulatedRelay
from tests.simulation.seams import MailServer, SeamedConnection, SeamedStore, seamed
from tests.simulation.stripe import WEBHOOK_SECRET, StripeSide
from tests.simulation.turns import seam
from tests.support.clock import START, HandClock
from tests.support.journey import OPERATOR, PUBLIC
from tests.support.keys import COMMAND_KEY, OPERATOR_COMMAND_KEY, TRUST
from tests.support.one_service import PASSWORD
from transport.records import Outgoing

REPLICAS = (0, 1)
_NO_TIMEOUTS = {
    "lock_timeout": "0", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
    "plan_cache_mode": "force_generic_plan", "jit": "off", "synchronous_commit": "off",
}  # fmt: skip
"""No timeouts: a turn may hold a lock for as long as the seed lets it rest.

One plan for every statement, made anew after the truncation before each seed, so that the order of unordered rows does
not depend on the connection's earlier use. Planning each time costs a fifth of Postgres' time.
"""
_LIMITS_IN_SECONDS = (
    "database.postgres.COMMAND_SECONDS",
    "services.billing.operations.portal._PATIENCE",
    "services.billing.operations.quote.PATIENCE",
    "services.gateway.application.webhooks._PATIENCE_SECONDS",
)
"""Limits by the wall clock. They are lifted, because the seed decides when a call returns and whether it does."""
PORTION = 3
"""Messages of a stream that are taken up together: so few that seeds have backlogs of several portions."""
POLLS = (1, 3, 10, 50)
"""The most records of a poll."""
Make = Callable[[Random], Definition[Any]]
"""Makes a service's definition for a process, with the given random numbers."""


SETTLED = 0.5
"""How often a poll ends a process's second: what it keeps in memory is settled, and its offsets are committed."""


class Replica:
    """One process of a service."""

    def __init__(
        self,
        service: Service,
        index: int,
        make: Make,
        pool: Pool,
        clock: HandClock,
        leading: Callable[[Service], Replica],
    ) -> None:
        """`leading` returns the process whose relay leads a service."""
        self.service = service
        self._leading = leading
        self.index = index
        self.name = f"{service.value}/{index}"
        self.pool = pool
        self.rng = Random(0)
        self._clock = clock
        self._make = make
        self.runtime: ActorRuntime[Any] = ActorRuntime(
            make(self.rng), seamed(pool), World(clock, self._new_id, self.rng)
        )
        self.woken: set[str] = set()
        """The kinds of turns that have work now, as the product itself would wake them."""
        self.direct: Any = None
        self.broken: set[type[Message]] = set()
        """The events whose handlers fail, as if a fault of ours were in them."""
        self.consumer: Consumer
        self.bus: Bus
        self.http: gateway.GatewayHttp | None = None
        self.restart()

    def restart(self) -> None:
        """Restart the process: it keeps nothing in memory."""
        made = self._make(self.rng)
        handlers = {event: self._breakable(event, handler) for event, handler in made.handlers.items()}
        self.runtime.definition = replace(made, store=SeamedStore(made.store), handlers=handlers)
        self.inbox = Inbox(self.runtime, TRUST)
        self.gaps = Gaps(self.runtime, TRUST.signing(self._publish), self.inbox.take, TRUST)
        self.workers = Workers(self.runtime)
        self.relay = SimulatedRelay(self.service, self._clock, self._leading_relay, lambda: self.woken.add("relays"))
        self.runtime.wakes(self.relay, lambda: self.woken.add("runs a task"))
        if self.http is not None:
            gateway_parts = self.http.gateway
            batching = (gateway_parts.operations, gateway_parts.codes, gateway_parts.known_browsers)
            for part in (*batching, gateway_parts._limits):
                for name in (*getattr(part, "__dict__", ()), *getattr(part, "__slots__", ())):
                    if isinstance(kept := getattr(part, name), Batcher):
                        setattr(part, name, Batcher(kept._carry_out))

    def _breakable(self, message: type[Message], handler: Handler) -> Handler:
        def handle(state: Any, payload: Any, ctx: ActorContext) -> None:  # noqa: ANN401  each handler has its own
            if message in self.broken:
                raise RuntimeError("a fault of ours")
            handler(state, payload, ctx)

        return handle

    async def _publish(self, records: Sequence[Outgoing]) -> Sequence[bool | str]:
        """Publish on the current seed's bus."""
        return await self.bus.publish(records)

    async def take_up(self, agency_id: UUID) -> None:
        """Resume a parked agency, as the operator does."""
        await self.inbox.take_up(agency_id)

    def _new_id(self) -> UUID:
        """Return a UUIDv7 of this clock, with random bits from the seed."""
        milliseconds = int(self._clock().timestamp() * 1000)
        bits = (milliseconds << 80) | (0x7 << 76) | (self.rng.getrandbits(12) << 64)
        return UUID(int=bits | (0b10 << 62) | self.rng.getrandbits(62))

    def take_woken(self) -> set[str]:
        """Return and clear the kinds of turns that were woken."""
        if self.http is not None and self.http.gateway.codes.requested.is_set():
            self.http.gateway.codes.requested.clear()
            self.woken.add("mails codes")
        woken, self.woken = self.woken, set()
        return woken

    async def handle(self, rng: Random, sizes: Sequence[int] = POLLS) -> None:
        """Handle one poll of at most one of these sizes."""
        records = self.consumer.poll(rng, rng.choice(sizes))
        if records:
            await seam("polled")
            await self.gaps.handle(records)
            if any(record.topic == RESENDS for record in records):
                self._leading_relay().notified("replayed")
            await seam("handled")
            if rng.random() < SETTLED or not self.consumer.behind():
                await self.inbox.flush()
                await seam("settled")
                self.consumer.commit()

    async def run_task(self) -> None:
        """Run one task."""
        await self.workers.run_once(most=1)

    async def run_relay(self) -> None:
        """Run rounds of the relay until one publishes nothing."""
        db: Any = SeamedConnection(self.direct)
        while await self.relay.round(db, TRUST.signing(self._publish_leading)):
            pass

    async def _publish_leading(self, records: Sequence[Outgoing]) -> Sequence[bool | str]:
        """Publish; what is acknowledged after the lead was lost does not count."""
        acknowledged = await self.bus.publish(records)
        return acknowledged if self.relay.leads else [False] * len(records)

    def _leading_relay(self) -> SimulatedRelay:
        return self._leading(self.service).relay

    async def report_refused(self) -> None:
        """Publish which agencies wait because the broker refuses a record, and which go on."""
        await Parking(self.runtime).run_once()

    async def look_for_gaps(self) -> None:
        """Publish heads, and request what is missing."""
        await self.gaps.run_once()

    async def mail_codes(self) -> None:
        """Send the commands for login-code mails."""
        assert self.http is not None
        await self.http.gateway.code_mails.run_once()

    async def count_idle_seats(self) -> None:
        """Publish the idle seats of the agencies whose admins want a mail about them."""
        assert self.http is not None
        await self.http.gateway.idle_mails.run_once()


class System:
    """The whole system."""

    def __init__(self, db: asyncpg.Connection[Any], page_db: asyncpg.Connection[Any]) -> None:
        self.db = db
        """The connection of the checks, used between the turns."""
        self.page_db = SeamedConnection(page_db)
        """The connection for what people read on a page before they act, used within their turns."""
        self.clock = HandClock()
        self.mails = MailServer()
        self.stripe = StripeSide(self.clock)
        self.drift = Drift(self.stripe.api)
        self.replicas: list[Replica] = []
        self.leads = dict.fromkeys(Service, 0)
        """Of each service, the replica whose relay leads."""
        self.bus = Bus(Random(0), 0.0)
        self._tables = ""
        self._patches = ExitStack()

    @classmethod
    async def open(cls, database: str) -> System:
        """Open the system on a migrated database."""
        self = cls(await asyncpg.connect(database), await asyncpg.connect(database))
        await self.stripe.open()
        key = Fernet.generate_key().decode()
        sealing = Sealing([key])
        mail_branding = branding("Headcount <no-reply@seats.example>", PUBLIC)
        made: dict[Service, Make] = {
            Service.MEMBERS: lambda _: members.definition(frozenset({"gmail.com"})),
            Service.SEATS: lambda _: seats.definition(),
            Service.BILLING: lambda rng: billing.definition(
                self.stripe.api, self.stripe.catalogue, sealing, PUBLIC, rng
            ),
            Service.NOTIFIER: lambda _: notifier.definition(self.mails, sealing, mail_branding),
            Service.GATEWAY: lambda _: gateway.definition(),
        }
        for limit in _LIMITS_IN_SECONDS:
            self._patches.enter_context(patch(limit, 1e9))
        self._patches.enter_context(patch("chassis.inbox.PORTION", PORTION))
        for service, make in made.items():
            for index in REPLICAS:
                await self._start(database, service, index, make, key)
        rows = await self.db.fetch(_TABLES, [service.value for service in Service], _KEPT)
        tables = [f'"{row["schemaname"]}"."{row["tablename"]}"' for row in rows]
        self._tables = ", ".join(tables)
        # A vacuum moves rows at times that no seed decides.
        for table in tables:
            await self.db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        return self

    async def _start(self, database: str, service: Service, index: int, make: Make, sealing_key: str) -> None:
        dsn = with_role(database, service.value, PASSWORD)
        with patch.dict("database.postgres._LIMITS", _NO_TIMEOUTS):
            pool = await open_pool(dsn, service, size=8)
            replica = Replica(service, index, make, pool, self.clock, self.leading)
            replica.direct = await connect(dsn, service, command_timeout=None)
        if service is Service.GATEWAY:
            settings = GatewaySettings(
                postgres=database, password=SecretStr(PASSWORD), kafka="unused:9092", public_url=PUBLIC,
                operator_key=SecretStr(OPERATOR), command_keys=SecretStr(COMMAND_KEY),
                operator_command_keys=SecretStr(OPERATOR_COMMAND_KEY),
                pepper=SecretStr("a-pepper-that-is-long-enough-for-tests"),
                sealing_keys=[sealing_key], stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
                invitations_per_agency=100_000, invitations_per_person=1_000, code_mails_per_address=1_000,
                code_mails_per_browser=1_000, code_mails_per_address_and_network=1_000,
                code_mails_per_known_browser=1_000,
            )  # fmt: skip
            replica.http = gateway.build_http(
                replica.runtime,
                settings,
                publish=self._publish,
                stalled=lambda: 0.0,
                listen=lambda: connect(dsn, Service.GATEWAY),
                extend=lambda _app, _gateway: None,
            )
            # The gateway's wait for an outcome depends on a timer; people in the simulation read the operation later.
            replica.http.gateway.operations.patience = 0.0
        self.replicas.append(replica)

    async def _publish(self, record: Outgoing) -> bool:
        """Publish on the current seed's bus."""
        return await self.bus.publish_one(record)

    async def close(self) -> None:
        for replica in self.replicas:
            await replica.direct.close()
            await replica.pool.close()
        await self.stripe.api.close()
        await self.db.close()
        await self.page_db.close()
        self._patches.close()

    async def reset(self, seed: int, *, bus: float, stripe: float, mail: float) -> None:
        """Reset everything to the first day; the figures are the fault rates of bus, Stripe, and mail server."""
        await self.db.execute(f"TRUNCATE {self._tables} RESTART IDENTITY CASCADE")
        for service in Service:
            await self.db.execute(f'UPDATE "{service}".heads_round SET after = $1, due_at = $2', UUID(int=0), START)
        self.clock.now = START
        self.stripe.reset(Random(f"{seed}/stripe"), stripe)
        self.bus = Bus(Random(f"{seed}/bus"), bus)
        self.mails.mails.clear()
        self.mails.rng, self.mails.fault_rate = Random(f"{seed}/mail"), mail
        self.leads = dict.fromkeys(Service, 0)
        for replica in self.replicas:
            replica.rng.seed(f"{seed}/{replica.name}")
            replica.take_woken()
            replica.broken = set()
            replica.restart()
            replica.bus = self.bus
            replica.consumer = Consumer(
                self.bus, replica.service.value, replica.index, (*replica.runtime.definition.topics, RESENDS)
            )
        for service in Service:
            for number in range(PARTITIONS):
                self.bus.owner[service.value, number] = number % len(REPLICAS)

    @contextmanager
    def calm(self, *, stripe: bool) -> Iterator[None]:
        """Suspend the faults of the bus and the mail server, and of Stripe if `stripe`."""
        kept = self.bus.fault_rate, self.stripe.fault_rate, self.mails.fault_rate
        self.bus.fault_rate, self.mails.fault_rate = 0.0, 0.0
        self.stripe.fault_rate = 0.0 if stripe else self.stripe.fault_rate
        yield
        self.bus.fault_rate, self.stripe.fault_rate, self.mails.fault_rate = kept

    def leading(self, service: Service) -> Replica:
        """Return the process whose relay leads."""
        return self.of(service)[self.leads[service]]

    def of(self, service: Service) -> list[Replica]:
        return [replica for replica in self.replicas if replica.service is service]

    def now(self) -> datetime:
        return self.clock()


_KEPT = ["migrations", "replay_rate", "heads_round"]
"""Tables that migrations fill."""
_TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) AND tablename <> ALL($2)"
