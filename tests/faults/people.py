"""Who comes: agencies of three kinds and their clinicians, over HTTP alone, patient with whatever is away."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal
from uuid import UUID, uuid4

import httpx

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet
from tests.faults.sink import Mail

Kind = Literal["buys", "full", "roomy"]
"""Auto-Add ON and full from the start; OFF, with seats for 60 of 100; OFF, with a seat for everybody."""
AWAY = {502, 503}
PATIENCE_SECONDS = 240
MAIL_SECONDS = 25


@dataclass(eq=False)
class Person:
    """A clinician, or an admin, with a browser. `fault` is the number of the fault during which they came."""

    email: str
    agency: Agency
    fault: int = -1
    cookie: str = ""
    asked: int = 0
    in_line: bool = False


@dataclass(eq=False)
class Agency:
    """An agency. `free` is how many seats it has beside its admin's."""

    domain: str
    kind: Kind
    free: int
    id: UUID | None = None
    people: list[Person] = field(default_factory=list)
    unused: list[Person] = field(default_factory=list)

    @property
    def admin(self) -> str:
        """Whose address everything is mailed to."""
        return f"admin@{self.domain}"


class NobodyAnswersError(AssertionError):
    """A request found nobody for minutes."""


class People:
    """Everybody of a run."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._turn = itertools.count()
        self._clients: list[httpx.AsyncClient] = []
        self.agencies: list[Agency] = []
        self.faulty: list[str] = []
        """Answers that nobody should ever get."""

    def start(self) -> None:
        """A client of each gateway; it keeps nobody's cookies."""
        for replica in self._fleet.of(Service.GATEWAY):
            jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            origin = {"Origin": self._fleet.world.gateway_url}
            self._clients.append(
                httpx.AsyncClient(
                    base_url=replica.url,
                    cookies=jar,
                    headers=origin,
                    trust_env=False,
                    timeout=20,
                    limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
                )
            )

    async def close(self) -> None:
        """Let go of the connections."""
        for client in self._clients:
            await client.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        cookie: str = "",
        headers: dict[str, str] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Ask one gateway after the other until one answers; the same key each time, so that it happens once."""
        sent = dict(headers or {})
        if method != "GET":
            sent["Idempotency-Key"] = key or str(uuid4())
        if cookie:
            sent["Cookie"] = cookie
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            client = self._clients[next(self._turn) % len(self._clients)]
            try:
                answer = await client.request(method, f"/api/v1{path}", json=body, headers=sent)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                self.faulty.append(f"{method} {path.partition('?')[0]} was answered 500: {answer.text[:200]}")
            elif answer is not None and answer.status_code not in AWAY:
                return answer
            await asyncio.sleep(0.3)
        raise NobodyAnswersError(f"{method} {path}")

    async def open(self, agency: Agency, count: int) -> None:
        """Open an agency, with so many clinicians who will come; sign its BAA, switch Auto-Add as its kind wants."""
        order = {
            "name": agency.domain,
            "domain": agency.domain,
            "adminEmail": agency.admin,
            "adminName": "Ada Park",
            "cycle": "monthly",
            "base": 1 + agency.free,
            "voice": 0,
            "adminSeatType": "base",
            "paymentMethod": "pm_card_visa",
        }
        operator = {"Authorization": f"Bearer {self._fleet.keys.operator_key}"}
        opened = await self.ask("POST", "/agencies", order, headers=operator)
        assert opened.status_code == httpx.codes.CREATED, opened.text
        ada = Person(agency.admin, agency)
        await self.sign_in(ada)
        version = (await self.ask("GET", "/baa", cookie=ada.cookie)).json()["version"]
        signature = {"signerName": "Ada Park", "signerTitle": "Director", "version": version}
        assert (await self.ask("POST", "/baa/signature", signature, cookie=ada.cookie)).is_success
        wanted = {"enabled": agency.kind == "buys"}
        assert (await self.ask("PUT", "/settings/auto-add", wanted, cookie=ada.cookie)).is_success
        agency.id = UUID((await self.ask("GET", "/me", cookie=ada.cookie)).json()["agency"]["id"])
        agency.unused = [Person(f"c{number}@{agency.domain}", agency) for number in range(count)]
        self.agencies.append(agency)

    async def comes(self, person: Person, fault: int) -> None:
        """A clinician signs up and logs in for the first time."""
        person.fault = fault
        person.agency.people.append(person)
        body = {"email": person.email, "name": f"Clinician {person.email.partition('@')[0]}", "seatType": "base"}
        key = str(uuid4())
        # Until it is over: who is not known yet is mailed no code.
        while (answer := await self.ask("POST", "/signups", body, key=key)).status_code == httpx.codes.ACCEPTED:
            await asyncio.sleep(0.3)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        await self.sign_in(person)
        person.in_line = True

    async def sign_in(self, person: Person) -> None:
        """Ask for a code until one is mailed, and sign in with it."""
        while True:
            mail = await self._code(person)
            if mail is None:
                continue
            # A code works in the browser that asked last; the link beside it works in any, and counts no wrong try.
            proof = {"email": person.email, "code": mail.code} if person.asked == 1 else {"token": mail.link}
            answer = await self.ask("POST", "/sessions", proof, person.cookie)
            if answer.status_code in {httpx.codes.CREATED, httpx.codes.ACCEPTED}:
                person.cookie = cookies_of(answer) or person.cookie
                return
            code = answer.json().get("code")
            if code == "already_answered":  # the first answer was lost on the way, and a session is not given twice
                return
            # Signed up a moment ago, and the page does not know it yet; or the mail was an older one's.
            assert code in {"invalid_code", "link_expired"}, answer.text

    async def _code(self, person: Person) -> Mail | None:
        have = len(self._codes(person))
        person.asked += 1
        answer = await self.ask("POST", "/login-codes", {"email": person.email}, person.cookie)
        if answer.status_code != httpx.codes.ACCEPTED:
            # The answer that carried the browser's cookie was lost, and is not given twice: asked again as another.
            assert answer.json()["code"] == "already_answered", answer.text
        person.cookie = cookies_of(answer) or person.cookie
        until = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < until:
            if len(mails := self._codes(person)) > have:
                return mails[-1]
            await asyncio.sleep(0.1)
        return None

    def _codes(self, person: Person) -> list[Mail]:
        return [mail for mail in self._fleet.sink.by_address[person.email] if mail.code is not None]


def cookies_of(answer: httpx.Response) -> str:
    """What the browser sends back from now on."""
    return "; ".join(cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie"))


def agencies(count: int, each: int) -> Sequence[Agency]:
    """Two in five of them buy, two in five are too small for their people, one in five has room for all."""
    kinds: tuple[tuple[Kind, int], ...] = (
        ("buys", 0),
        ("full", each * 6 // 10),
        ("buys", 0),
        ("full", each * 6 // 10),
        ("roomy", each),
    )
    return [Agency(f"a{number}.example", *kinds[number % len(kinds)]) for number in range(count)]
