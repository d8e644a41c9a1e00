"""A crowd of clinicians who use real processes over HTTP, and repeat a request while a service is down."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from contracts.vocabulary import Service
from deploy.local.world import World

AWAY = {502, 503}
_CODE = re.compile(r"^(\d{4}) is your")


@dataclass
class Agency:
    """An agency of the crowd: its admin, and the clinicians who sign up."""

    domain: str
    auto_add: bool
    admin: "Person"
    people: list["Person"] = field(default_factory=list)


@dataclass(eq=False)
class Person:
    """A person with a browser of their own."""

    email: str
    client: httpx.AsyncClient
    status: str | None = None

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request until the gateway responds. Every attempt carries the same key, so the write happens once."""
        headers |= {"Idempotency-Key": str(uuid4())} if method != "GET" else {}
        for _ in range(600):
            try:
                response = await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code not in AWAY:
                return response
            await asyncio.sleep(0.2)
        raise AssertionError(f"{method} {path}: no response")


class Crowd:
    """All agencies and people of one run."""

    def __init__(self, world: World, operator_key: str) -> None:
        self.world = world
        self._operator = {"Authorization": f"Bearer {operator_key}"}
        self.agencies: list[Agency] = []
        self._reading = asyncio.Lock()

    def person(self, email: str) -> Person:
        """Return a new person, whose browser holds no cookie yet."""
        url = self.world.gateway_url
        client = httpx.AsyncClient(base_url=url, headers={"Origin": url}, trust_env=False, timeout=30)
        return Person(email, client)

    async def open_agency(self, domain: str, *, seats: int, auto_add: bool) -> Agency:
        """Open an agency, sign its BAA, and switch Auto-Add on or off."""
        admin = self.person(f"admin@{domain}")
        agency_request = {
            "name": domain,
            "domain": domain,
            "adminEmail": admin.email,
            "adminName": "Ada Park",
            "cycle": "monthly",
            "base": seats,
            "voice": 0,
            "adminSeatType": "base",
            "paymentMethod": "pm_card_visa",
        }
        opened = await admin.ask("POST", "/agencies", agency_request, **self._operator)
        assert opened.is_success, opened.text
        await self.log_in([admin])
        agency = Agency(domain, auto_add, admin)
        version = (await admin.ask("GET", "/baa")).json()["version"]
        signature = {"signerName": "Ada Park", "signerTitle": "Director", "version": version}
        assert (await admin.ask("POST", "/baa/signature", signature)).is_success
        assert (await admin.ask("PUT", "/settings/auto-add", {"enabled": auto_add})).is_success
        self.agencies.append(agency)
        return agency

    async def sign_up(self, agency: Agency, count: int) -> None:
        """Sign up `count` clinicians of the agency."""
        people = [self.person(f"c{n}@{agency.domain}") for n in range(count)]
        for person in people:
            body = {"email": person.email, "name": f"Clinician {person.email}", "seatType": "base"}
            assert (await person.ask("POST", "/signups", body)).is_success
        agency.people += people

    async def log_in(self, people: list[Person]) -> None:
        """Request codes, read them in the mailbox, and sign in."""
        await self.sign_in(await self.codes(people))

    async def sign_in(self, codes: dict[Person, str], pause: float = 0) -> None:
        """Sign each person in with their code, `pause` seconds apart."""
        tasks = []
        for person, code in codes.items():
            tasks.append(asyncio.create_task(self._sign_in(person, code)))
            await asyncio.sleep(pause)
        await asyncio.gather(*tasks)

    async def codes(self, people: list[Person]) -> dict[Person, str]:
        """Request a code for each person, and read the codes in the mailbox."""
        for start in range(0, len(people), 20):
            requests = (
                person.ask("POST", "/login-codes", {"email": person.email}) for person in people[start : start + 20]
            )
            assert all(response.is_success for response in await asyncio.gather(*requests))
        codes = await self._read_codes({person.email for person in people})
        return {person: codes[person.email] for person in people}

    async def _sign_in(self, person: Person, code: str) -> None:
        response = await person.ask("POST", "/sessions", {"email": person.email, "code": code})
        # The gateway gives a session once: if its first response was lost, a retry gets `already_answered`.
        assert response.status_code == httpx.codes.CREATED or response.json()["code"] == "already_answered", (
            response.text
        )

    async def _read_codes(self, addresses: set[str]) -> dict[str, str]:
        async with asyncio.timeout(120):
            while True:
                codes = {}
                for mail in await self.mails():
                    match = _CODE.match(mail["subject"])
                    if match:
                        codes[mail["to"][0]["address"]] = match.group(1)
                if addresses <= codes.keys():
                    return codes
                await asyncio.sleep(0.3)

    async def mails(self) -> list[dict[str, Any]]:
        """Return every mail in the mailbox, oldest first."""
        async with self._reading, httpx.AsyncClient(trust_env=False, timeout=60) as client:
            for _ in range(60):
                try:
                    return list((await client.get(f"{self.world.mailbox.url}/email")).json())
                except httpx.TransportError:
                    await asyncio.sleep(0.5)
        raise AssertionError("the mailbox does not respond")

    async def counts(self, agency: Agency) -> dict[str, int]:
        """Return the agency's members by status, as its admin sees them."""
        counts: dict[str, int] = (await agency.admin.ask("GET", "/members?limit=1")).json()["counts"]
        return counts

    async def close(self) -> None:
        """Close every browser."""
        for agency in self.agencies:
            for person in (agency.admin, *agency.people):
                await person.client.aclose()


def mails_by_subject(mails: list[dict[str, Any]], address: str, word: str) -> set[str]:
    """Return the Message-IDs of the mails to this address with this word in the subject."""
    mine = [mail for mail in mails if mail["to"][0]["address"] == address]
    return {mail["messageId"] for mail in mine if word in mail["subject"].lower()}


async def outbox_messages(world: World, service: Service, type_: str) -> list[Any]:
    """Return every message of a type in a service's outbox, with its data parsed."""
    db = await asyncpg.connect(world.postgres.url)
    try:
        rows = await db.fetch(f"SELECT * FROM {service}.outbox WHERE type = $1 ORDER BY id", type_)
    finally:
        await db.close()
    return [dict(row) | {"data": json.loads(row["data"])} for row in rows]


async def deferred_messages(world: World) -> list[Any]:
    """Return the messages that any service has deferred."""
    db = await asyncpg.connect(world.postgres.url)
    try:
        return [
            row
            for service in Service
            for row in await db.fetch(f"SELECT kind, reason, type FROM {service}.deferred_messages")
        ]
    finally:
        await db.close()
