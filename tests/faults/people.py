"""The people of a run: agencies of three kinds and their clinicians, over HTTP, who retry while a server is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

import httpx

from contracts.vocabulary import Service
from tests.faults.entrances import LoadBalancer
from tests.faults.fleet import Fleet
from tests.faults.sink import Mail

Kind = Literal["buys", "full", "roomy"]
"""buys: full from the start, Auto-Add ON. full: seats for 60 of 100, OFF. roomy: a seat for everybody, OFF."""
AWAY = {502, 503}
PATIENCE_SECONDS = 240
MAIL_SECONDS = 25


@dataclass(eq=False)
class Person:
    """A clinician or an admin, with a browser. `fault` is the number of the fault during which the person came."""

    email: str
    agency: Agency
    fault: int = -1
    cookie: str = ""
    codes_requested: int = 0
    in_line: bool = False


@dataclass(eq=False)
class Agency:
    """An agency. `free` is how many seats it has besides its admin's."""

    domain: str
    kind: Kind
    free: int
    id: UUID | None = None
    people: list[Person] = field(default_factory=list)
    unused: list[Person] = field(default_factory=list)

    @property
    def admin(self) -> str:
        """The address of the admin, who gets the agency's mails."""
        return f"admin@{self.domain}"


class NoResponseError(AssertionError):
    """A request got no response for minutes."""


class People:
    """All people of a run."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._entrances = LoadBalancer(fleet.of(Service.GATEWAY), fleet.world.gateway_url)
        self.agencies: list[Agency] = []
        self.faulty: list[str] = []
        """Responses that must never occur."""
        self._longest: dict[str, float] = {}

    def start(self) -> None:
        """Begin the health checks of the gateways."""
        self._entrances.start()

    async def close(self) -> None:
        """Close the connections."""
        await self._entrances.close()

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        cookie: str = "",
        headers: dict[str, str] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Send a request to one gateway after another until one responds; the same key makes the write happen once."""
        request_headers = dict(headers or {})
        if method != "GET":
            request_headers["Idempotency-Key"] = key or str(uuid4())
        if cookie:
            request_headers["Cookie"] = cookie
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_SECONDS:
            response = await self._entrances.request(method, f"/api/v1{path}", body, request_headers)
            if response is not None and response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                self.faulty.append(f"{method} {path.partition('?')[0]} got a 500: {response.text[:200]}")
            elif response is not None and response.status_code not in AWAY:
                self._note(f"{method} {path.partition('?')[0]}", began)
                return response
            await asyncio.sleep(0.3)
        raise NoResponseError(f"{method} {path}")

    async def open(self, agency: Agency, count: int) -> None:
        """Open an agency with `count` clinicians who will come; sign its BAA, and set Auto-Add by its kind."""
        agency_request = {
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
        key = str(uuid4())
        while (
            opened := await self.ask("POST", "/agencies", agency_request, headers=operator, key=key)
        ).status_code == httpx.codes.ACCEPTED:
            await asyncio.sleep(0.3)
        assert opened.status_code == httpx.codes.CREATED, opened.text
        ada = Person(agency.admin, agency)
        await self.sign_in(ada)
        version = (await self.ask("GET", "/baa", cookie=ada.cookie)).json()["version"]
        signature = {"signerName": "Ada Park", "signerTitle": "Director", "version": version}
        assert (await self.ask("POST", "/baa/signature", signature, cookie=ada.cookie)).is_success
        auto_add = {"enabled": agency.kind == "buys"}
        assert (await self.ask("PUT", "/settings/auto-add", auto_add, cookie=ada.cookie)).is_success
        agency.id = UUID((await self.ask("GET", "/me", cookie=ada.cookie)).json()["agency"]["id"])
        agency.unused = [Person(f"c{number}@{agency.domain}", agency) for number in range(count)]
        self.agencies.append(agency)

    async def log_in_first(self, person: Person, fault: int) -> None:
        """Sign a clinician up, and log in for the first time."""
        person.fault = fault
        person.agency.people.append(person)
        body = {"email": person.email, "name": f"Clinician {person.email.partition('@')[0]}", "seatType": "base"}
        key = str(uuid4())
        # Wait until the sign-up has ended, because an unknown address gets no code.
        while (response := await self.ask("POST", "/signups", body, key=key)).status_code == httpx.codes.ACCEPTED:
            await asyncio.sleep(0.3)
        assert response.status_code == httpx.codes.CREATED, response.text
        await self.sign_in(person)
        person.in_line = True

    async def sign_in(self, person: Person) -> None:
        """Request codes until one is mailed, and sign in with it."""
        while True:
            mail = await self._code(person)
            if mail is None:
                continue
            # A code works in the browser that requested it last; the link works in any browser and counts as no wrong
            # try.
            proof = {"email": person.email, "code": mail.code} if person.codes_requested == 1 else {"token": mail.link}
            response = await self.ask("POST", "/sessions", proof, person.cookie)
            if response.status_code in {httpx.codes.CREATED, httpx.codes.ACCEPTED}:
                person.cookie = cookies_of(response) or person.cookie
                return
            code = response.json().get("code")
            if code == "already_answered":  # the first response was lost, and a session is not given twice
                return
            # The gateway does not know the new member yet, or the mail was for an older request.
            assert code in {"invalid_code", "link_expired"}, response.text

    async def _code(self, person: Person) -> Mail | None:
        codes_before = len(self._codes(person))
        person.codes_requested += 1
        response = await self.ask("POST", "/login-codes", {"email": person.email}, person.cookie)
        if response.status_code != httpx.codes.ACCEPTED:
            # The response with the browser's cookie was lost and is not given twice, so the next request is a new
            # browser's.
            assert response.json()["code"] == "already_answered", response.text
        person.cookie = cookies_of(response) or person.cookie
        began = time.monotonic()
        while not (mails := self._codes(person)[codes_before:]) and time.monotonic() < began + MAIL_SECONDS:
            await asyncio.sleep(0.1)
        self._note("a code's mail", began)
        return mails[-1] if mails else None

    def take_longest(self) -> str:
        """Return the longest waits since the last call, of each kind, longest first: where a fault's time goes."""
        longest, self._longest = self._longest, {}
        waits = sorted(longest.items(), key=lambda wait: -wait[1])
        return ", ".join(f"{what} {seconds:.1f} s" for what, seconds in waits)

    def _note(self, what: str, began: float) -> None:
        self._longest[what] = max(self._longest.get(what, 0.0), time.monotonic() - began)

    def _codes(self, person: Person) -> list[Mail]:
        return [mail for mail in self._fleet.sink.by_address[person.email] if mail.code is not None]


def cookies_of(response: httpx.Response) -> str:
    """Return the cookies that the browser sends from now on."""
    return "; ".join(cookie.partition(";")[0] for cookie in response.headers.get_list("set-cookie"))


def agencies(count: int, each: int) -> Sequence[Agency]:
    """Two of five agencies buy, two of five are too small for their people, and one of five has seats for all."""
    kinds: tuple[tuple[Kind, int], ...] = (
        ("buys", 0),
        ("full", each * 6 // 10),
        ("buys", 0),
        ("full", each * 6 // 10),
        ("roomy", each),
    )
    return [Agency(f"a{number}.example", *kinds[number % len(kinds)]) for number in range(count)]
