"""The system under simulation: five services, two replicas of each, on one Postgres; made once, reset for each seed."""

from __future__ import annotations

import secrets as real_secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
from cryptography.fernet import Fernet
from pydantic import SecretStr

from chassis.actor import Definition
from chassis.clock import World
from chassis.inbox import Inbox
from chassis.outbox import run_once
from chassis.postgres import Pool, connect, open_pool
from chassis.records import Outgoing
from chassis.runtime import ActorRuntime
from chassis.sealing import Sealing
from chassis.settings import with_role
from chassis.workers import Workers
from contracts.vocabulary import Service
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
from tests.simulation.seams import MailServer, SeamedConnection, SeamedStore, seamed
from tests.simulation.stripe import WEBHOOK_SECRET, StripeSide
from tests.simulation.turns import seam
from tests.support.clock import START, HandClock
from tests.support.journey import OPERATOR, PUBLIC
from tests.support.one_service import PASSWORD

REPLICAS = (0, 1)
_PATIENT = {
    "lock_timeout": "0", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
    "plan_cache_mode": "force_custom_plan",
}  # fmt: skip
"""A turn may hold a lock for as long as the seed lets it rest; and a plan, with it the order of rows that were not
ordered, does not hang on what this connection was used for before."""
_LIMITS_IN_SECONDS = (
    "chassis.postgres.COMMAND_SECONDS",
    "services.billing.performers.portal._PATIENCE",
    "services.billing.performers.quoting.PATIENCE",
    "services.gateway.application.webhooks._PATIENCE_SECONDS",
)
"""Limits by the wall's clock: when a call comes back, and whether, is for the seed to say."""
Make = Callable[[Random], Definition[Any]]
"""Makes what a process of a service begins with, its chance given."""


@dataclass
class _Woken:
    """In the relay's place in a process, of which the seed says when it runs."""

    wake: Callable[[], None]
    leads: bool = False


class Replica:
    """One process of a service."""

    def __init__(self, service: Service, index: int, make: Make, pool: Pool, clock: HandClock) -> None:
        self.service = service
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
        """What has something to do now, as the product itself would wake it."""
        relay: Any = _Woken(lambda: self.woken.add("relays"))
        self.runtime.wakes(relay, lambda: self.woken.add("performs"))
        self.direct: Any = None
        self.consumer: Consumer
        self.http: gateway.GatewayHttp | None = None
        self.anew()

    def anew(self) -> None:
        """As it is when its process starts: it remembers nothing."""
        made = self._make(self.rng)
        self.runtime.definition = replace(made, store=SeamedStore(made.store))
        self.inbox = Inbox(self.runtime)
        self.workers = Workers(self.runtime)
        if self.http is not None:
            front = self.http.gateway
            for part in (front.operations, front.codes, front._limits):
                for name in (*getattr(part, "__dict__", ()), *getattr(part, "__slots__", ())):
                    if isinstance(kept := getattr(part, name), Batcher):
                        setattr(part, name, Batcher(kept._carry_out))

    def _new_id(self) -> UUID:
        """A UUIDv7 of this clock, its random bits from the seed."""
        milliseconds = int(self._clock().timestamp() * 1000)
        bits = (milliseconds << 80) | (0x7 << 76) | (self.rng.getrandbits(12) << 64)
        return UUID(int=bits | (0b10 << 62) | self.rng.getrandbits(62))

    def what_woke(self) -> set[str]:
        """The kinds of turns for which there is something since this was last asked."""
        if self.http is not None and self.http.gateway.codes.requested.is_set():
            self.http.gateway.codes.requested.clear()
            self.woken.add("mails codes")
        woken, self.woken = self.woken, set()
        return woken

    async def handle(self, rng: Random) -> None:
        """One poll."""
        records = self.consumer.poll(rng, rng.choice((1, 3, 10, 50)))
        if records:
            await seam("polled")
            await self.inbox.handle(records)
            await seam("heard")
            self.consumer.commit()

    async def perform(self) -> None:
        """One task."""
        await self.workers.run_once(most=1)

    async def relay(self, bus: Bus) -> None:
        """One round."""
        await run_once(SeamedConnection(self.direct), bus.publish)  # type: ignore[arg-type]  # the same, with seams

    async def mail_codes(self) -> None:
        """Order the mails of codes."""
        assert self.http is not None
        await self.http.gateway.code_mails.run_once()


class System:
    """All of it."""

    def __init__(self, look: asyncpg.Connection[Any], sight: asyncpg.Connection[Any]) -> None:
        self.look = look
        """For those who watch, between the turns."""
        self.sight = SeamedConnection(sight)
        """For people in their turns: what they see on a page before they act."""
        self.clock = HandClock()
        self.mails = MailServer()
        self.stripe = StripeSide(self.clock)
        self.drift = Drift(self.stripe.api)
        self.replicas: list[Replica] = []
        self.bus = Bus(Random(0), 0.0)
        self._tables = ""
        self._patches = ExitStack()

    @classmethod
    async def open(cls, database: str) -> System:
        """On a migrated database."""
        self = cls(await asyncpg.connect(database), await asyncpg.connect(database))
        await self.stripe.open()
        key = Fernet.generate_key().decode()
        sealing = Sealing([key])
        paper = branding("Headcount <no-reply@seats.example>", PUBLIC)
        made: dict[Service, Make] = {
            Service.MEMBERS: lambda _: members.definition(frozenset({"gmail.com"})),
            Service.SEATS: lambda _: seats.definition(),
            Service.BILLING: lambda rng: billing.definition(
                self.stripe.api, self.stripe.catalogue, sealing, PUBLIC, rng
            ),
            Service.NOTIFIER: lambda _: notifier.definition(self.mails, sealing, paper),
            Service.GATEWAY: lambda _: gateway.definition(),
        }
        for limit in _LIMITS_IN_SECONDS:
            self._patches.enter_context(patch(limit, 1e9))
        for service, make in made.items():
            for index in REPLICAS:
                await self._start(database, service, index, make, key)
        rows = await self.look.fetch(_TABLES, [service.value for service in Service])
        tables = [f'"{row["schemaname"]}"."{row["tablename"]}"' for row in rows]
        self._tables = ", ".join(tables)
        # What a vacuum moves, and when, is no seed's.
        for table in tables:
            await self.look.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        return self

    async def _start(self, database: str, service: Service, index: int, make: Make, sealing_key: str) -> None:
        dsn = with_role(database, service.value, PASSWORD)
        with patch.dict("chassis.postgres._LIMITS", _PATIENT):
            pool = await open_pool(dsn, service, size=8)
            replica = Replica(service, index, make, pool, self.clock)
            replica.direct = await connect(dsn, service, command_timeout=None)
        if service is Service.GATEWAY:
            settings = GatewaySettings(
                postgres=database, password=SecretStr(PASSWORD), kafka="unused:9092", public_url=PUBLIC,
                operator_key=SecretStr(OPERATOR), pepper=SecretStr("a-pepper-that-is-long-enough-for-tests"),
                sealing_keys=[sealing_key], stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
                invitations_per_person=1_000,
            )  # fmt: skip
            replica.http = gateway.build_http(
                replica.runtime,
                settings,
                publish=self._publish,
                stalled=lambda: 0.0,
                listen=lambda: connect(dsn, Service.GATEWAY),
                extend=lambda _app, _gateway: None,
            )
            # Whoever writes looks for what came of it later: how long is for the seed to say, and not for a timer.
            replica.http.gateway.operations._patience = 0.0
        self.replicas.append(replica)

    async def _publish(self, record: Outgoing) -> bool:
        """On the bus of the seed at hand."""
        return await self.bus.publish_one(record)

    async def close(self) -> None:
        for replica in self.replicas:
            await replica.direct.close()
            await replica.pool.close()
        await self.stripe.api.close()
        await self.look.close()
        await self.sight.close()
        self._patches.close()

    async def reset(self, seed: int, *, bus: float, stripe: float, mail: float) -> None:
        """Everything as it is on the first day; the figures are how often the bus, Stripe and the mail server fail."""
        await self.look.execute(f"TRUNCATE {self._tables} RESTART IDENTITY CASCADE")
        self.clock.now = START
        self.stripe.reset(Random(f"{seed}/stripe"), stripe)
        self.bus = Bus(Random(f"{seed}/bus"), bus)
        self.mails.mails.clear()
        self.mails.rng, self.mails.mischief = Random(f"{seed}/mail"), mail
        for replica in self.replicas:
            replica.rng.seed(f"{seed}/{replica.name}")
            replica.what_woke()
            replica.anew()
            replica.consumer = Consumer(
                self.bus, replica.service.value, replica.index, replica.runtime.definition.topics
            )
        for service in Service:
            for number in range(PARTITIONS):
                self.bus.owner[service.value, number] = number % len(REPLICAS)

    @contextmanager
    def calm(self, *, stripe: bool) -> Iterator[None]:
        """Nothing fails meanwhile, or Stripe's answers alone."""
        kept = self.bus.mischief, self.stripe.mischief, self.mails.mischief
        self.bus.mischief, self.mails.mischief = 0.0, 0.0
        self.stripe.mischief = 0.0 if stripe else self.stripe.mischief
        yield
        self.bus.mischief, self.stripe.mischief, self.mails.mischief = kept

    def of(self, service: Service) -> list[Replica]:
        return [one for one in self.replicas if one.service is service]

    def now(self) -> datetime:
        return self.clock()


class _Seeded:
    """What `secrets` gives, from a seed: nothing that is decided may hang on real chance."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(f"{seed}/secrets")

    def token_bytes(self, count: int) -> bytes:
        return self._chance.randbytes(count)

    def token_hex(self, count: int) -> str:
        return self._chance.randbytes(count).hex()

    def token_urlsafe(self, count: int) -> str:
        return f"{self._chance.getrandbits(8 * count):0{2 * count}x}"

    def randbelow(self, most: int) -> int:
        return self._chance.randrange(most)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  what is no chance
        return getattr(real_secrets, name)


@contextmanager
def seeded_secrets(seed: int) -> Iterator[None]:
    """Codes, tokens, keys and Stripe's ids come from the seed."""
    seeded = _Seeded(seed)
    with (
        patch("services.gateway.application.hashing.secrets", seeded),
        patch("services.gateway.application.api_keys.secrets", seeded),
        patch("deploy.local.stripe_standin.ids.secrets", seeded),
    ):
        yield


_TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) AND tablename <> 'migrations'"
