"""What the demo agency has been through in eleven weeks: some 25 members in every status, a log, a chart, invoices.

All of it over HTTP, as people and admins do it. Stripe's stand-in and our services begin eleven weeks ago and are moved
on together between the chapters, so that everything is dated as it would be.
"""

import asyncio
import re
import time
from calendar import monthrange
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from contracts.vocabulary import Service
from deploy.local.clock_offset import ClockOffset
from deploy.local.ports import until
from deploy.local.seed import DOMAIN, SeedError, browser, expect, finished, log_in, mails_to, nothing_to_check

_BEGAN = (77, 14.2)
"""When the agency was opened: so many days ago, at that hour of the day in UTC."""
_UNTIL_PAID = 1.5
"""Hours after which a renewal is paid: Stripe lets its invoice lie for one, and the first start may take a while."""
_PATIENCE_SECONDS = 30
_EXTERNAL_CHANGE = "meyer-practice.example"
_LINK = re.compile(r"/invite/([\w-]+)")
_BUSY = "SELECT (SELECT count(*) FROM tasks WHERE lease IS NOT NULL) + (SELECT count(*) FROM unsent)"


def since(days: int, hour: float) -> int:
    """The seconds from that hour of the day so many days ago until now."""
    now = datetime.now(UTC)
    then = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=days, hours=-hour)
    return int((now - then).total_seconds())


def since_it_began() -> int:
    """The seconds since the agency was opened."""
    return since(*_BEGAN)


def _renewals() -> list[tuple[int, float]]:
    """The days and hours of the two renewals that it has had: a month on, and two."""
    today = datetime.now(UTC).date()
    days, hour = _BEGAN
    opened = today - timedelta(days=days)
    found = []
    for months in (1, 2):
        years, month = divmod(opened.month - 1 + months, 12)
        year, month = opened.year + years, month + 1
        renewed = date(year, month, min(opened.day, monthrange(year, month)[1]))
        found.append(((today - renewed).days, hour + _UNTIL_PAID))
    return found


class Clocks:
    """The time at Stripe's stand-in, and that of our services, where they were started in the past; moved together."""

    def __init__(self, stripe: str | None, clock_offset: ClockOffset | None, postgres: str) -> None:
        """`stripe` None: the real one, whose time nobody moves. `past` None: our services know the wall's time."""
        self._stripe = stripe
        self._clock_offset = clock_offset
        self._postgres = postgres

    @property
    def move(self) -> bool:
        """Whether they do."""
        return self._stripe is not None

    async def begin(self) -> None:
        """Go back to when the agency was opened, if nothing has happened at the stand-in yet."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=30) as client:
            if self._clock_offset is not None:
                expect(await client.post("/_control/webhooks", json={"ownTime": True}))
            key = {"Authorization": "Bearer sk_test_demo"}
            if expect(await client.get("/v1/customers", params={"limit": 1}, headers=key)).json()["data"]:
                return
            behind = since_it_began() if self._clock_offset is None else self._clock_offset.seconds
            expect(await client.post("/_control/clock", json={"standStillAt": int(time.time()) - behind}))
            expect(await client.post("/_control/clock", json={"run": True}))

    async def move_to(self, behind: int) -> None:
        """Move on to so many seconds ago, once nobody is in the middle of something; what was due before it happens."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=60) as client:
            if self._clock_offset is not None:
                await self._at_rest(client)
                # Never back: a start that was broken off in the middle goes on from where it was.
                behind = min(behind, self._clock_offset.seconds)
                self._clock_offset.set(behind)
            now = expect(await client.get("/_control/clock")).json()["now"]
            ahead = int(time.time()) - behind - now
            if ahead > 0:
                expect(await client.post("/_control/clock", json={"advanceSeconds": ahead}))

    async def end(self) -> None:
        """The past is over: all live by the wall's time."""
        if self._stripe is not None and self._clock_offset is not None:
            async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=30) as client:
                expect(await client.post("/_control/webhooks", json={}))

    async def _at_rest(self, stripe: httpx.AsyncClient) -> None:
        """No task is in hand (its lease would be over), nothing waits to be published, no event of Stripe's is due."""
        db = await asyncpg.connect(self._postgres)

        async def resting() -> bool:
            for one in Service:
                await db.execute("SELECT set_config('search_path', $1, false)", one)
                if await db.fetchval(_BUSY):
                    return False
            return not expect(await stripe.get("/_control/webhooks")).json()["pending"]

        try:
            await until(resting, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)
        finally:
            await db.close()


@dataclass(frozen=True)
class Chapter:
    """What happened at an hour of the day (in UTC) so many days ago."""

    days: int
    hour: float
    tell: Callable[[], Awaitable[None]]

    @property
    def name(self) -> str:
        """What tells it from the others, also on another day."""
        return self.tell.__name__


class LoggedEvent:
    """Which chapters were told before a start was broken off: their commands' keys are forgotten by now."""

    def __init__(self, file: Path) -> None:
        """`file` keeps their names."""
        self._file = file

    def __contains__(self, name: str) -> bool:
        """Whether this one was."""
        return self._file.exists() and name in self._file.read_text().split()

    def add(self, name: str) -> None:
        """This one is told."""
        with self._file.open("a") as names:
            names.write(f"{name}\n")


class Story:
    """The chapters, told to one agency by its admin's key."""

    def __init__(self, gateway: str, mailbox: str, api_key: str) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._admin = {"Authorization": f"Bearer {api_key}"}

    async def tell(self, clocks: Clocks, told: LoggedEvent, reached: Callable[[int, int], None]) -> None:
        """All of them, in order; those that `told` names were told before a start was broken off.

        SeedError if an answer is not the one that the interface promises.
        """
        chapters = [
            Chapter(75, 15.3, self._the_first),
            Chapter(63, 16.1, self._more_seats),
            Chapter(44, 14.6, self._auto_add),
            Chapter(28, 19.4, self._comings_and_goings),
            Chapter(14, 17.5, self._plenty),
            Chapter(5, 15.8, self._one_fewer),
            Chapter(2, 13.9, self._at_work),
        ]
        if clocks.move:
            first, second = _renewals()
            chapters += [Chapter(*first, self._first_renewal), Chapter(*second, self._second_renewal)]
        chapters.sort(key=lambda one: (-one.days, one.hour))
        for done, chapter in enumerate(chapters, start=1):
            if chapter.name not in told:
                await clocks.move_to(since(chapter.days, chapter.hour))
                await chapter.tell()
                told.add(chapter.name)
            reached(done, len(chapters) + 1)
        await clocks.move_to(0)
        await self._today()
        reached(len(chapters) + 1, len(chapters) + 1)
        await clocks.end()

    async def _the_first(self) -> None:
        await self._join(("Mira Lindqvist", "base"), ("Tomas Reyes", "voice"), ("Aisha Rahman", "base"))

    async def _more_seats(self) -> None:
        await self._adjust(base=6, voice=4)
        await self._join(("Peter Novak", "base"), ("Grace Kim", "base"), ("Oscar Lind", "base"))
        await self._join(("Elena Popova", "voice"), ("Dana Scott", "voice"))

    async def _auto_add(self) -> None:
        await self._put("/settings/auto-add", {"enabled": True})
        await self._join(("Omar Haddad", "voice"), ("Priya Raman", "voice"))
        await self._put("/settings/auto-add", {"enabled": False})

    async def _comings_and_goings(self) -> None:
        for name in ("Oscar Lind", "Dana Scott"):
            await self._ask("DELETE", f"/members/{await self._id(name)}", f"remove-{name}")
        await self._join(("Hannah Weiss", "voice"))
        await self._ask("PATCH", f"/members/{await self._id('Hannah Weiss')}", "swap", {"seatType": "base"})
        await self._invite("Lucia Marin", _address("Lucia Marin"), "voice", "admin")
        await self._accept(_address("Lucia Marin"))

    async def _plenty(self) -> None:
        await self._adjust(base=8, voice=6)

    async def _one_fewer(self) -> None:
        await self._adjust(base=7, voice=6)

    async def _first_renewal(self) -> None:
        await self._renewed(1)

    async def _second_renewal(self) -> None:
        await self._renewed(2)

    async def _renewed(self, times: int) -> None:
        """Stripe renews by itself; the day is over once its invoice stands in the log."""
        async with browser(self._gateway) as admin:

            async def told() -> bool:
                log = expect(await admin.get("/activity", params={"kind": "money"}, headers=self._admin)).json()[
                    "items"
                ]
                return len([line for line in log if line["sentence"].endswith("was paid")]) >= times

            await until(told, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)

    async def _at_work(self) -> None:
        again = ("Robin Hale", "Mira Lindqvist", "Tomas Reyes", "Grace Kim", "Elena Popova", "Lucia Marin")
        await asyncio.gather(*(self._log_in(_address(name)) for name in again))

    async def _today(self) -> None:
        await self._join(("Victor Lam", "voice"), ("Nadia Petrova", "voice"), ("Chloe Martin", "voice"))
        for name, seat in (("June Castellano", "base"), ("Ben Carter", "voice"), ("Yuki Tanaka", "base")):
            await self._sign_up(name, seat)
        await self._sign_up("Farah Aziz", "voice")
        await self._invite("Dr. Paul Meyer", f"paul@{_EXTERNAL_CHANGE}", "base")
        await self._invite("Sofie Meyer", f"sofie@{_EXTERNAL_CHANGE}", "base")
        await self._invite("Ingrid Berg", _address("Ingrid Berg"), "base")

    async def _join(self, *people: tuple[str, str]) -> None:
        """Sign up, then log in for the first time: all of them at once, each in a browser of their own."""
        await asyncio.gather(*(self._sign_up(name, seat) for name, seat in people))
        await asyncio.gather(*(self._first_login(_address(name)) for name, _ in people))

    async def _sign_up(self, name: str, seat: str) -> None:
        async with browser(self._gateway) as somebody:
            body = {"email": _address(name), "name": name, "seatType": seat}
            key = {"Idempotency-Key": f"demo-{_address(name)}"}
            await finished(somebody, await somebody.post("/signups", json=body, headers=key))

    async def _log_in(self, address: str) -> None:
        async with browser(self._gateway) as somebody:
            await log_in(somebody, self._mailbox, address)

    async def _first_login(self, address: str) -> None:
        async with browser(self._gateway) as somebody:
            await log_in(somebody, self._mailbox, address)

            async def over() -> bool:
                me = expect(await somebody.get("/me")).json()
                return bool(me["member"]["status"] != "pending_login")

            await until(over, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)

    async def _invite(self, name: str, address: str, seat: str, role: str = "clinician") -> None:
        body = {"email": address, "name": name, "seatType": seat, "role": role}
        await self._ask("POST", "/members", f"invite-{address}", body)

    async def _accept(self, address: str) -> None:
        tokens: list[str] = []
        async with browser(self._gateway) as somebody:

            async def arrived() -> bool:
                for mail in await mails_to(somebody, self._mailbox, address):
                    tokens.extend(_LINK.findall(mail["text"]))
                return bool(tokens)

            await until(arrived, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)
            expect(await somebody.post("/invitations/accept", json={"token": tokens[0]}))

    async def _adjust(self, *, base: int, voice: int) -> None:
        wanted = {"base": base, "voice": voice}
        async with browser(self._gateway) as admin:
            seats = expect(await admin.get("/seats", headers=self._admin)).json()
            if {one: seats[one]["purchased"] for one in wanted} == wanted:
                return
            quote = expect(await admin.post("/seats/quotes", json=wanted, headers=self._admin)).json()
            changed = await admin.put("/seats", json=wanted | {"quoteId": quote["id"]}, headers=self._admin)
            await finished(admin, changed, self._admin)

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        async with browser(self._gateway) as admin:
            await finished(admin, await admin.put(path, json=body, headers=self._admin), self._admin)

    async def _ask(self, method: str, path: str, key: str, body: dict[str, Any] | None = None) -> None:
        async with browser(self._gateway) as admin:
            headers = self._admin | {"Idempotency-Key": f"demo-{key}"[:64]}
            await finished(admin, await admin.request(method, path, json=body, headers=headers), self._admin)

    async def _id(self, name: str) -> str:
        async with browser(self._gateway) as admin:
            found: list[str] = []

            async def listed() -> bool:
                answer = expect(await admin.get("/members", params={"q": name}, headers=self._admin)).json()
                removed = await admin.get("/members", params={"q": name, "status": "removed"}, headers=self._admin)
                found.extend(one["id"] for one in (*answer["items"], *expect(removed).json()["items"]))
                return bool(found)

            await until(listed, still_alive=nothing_to_check, seconds=_PATIENCE_SECONDS)
            if len(found) != 1:
                raise SeedError(f"There are {len(found)} members called {name}")
            return found[0]


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"
