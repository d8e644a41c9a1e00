"""What the demo agency has been through: some 25 members in every status, and the invoices of eleven weeks.

All of it over HTTP, as people and admins do it. Stripe's stand-in begins eleven weeks ago and is moved on between the
chapters, so that its invoices and renewals are dated as they would be. Our own services know only the wall's time: the
log and the chart begin today.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from deploy.local.ports import until
from deploy.local.seed import DOMAIN, SeedError, browser, expect, finished, log_in, mails_to, nothing_to_check

_DAY = 86_400
_BEGAN_DAYS_AGO = 77
_PATIENCE_SECONDS = 30
_ELSEWHERE = "meyer-practice.example"
_LINK = re.compile(r"/invite/([\w-]+)")


class StandInClock:
    """Stripe's time, where the stand-in keeps it; of the real Stripe there is none to be moved."""

    def __init__(self, stripe: str | None) -> None:
        self._stripe = stripe

    async def begin(self) -> None:
        """Go back to when the agency was opened, if nothing has happened at the stand-in yet."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=30) as client:
            key = {"Authorization": "Bearer sk_test_demo"}
            if expect(await client.get("/v1/customers", params={"limit": 1}, headers=key)).json()["data"]:
                return
            then = int(time.time()) - _BEGAN_DAYS_AGO * _DAY
            expect(await client.post("/_control/clock", json={"standStillAt": then}))
            expect(await client.post("/_control/clock", json={"run": True}))

    async def days_ago(self, days: float) -> None:
        """Move on to that day; what was due before it happens."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=60) as client:
            now = expect(await client.get("/_control/clock")).json()["now"]
            ahead = int(time.time() - days * _DAY) - now
            if ahead > 0:
                expect(await client.post("/_control/clock", json={"advanceSeconds": ahead}))


class Story:
    """The chapters, told to one agency by its admin's key."""

    def __init__(self, gateway: str, mailbox: str, api_key: str) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._admin = {"Authorization": f"Bearer {api_key}"}

    async def tell(self, clock: StandInClock, reached: Callable[[int, int], None]) -> None:
        """All of them, in order. SeedError if an answer is not the one that the interface promises."""
        chapters: Sequence[tuple[float, Callable[[], Awaitable[None]]]] = (
            (75, self._the_first),
            (63, self._more_seats),
            (44, self._auto_add),
            (28, self._comings_and_goings),
            (14, self._plenty),
            (5, self._one_fewer),
            (0, self._today),
        )
        for done, (days, chapter) in enumerate(chapters, start=1):
            await clock.days_ago(days)
            await chapter()
            reached(done, len(chapters))

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

    async def _today(self) -> None:
        await self._join(("Victor Lam", "voice"), ("Nadia Petrova", "voice"), ("Chloe Martin", "voice"))
        for name, seat in (("June Castellano", "base"), ("Ben Carter", "voice"), ("Yuki Tanaka", "base")):
            await self._sign_up(name, seat)
        await self._sign_up("Farah Aziz", "voice")
        await self._invite("Dr. Paul Meyer", f"paul@{_ELSEWHERE}", "base")
        await self._invite("Sofie Meyer", f"sofie@{_ELSEWHERE}", "base")
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
