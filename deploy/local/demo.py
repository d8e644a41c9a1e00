"""Creates eleven weeks of history for the demo agency: some 25 members in every status, a log, a chart, invoices.

All requests go over HTTP, as people and admins send them. The clocks of Stripe's stand-in and of our services start
eleven weeks ago and are moved on together between the chapters, so that all dates are right.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from deploy.local.demo_chapters import Chapter, PlayedChapters, renewals, seconds_since
from deploy.local.demo_clocks import Clocks
from deploy.local.ports import until
from deploy.local.seed import DOMAIN, SeedError, browser, expect, finished, log_in, mails_to, nothing_to_check

_TIMEOUT_SECONDS = 30
_OTHER_DOMAIN = "meyer-practice.example"
_LINK = re.compile(r"/invite/([\w-]+)")


class Story:
    """Plays the chapters for one agency, with its admin's API key."""

    def __init__(self, gateway: str, mailbox: str, api_key: str) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._admin = {"Authorization": f"Bearer {api_key}"}

    async def play(self, clocks: Clocks, played: PlayedChapters, reached: Callable[[int, int], None]) -> None:
        """Play all chapters in order, except those that an interrupted start has `played`.

        SeedError if a response is not what the interface promises.
        """
        chapters = [
            Chapter(75, 15.3, self._first_members),
            Chapter(63, 16.1, self._more_seats),
            Chapter(44, 14.6, self._auto_add),
            Chapter(28, 19.4, self._members_come_and_go),
            Chapter(14, 17.5, self._buy_more),
            Chapter(5, 15.8, self._buy_fewer),
            Chapter(2, 13.9, self._daily_logins),
        ]
        if clocks.move:
            first, second = renewals()
            chapters += [Chapter(*first, self._first_renewal), Chapter(*second, self._second_renewal)]
        chapters.sort(key=lambda chapter: (-chapter.days, chapter.hour))
        for done, chapter in enumerate(chapters, start=1):
            if chapter.name not in played:
                await clocks.move_to(seconds_since(chapter.days, chapter.hour))
                await chapter.play()
                played.add(chapter.name)
            reached(done, len(chapters) + 1)
        await clocks.move_to(0)
        await self._today()
        reached(len(chapters) + 1, len(chapters) + 1)
        await clocks.end()

    async def _first_members(self) -> None:
        await self._join(("Mira Lindqvist", "base"), ("Tomas Reyes", "voice"), ("Aisha Rahman", "base"))

    async def _more_seats(self) -> None:
        await self._adjust(base=6, voice=4)
        await self._join(("Peter Novak", "base"), ("Grace Kim", "base"), ("Oscar Lind", "base"))
        await self._join(("Elena Popova", "voice"), ("Dana Scott", "voice"))

    async def _auto_add(self) -> None:
        await self._put("/settings/auto-add", {"enabled": True})
        await self._join(("Omar Haddad", "voice"), ("Priya Raman", "voice"))
        await self._put("/settings/auto-add", {"enabled": False})

    async def _members_come_and_go(self) -> None:
        for name in ("Oscar Lind", "Dana Scott"):
            await self._request("DELETE", f"/members/{await self._id(name)}", f"remove-{name}")
        await self._join(("Hannah Weiss", "voice"))
        await self._request("PATCH", f"/members/{await self._id('Hannah Weiss')}", "swap", {"seatType": "base"})
        await self._invite("Lucia Marin", _address("Lucia Marin"), "voice", "admin")
        await self._accept(_address("Lucia Marin"))

    async def _buy_more(self) -> None:
        await self._adjust(base=8, voice=6)

    async def _buy_fewer(self) -> None:
        await self._adjust(base=7, voice=6)

    async def _first_renewal(self) -> None:
        await self._renewed(1)

    async def _second_renewal(self) -> None:
        await self._renewed(2)

    async def _renewed(self, times: int) -> None:
        """Wait until the log has the invoice of a renewal, which Stripe makes by itself."""
        async with browser(self._gateway) as admin:

            async def is_logged() -> bool:
                log = expect(await admin.get("/activity", params={"kind": "money"}, headers=self._admin)).json()[
                    "items"
                ]
                return len([line for line in log if line["sentence"].endswith("was paid")]) >= times

            await until(is_logged, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)

    async def _daily_logins(self) -> None:
        again = ("Robin Hale", "Mira Lindqvist", "Tomas Reyes", "Grace Kim", "Elena Popova", "Lucia Marin")
        await asyncio.gather(*(self._log_in(_address(name)) for name in again))

    async def _today(self) -> None:
        await self._join(("Victor Lam", "voice"), ("Nadia Petrova", "voice"), ("Chloe Martin", "voice"))
        for name, seat in (("June Castellano", "base"), ("Ben Carter", "voice"), ("Yuki Tanaka", "base")):
            await self._sign_up(name, seat)
        await self._sign_up("Farah Aziz", "voice")
        await self._invite("Dr. Paul Meyer", f"paul@{_OTHER_DOMAIN}", "base")
        await self._invite("Sofie Meyer", f"sofie@{_OTHER_DOMAIN}", "base")
        await self._invite("Ingrid Berg", _address("Ingrid Berg"), "base")

    async def _join(self, *people: tuple[str, str]) -> None:
        """Sign people up, then log them in for the first time: in parallel, each with a client of their own."""
        await asyncio.gather(*(self._sign_up(name, seat) for name, seat in people))
        await asyncio.gather(*(self._first_login(_address(name)) for name, _ in people))

    async def _sign_up(self, name: str, seat: str) -> None:
        async with browser(self._gateway) as client:
            body = {"email": _address(name), "name": name, "seatType": seat}
            key = {"Idempotency-Key": f"demo-{_address(name)}"}
            await finished(client, await client.post("/signups", json=body, headers=key))

    async def _log_in(self, address: str) -> None:
        async with browser(self._gateway) as client:
            await log_in(client, self._mailbox, address)

    async def _first_login(self, address: str) -> None:
        async with browser(self._gateway) as client:
            await log_in(client, self._mailbox, address)

            async def over() -> bool:
                me = expect(await client.get("/me")).json()
                return bool(me["member"]["status"] != "pending_login")

            await until(over, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)

    async def _invite(self, name: str, address: str, seat: str, role: str = "clinician") -> None:
        body = {"email": address, "name": name, "seatType": seat, "role": role}
        await self._request("POST", "/members", f"invite-{address}", body)

    async def _accept(self, address: str) -> None:
        tokens: list[str] = []
        async with browser(self._gateway) as client:

            async def arrived() -> bool:
                for mail in await mails_to(client, self._mailbox, address):
                    tokens.extend(_LINK.findall(mail["text"]))
                return bool(tokens)

            await until(arrived, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)
            expect(await client.post("/invitations/accept", json={"token": tokens[0]}))

    async def _adjust(self, *, base: int, voice: int) -> None:
        seats_wanted = {"base": base, "voice": voice}
        async with browser(self._gateway) as admin:
            seats = expect(await admin.get("/seats", headers=self._admin)).json()
            if {seat_type: seats[seat_type]["purchased"] for seat_type in seats_wanted} == seats_wanted:
                return
            quote = expect(await admin.post("/seats/quotes", json=seats_wanted, headers=self._admin)).json()
            body = seats_wanted | {"quoteId": quote["id"], "confirm": True}
            changed = await admin.put("/seats", json=body, headers=self._admin)
            await finished(admin, changed, self._admin)

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        async with browser(self._gateway) as admin:
            await finished(admin, await admin.put(path, json=body, headers=self._admin), self._admin)

    async def _request(self, method: str, path: str, key: str, body: dict[str, Any] | None = None) -> None:
        async with browser(self._gateway) as admin:
            headers = self._admin | {"Idempotency-Key": f"demo-{key}"[:64]}
            await finished(admin, await admin.request(method, path, json=body, headers=headers), self._admin)

    async def _id(self, name: str) -> str:
        async with browser(self._gateway) as admin:
            ids: list[str] = []

            async def listed() -> bool:
                answer = expect(await admin.get("/members", params={"q": name}, headers=self._admin)).json()
                removed = await admin.get("/members", params={"q": name, "status": "removed"}, headers=self._admin)
                ids.extend(member["id"] for member in (*answer["items"], *expect(removed).json()["items"]))
                return bool(ids)

            await until(listed, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)
            if len(ids) != 1:
                raise SeedError(f"There are {len(ids)} members called {name}")
            return ids[0]


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"
