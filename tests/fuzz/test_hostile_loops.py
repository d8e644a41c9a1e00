"""A load test: eight hostile loops leave two hundred ordinary sign-ins untouched."""

import asyncio
from collections import Counter, defaultdict
from itertools import count
from random import Random
from typing import Protocol
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts.notifier import Send
from contracts.vocabulary import Role, SeatType
from hosting.sealing import Sealing
from tests.support.gateway_harness import PUBLIC, GatewayHarness, gateway_on

PEOPLE = 200
KNOWN = PEOPLE // 2
"""The first half has signed in before, each in a browser of their own; the others sign in on new browsers."""
AT_ONCE = 10
CLINIC = "203.0.113.9"
"""The network of all people, which some of the strangers share."""
CRAFTED = [b"a\\000b", b"203.0.113.9", b"\xff" * 43, b"x" * 5_000, b"W10=", b"", b"\\355\\240\\200"]


class Hostile(Protocol):
    """A hostile move, by its number: the requests of it, and their responses."""

    __name__: str

    async def __call__(self, number: int, /) -> list[httpx.Response]:
        """Make the move."""
        ...


class World:
    """A clinic of Active people, another customer's agency, and the mails that everybody has received."""

    def __init__(self, front: GatewayHarness) -> None:
        self.front = front
        self.rng = Random(20260302)
        self.people = [f"person{number}@harbor.example" for number in range(PEOPLE)]
        self.mailbox: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        self.hostile: Counter[str] = Counter()
        self.faults: list[str] = []
        self.over = asyncio.Event()
        self._sealing = Sealing(front.settings.sealing_keys)
        self._reading = asyncio.Lock()

    async def open(self) -> httpx.AsyncClient:
        """Found both agencies and fill the clinic; return the browser of the other agency's admin."""
        await self.front.agency(base=PEOPLE)
        ids = [uuid4() for _ in self.people]
        happened: list[events.SignedUp | events.Activated] = []
        for member_id, email in zip(ids, self.people, strict=True):
            happened.append(events.SignedUp(member_id=member_id, email=email, name="Somebody", seat_type=SeatType.BASE))
            happened.append(events.Activated(member_id=member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN))
        service = self.front.service
        await service.handle_records([service.sender.record(event, self.front.agency_id) for event in happened])
        await self.front.agency(agency=UUID(int=1), base=PEOPLE, domain="rival.example")
        self.front.http.gateway.operations.patience = 0.0
        return await self.front.sign_in("ada@rival.example")

    async def read_mails(self) -> None:
        """Command the mails that are due, and deliver them."""
        async with self._reading:
            while await self.front.http.gateway.code_mails.run_once():
                pass
            for message in await self.front.service.published():
                if isinstance(message.data, Send):
                    self.mailbox[message.data.email].append(self._sealing.open(message.data.sealed))

    def person(self) -> str:
        """Somebody of the clinic."""
        return self.rng.choice(self.people)

    def network(self) -> str:
        """Any network of a stranger's."""
        return f"198.18.{self.rng.randrange(256)}.{self.rng.randrange(256)}"

    async def sign_in(self, email: str, browser: httpx.AsyncClient, *, known: bool) -> None:
        """Sign in as people do: with the code where one comes, on a new browser else with the newest mail's link."""
        asked = await browser.post("/api/v1/login-codes", json={"email": email})
        assert asked.status_code == 202, asked.text
        await self.read_mails()
        if known:
            proof = {"email": email, "code": await self._code_of(email, browser)}
        else:
            proof = {"token": _token(self.mailbox[email][-1])}
        answer = await browser.post("/api/v1/sessions", json=proof)
        assert answer.status_code == 201, (email, known, answer.text)

    async def _code_of(self, email: str, browser: httpx.AsyncClient) -> str:
        """The code of the newest mail that this browser has caused, which is there."""
        hashing = self.front.http.gateway._hashing
        link_hash = await self.front.service.pool.fetchval(
            "SELECT link_hash FROM login_codes WHERE browser_hash = $1 AND mailbox = $2 AND code_hash IS NOT NULL",
            hashing.of("browser", browser.cookies["__Host-browser"]),
            email,
        )
        [mail] = [mail for mail in self.mailbox[email] if hashing.of("link", _token(mail)) == link_hash]
        return mail["code"]

    async def attack(self, move: Hostile) -> None:
        """Repeat a hostile move until the people are done. A server's fault is a finding."""
        for number in count():
            if self.over.is_set():
                return
            for response in await move(number):
                self.hostile[move.__name__] += 1
                if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                    self.faults.append(f"{move.__name__}: {response.status_code} {response.text[:200]}")


def _token(mail: dict[str, str]) -> str:
    return mail["link"].rpartition("/")[2]


class Strangers:
    """The hostile moves; each of them is repeated in a loop of its own."""

    def __init__(self, world: World, rival: httpx.AsyncClient) -> None:
        self._world = world
        self._front = world.front
        self._rival = rival
        self._one_browser = world.front.browser("198.51.100.1")

    @property
    def moves(self) -> list[Hostile]:
        """All of them."""
        return [
            *(self.code_floods, self.wrong_codes, self.sign_up_floods, self.invitations),
            *(self.bad_cookies, self.invented_links, self.many_browsers, self.many_networks),
        ]

    async def _ask(self, browser: httpx.AsyncClient, email: str) -> httpx.Response:
        return await browser.post("/api/v1/login-codes", json={"email": email})

    async def code_floods(self, _: int) -> list[httpx.Response]:
        """One browser has ten codes mailed to somebody."""
        victim = self._world.person()
        return [await self._ask(self._one_browser, victim) for _ in range(10)]

    async def wrong_codes(self, _: int) -> list[httpx.Response]:
        """A new browser on a new network tries out a code of somebody."""
        browser, victim = self._front.browser(self._world.network()), self._world.person()
        answers = [await self._ask(browser, victim)]
        for _ in range(6):
            wrong = {"email": victim, "code": f"{self._world.rng.randrange(10_000):04}"}
            answers.append(await browser.post("/api/v1/sessions", json=wrong))
        return answers

    async def sign_up_floods(self, number: int) -> list[httpx.Response]:
        """Somebody's address, or an invented one, is signed up."""
        email = self._world.person() if number % 2 else f"invented{number}@harbor.example"
        silly = {"email": email, "name": "Silly Clown", "seatType": "voice"}
        return [await self._front.browser(self._world.network()).post("/api/v1/signups", json=silly) for _ in range(3)]

    async def invitations(self, number: int) -> list[httpx.Response]:
        """Another customer's admin invites somebody."""
        email = self._world.person() if number % 2 else f"stranger{number}@elsewhere.example"
        return [await self._rival.post("/api/v1/members", json={"email": email, "name": "X", "seatType": "base"})]

    async def bad_cookies(self, number: int) -> list[httpx.Response]:
        """Cookies that we never set come with requests about somebody."""
        value = CRAFTED[number % len(CRAFTED)]
        names = (b"__Host-browser", b"__Host-session", b"__Host-signing-in")
        browser, victim = self._front.browser(self._world.network()), self._world.person()
        browser.headers = httpx.Headers(
            [(b"origin", PUBLIC.encode()), (b"cookie", b"; ".join(n + b"=" + value for n in names))]
        )
        return [
            await self._ask(browser, victim),
            await browser.get("/login/code"),
            await browser.post("/api/v1/sessions", json={"email": victim, "code": "0000"}),
        ]

    async def invented_links(self, _: int) -> list[httpx.Response]:
        """Links are guessed, in the people's own network."""
        token = f"{self._world.rng.getrandbits(128):032x}"[:22]
        browser = self._front.browser(CLINIC)
        return [
            await browser.post("/api/v1/sessions", json={"token": token}),
            await browser.post("/api/v1/invitations/accept", json={"token": token}),
        ]

    async def many_browsers(self, _: int) -> list[httpx.Response]:
        """New browsers in the people's own network have codes mailed to everybody."""
        return [await self._ask(self._front.browser(CLINIC), self._world.person()) for _ in range(5)]

    async def many_networks(self, number: int) -> list[httpx.Response]:
        """New networks have codes mailed to a spelling of somebody's address."""
        local, _, domain = self._world.person().partition("@")
        networks = [f"2001:db8:{number % 65_536:x}:{tail:x}::1" for tail in range(5)]
        return [await self._ask(self._front.browser(network), f"{local}+{number}@{domain}") for network in networks]


@pytest.mark.slow
async def test_eight_hostile_loops_leave_two_hundred_ordinary_sign_ins_untouched(migrated: str) -> None:
    async with gateway_on(migrated) as front:
        world = World(front)
        rival = await world.open()
        browsers = {email: front.browser(CLINIC) for email in world.people}
        for email in world.people[:KNOWN]:
            await world.sign_in(email, browsers[email], known=True)
        moves = Strangers(world, rival).moves
        assert len(moves) == 8
        attacks = [asyncio.create_task(world.attack(move)) for move in moves]
        try:
            for start in range(0, PEOPLE, AT_ONCE):
                people = world.people[start : start + AT_ONCE]
                await asyncio.gather(*(world.sign_in(email, browsers[email], known=start < KNOWN) for email in people))
        finally:
            world.over.set()
            await asyncio.gather(*attacks)
        assert not world.faults
        assert all(world.hostile[move.__name__] for move in moves), world.hostile
        own = [2 if number < KNOWN else 1 for number in range(PEOPLE)]
        received = [len(world.mailbox[email]) for email in world.people]
        of_strangers = [mails - mine for mails, mine in zip(received, own, strict=True)]
        # A mail whose link its owner has used counts no more, also if a stranger had caused it.
        assert max(of_strangers) <= front.settings.code_mails_per_address + 1
