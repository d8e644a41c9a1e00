"""What people do, over HTTP: `DOINGS` is the menu, with how often. Each is one request, by whoever it fits.

To have them do more, write another method of `People` and name it in `DOINGS`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from contracts.vocabulary import Service
from tests.simulation.system import System
from tests.simulation.turns import current
from tests.support.journey import OPERATOR, PUBLIC

REPEATED = 0.08
"""How often somebody sends a request again, with the same key."""
RECENT = 12


@dataclass
class Asked:
    """A request that may be sent again."""

    person: Person
    method: str
    path: str
    body: object
    key: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Person:
    """Somebody with a browser."""

    email: str
    client: httpx.AsyncClient
    domain: str
    signed_up: bool = False
    signed_in: bool = False
    asked_code: bool = False
    mails_read: int = 0
    keys: list[tuple[str, str]] = field(default_factory=list)
    """API keys made: the id and the secret."""
    wants: str | None = None
    """What they came for, and do as soon as the page lets them."""
    quotes: list[tuple[str, str, Any]] = field(default_factory=list)
    """Previews asked for: the operation, what it was for (`seats` or `cycle`), and the counts or the cycle."""


class People:
    """Everybody, of one seed."""

    def __init__(self, system: System, rng: Random, note: Callable[[str], None], *, money: float) -> None:
        self._system = system
        self._chance = rng
        self._note = note
        self._keys = 0
        self.slips = 0.04
        """How often somebody enters a wrong code."""
        self._recent: list[Asked] = []
        self.everybody: list[Person] = []
        self.admins: list[Person] = []
        self.answers: list[tuple[str, int, str]] = []
        self.doings = {
            name: weight * (money if name in MONEY else 1.0) for name, weight in DOINGS.items() if weight
        }  # fmt: skip

    async def close(self) -> None:
        for person in self.everybody:
            await person.client.aclose()

    def come(self, email: str) -> Person:
        """Somebody new."""
        client = httpx.AsyncClient(transport=_Doors(self._system), base_url=PUBLIC, headers={"Origin": PUBLIC})
        person = Person(email, client, email.split("@")[1])
        self.everybody.append(person)
        return person

    def do_something(self) -> tuple[str, Callable[[], Awaitable[object]]]:
        """What somebody does next: its name, and how it is done."""
        if self._recent and self._chance.random() < REPEATED:
            again = self._chance.choice(self._recent)
            return f"again {again.path}", lambda: self._send(again)
        eager = [person for person in self.admins if person.wants is not None]
        if eager and self._chance.random() < EAGER:
            person = self._chance.choice(eager)
            return f"at last {person.wants}", lambda: self._at_last(person)
        name = self._chance.choices(list(self.doings), list(self.doings.values()))[0]
        doing: Callable[[], Awaitable[object]] = getattr(self, name)
        return name, doing

    async def _ask(
        self, person: Person, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request, with a key of its own."""
        self._keys += 1
        asked = Asked(person, method, path, body, f"key-{self._keys}", headers or {})
        if method != "GET":
            self._recent = [*self._recent[-RECENT:], asked]
        return await self._send(asked)

    async def _send(self, asked: Asked) -> httpx.Response:
        headers = {**asked.headers} if asked.method == "GET" else {"Idempotency-Key": asked.key, **asked.headers}
        answer = await asked.person.client.request(
            asked.method, f"/api/v1{asked.path}", json=asked.body, headers=headers
        )
        code = ""
        if answer.status_code >= 400:
            code = str(answer.json().get("code"))
        self._note(f"{asked.person.email} {asked.method} {asked.path}: {answer.status_code} {code}")
        what = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", f"{asked.method} {asked.path}")
        self.answers.append((what, answer.status_code, code))
        return answer

    def _anybody(self, fits: Callable[[Person], bool]) -> Person | None:
        found = [person for person in self.everybody if fits(person)]
        return self._chance.choice(found) if found else None

    def _admin(self) -> Person | None:
        found = [person for person in self.admins if person.signed_in]
        return self._chance.choice(found) if found else None

    def _seat(self) -> str:
        return self._chance.choice(("base", "base", "voice"))

    async def come_in(self) -> None:
        """Somebody who is not in does what is next for them: signs up, asks for a code, enters it."""
        standing = await self._standing()
        outside = [
            person for person in self.everybody if standing.get(person.email) != "active" or not person.signed_in
        ]
        ready = [person for person in outside if person.asked_code and self._has_news(person)]
        if not outside:
            return
        person = self._chance.choice(ready if ready and self._chance.random() < 0.6 else outside)
        if person.email not in standing and not person.signed_up and person not in self.admins:
            await self.sign_up(person)
        elif not person.asked_code or self._chance.random() < 0.1:
            await self.ask_for_a_code(person)
        elif self._has_news(person):
            await self.enter_a_code(person)

    def _has_news(self, person: Person) -> bool:
        """Whether there is a mail that came after the person asked for a code."""
        return len(self._system.mails.to(person.email)) > person.mails_read

    async def sign_up(self, person: Person | None = None) -> None:
        """Somebody signs up, perhaps for the second time."""
        person = person or self._anybody(lambda _: True)
        if person is not None:
            person.signed_up = True
            await self._ask(
                person, "POST", "/signups", {"email": person.email, "name": "Nia Novak", "seatType": self._seat()}
            )

    async def ask_for_a_code(self, person: Person | None = None) -> None:
        """Somebody asks for a code."""
        if person is None:
            standing = await self._standing()
            outside = [person for person in self.everybody if standing.get(person.email, "active") != "active"]
            person = self._chance.choice(outside or self.everybody)
        person.asked_code, person.mails_read = True, len(self._system.mails.to(person.email))
        await self._ask(person, "POST", "/login-codes", {"email": person.email})

    async def _standing(self) -> dict[str, str]:
        """Everybody's status, as the pages show it."""
        rows = await self._system.sight.fetch("SELECT email, status FROM gateway.members ORDER BY email")
        return {row["email"]: row["status"] for row in rows}

    async def enter_a_code(self, person: Person | None = None) -> None:
        """Somebody signs in with the newest code in their mailbox; now and then a wrong one first."""
        mails = self._system.mails
        coded = [person for person in self.everybody if person.asked_code and mails.has_code(person.email)]
        if person is None and self._chance.random() < 0.85:
            coded = [person for person in coded if self._has_news(person)]
        if not coded or (person is not None and person not in coded):
            return
        person = person or self._chance.choice(coded)
        code = mails.code(person.email)
        if self._chance.random() < self.slips:
            code = f"{(int(code) + 1) % 10_000:04}"
        body = {"email": person.email, "code": code}
        answer = await self._ask(person, "POST", "/sessions", body)
        if answer.status_code == 409 and (agencies := answer.json().get("agencies")):
            chosen = self._chance.choice(agencies)["id"]
            answer = await self._ask(person, "POST", "/sessions", {**body, "agencyId": chosen})
        if answer.status_code in {201, 202}:
            person.signed_in = True
        if self._chance.random() < 0.7:
            person.asked_code = False

    async def accept(self) -> None:
        """Somebody follows an invitation's link: the newest, or an older one."""
        mails = self._system.mails
        invited = [person for person in self.everybody if mails.invitations(person.email)]
        if not invited:
            return
        person = self._chance.choice(invited)
        links = mails.invitations(person.email)
        token = links[-1] if self._chance.random() < 0.8 else self._chance.choice(links)
        answer = await self._ask(person, "POST", "/invitations/accept", {"token": token})
        if answer.status_code in {201, 202}:
            person.signed_in = True

    async def open_agency(self, admin: Person | None = None) -> None:
        """The operator opens the agency of somebody who is to be its admin, once more if that did not work."""
        card = "pm_card_visa" if admin is not None or self._chance.random() < 0.8 else "pm_card_chargeDeclined"
        admin = admin or self._chance.choice(self.admins)
        await self._ask(
            admin,
            "POST",
            "/agencies",
            {
                "name": "Harbor Clinic", "domain": admin.domain, "adminEmail": admin.email, "adminName": "Ada Park",
                "cycle": self._chance.choice(("monthly", "monthly", "annual")), "base": self._chance.randint(1, 3),
                "voice": self._chance.randint(0, 2), "adminSeatType": "base", "paymentMethod": card,
            },
            {"Authorization": f"Bearer {OPERATOR}"},
        )  # fmt: skip

    async def _as_admin(self, method: str, path: str, body: object = None, admin: Person | None = None) -> None:
        admin = admin or self._admin()
        if admin is None:
            return
        answer = await self._ask(admin, method, path, body)
        if answer.status_code == 401:
            admin.signed_in = False

    async def _at_last(self, admin: Person) -> None:
        """An admin does what they came for, once the page says that it may be done."""
        page = await self._page(admin)
        if page is None:
            return
        if admin.wants == "auto-add" and page["baa_version"] is not None:
            admin.wants = None
            await self.switch_on(admin)
        elif admin.wants == "invite" and page["purchased_base"] > page["active_base"] + page["waiting_base"]:
            admin.wants = None
            await self.invite(admin, "base")
        elif admin.wants == "save":
            await self.use_quote(admin)
        elif admin.wants == "pay":
            if page["paused"] == "past_due":
                admin.wants = None
                await self._ask(admin, "POST", "/billing/retry")
            elif self._chance.random() < 0.04:
                admin.wants = None  # another agency's invoice it was

    def are_to_pay(self) -> None:
        """Admins who want nothing else look whether it is they who owe."""
        for admin in self.admins:
            admin.wants = admin.wants or "pay"

    async def _page(self, admin: Person) -> Any:  # noqa: ANN401  asyncpg's record
        return await self._system.sight.fetchrow(
            "SELECT a.*, (SELECT count(*) FROM gateway.members m WHERE m.agency_id = a.agency_id"
            " AND m.plan_type = 'base') AS active_base FROM gateway.agencies a WHERE agency_id ="
            " (SELECT agency_id FROM gateway.members WHERE email = $1 ORDER BY agency_id LIMIT 1)",
            admin.email,
        )

    async def sign_baa(self, admin: Person | None = None) -> None:
        """An admin signs the BAA, perhaps because they want Auto-Add."""
        admin = admin or self._admin()
        if admin is None:
            return
        if self._chance.random() < 0.6:
            admin.wants = "auto-add"
        read = await self._ask(admin, "GET", "/baa")
        if read.status_code == 200:
            body = {"signerName": "Ada Park", "signerTitle": "Director", "version": read.json()["version"]}
            await self._ask(admin, "POST", "/baa/signature", body)

    async def switch_on(self, admin: Person | None = None) -> None:
        """An admin switches Auto-Add ON."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": True}, admin)

    async def switch_off(self) -> None:
        """An admin switches Auto-Add OFF."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": False})

    async def set_domain(self) -> None:
        """An admin sets the domain: the same, another agency's, or one that nobody has."""
        domain = self._chance.choice([*(admin.domain for admin in self.admins), "elsewhere.example"])
        await self._as_admin("PUT", "/settings/domain", {"domain": domain})

    async def invite(self, admin: Person | None = None, seat: str | None = None) -> None:
        """An admin invites somebody."""
        standing = await self._standing()
        person = self._anybody(lambda person: person.email not in standing) or self._anybody(lambda _: True)
        if person is not None:
            role = self._chance.choice(("clinician", "clinician", "admin"))
            body = {"email": person.email, "name": "Ida Novak", "seatType": seat or self._seat(), "role": role}
            await self._as_admin("POST", "/members", body, admin)

    async def follow_link(self) -> None:
        """Somebody signs in with the link of a mail, the newest or an older one, in whatever browser."""
        person = self._chance.choice(self.everybody)
        links = self._system.mails.links(person.email)
        if links:
            token = links[-1] if self._chance.random() < 0.8 else self._chance.choice(links)
            answer = await self._ask(person, "POST", "/sessions", {"token": token})
            if answer.status_code in {201, 202}:
                person.signed_in = True

    async def sign_out(self) -> None:
        """Somebody signs out."""
        person = self._anybody(lambda admin: admin.signed_in)
        if person is not None:
            person.signed_in = False
            await self._ask(person, "DELETE", "/sessions/current")

    async def read(self) -> None:
        """Somebody reads a page."""
        person = self._anybody(lambda admin: admin.signed_in)
        if person is not None:
            await self._ask(person, "GET", self._chance.choice(PAGES))

    async def _rows(self, admin: Person) -> list[Any]:
        """The members as the admin's page shows them."""
        look = self._system.sight
        found = await look.fetch(
            "SELECT member_id, status, seat_type, role, email FROM gateway.members"
            " WHERE agency_id = (SELECT agency_id FROM gateway.members WHERE email = $1 LIMIT 1) ORDER BY email",
            admin.email,
        )
        return list(found)

    async def _row(self) -> tuple[Person, Any] | None:
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        return (admin, self._chance.choice(rows)) if admin is not None and rows else None

    async def reinvite(self) -> None:
        """An admin invites somebody anew, perhaps for another seat type."""
        found = await self._row()
        if found is not None:
            body = {"seatType": self._seat()} if self._chance.random() < 0.5 else {}
            await self._ask(found[0], "POST", f"/members/{found[1]['member_id']}/reinvite", body)

    async def reinvite_many(self) -> None:
        """An admin invites everybody anew who is Blocked or Invited."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        ids = [str(row["member_id"]) for row in rows if row["status"] in {"blocked", "invited"}]
        if admin is not None and ids:
            await self._ask(admin, "POST", "/members/reinvite", {"ids": ids})

    async def remove(self) -> None:
        """An admin removes somebody, perhaps themselves."""
        found = await self._row()
        if found is not None:
            await self._ask(found[0], "DELETE", f"/members/{found[1]['member_id']}")

    async def change_role(self) -> None:
        """An admin makes somebody an admin, or a clinician."""
        found = await self._row()
        if found is not None:
            role = self._chance.choice(("admin", "clinician"))
            await self._ask(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"role": role})
            person = next((person for person in self.everybody if person.email == found[1]["email"]), None)
            if role == "admin" and person is not None and person not in self.admins:
                self.admins.append(person)

    async def swap(self) -> None:
        """An admin gives somebody a seat of another type."""
        found = await self._row()
        if found is not None:
            await self._ask(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"seatType": self._seat()})

    async def add_admin(self) -> None:
        """The operator gives an agency an admin."""
        row = await self._row()
        person = self._anybody(lambda _: True)
        if row is None or person is None:
            return
        agency = await self._system.sight.fetchval(
            "SELECT agency_id FROM gateway.members WHERE member_id = $1 LIMIT 1", row[1]["member_id"]
        )
        body = {"email": person.email, "name": "Dee Dow", "seatType": self._seat()}
        await self._ask(person, "POST", f"/agencies/{agency}/admins", body, {"Authorization": f"Bearer {OPERATOR}"})

    async def api_key(self) -> None:
        """An admin makes an API key."""
        admin = self._admin()
        if admin is not None:
            answer = await self._ask(admin, "POST", "/api-keys", {"name": "Payroll"})
            if answer.status_code == 201:
                admin.keys.append((answer.json()["id"], answer.json()["secret"]))

    async def use_key(self) -> None:
        """A program removes somebody with an admin's key, or the admin ends the key."""
        admin = self._anybody(lambda admin: bool(admin.keys))
        if admin is None:
            return
        key_id, secret = self._chance.choice(admin.keys)
        rows = await self._rows(admin)
        if self._chance.random() < 0.3 or not rows:
            await self._ask(admin, "DELETE", f"/api-keys/{key_id}")
        else:
            path = f"/members/{self._chance.choice(rows)['member_id']}"
            await self._ask(admin, "PATCH", path, {"seatType": self._seat()}, {"Authorization": f"Bearer {secret}"})

    async def portal(self) -> None:
        """An admin opens the billing portal."""
        await self._as_admin("POST", "/billing/portal-sessions", {})

    async def retry(self) -> None:
        """An admin has the card tried again."""
        await self._as_admin("POST", "/billing/retry")

    async def quote_seats(self) -> None:
        """An admin looks at what other counts would cost: mostly a seat or two more or fewer."""
        admin = self._admin()
        page = None if admin is None else await self._page(admin)
        if admin is None or page is None:
            return
        counts = {"base": self._chance.randint(0, 5), "voice": self._chance.randint(0, 4)}
        if self._chance.random() < 0.8:
            more = self._chance.choice(((1, 0), (2, 0), (0, 1), (-1, 0), (0, -1), (-1, 2), (1, -1)))
            counts = {
                "base": max(0, page["purchased_base"] + more[0]), "voice": max(0, page["purchased_voice"] + more[1]),
            }  # fmt: skip
        if counts["base"] > page["purchased_base"] and self._chance.random() < 0.4:
            admin.wants = "invite"
        answer = await self._ask(admin, "POST", "/seats/quotes", counts)
        if answer.status_code == 202:
            self._priced(admin, answer.json()["operation"]["id"], "seats", counts)

    async def quote_cycle(self) -> None:
        """An admin looks at what the other cycle would cost."""
        admin = self._admin()
        if admin is None:
            return
        cycle = self._chance.choice(("monthly", "annual"))
        answer = await self._ask(admin, "POST", "/billing/cycle-quotes", {"cycle": cycle})
        if answer.status_code == 202:
            self._priced(admin, answer.json()["operation"]["id"], "cycle", {"cycle": cycle})

    def _priced(self, admin: Person, operation: str, what: str, body: object) -> None:
        """A preview is under way, which an admin mostly waits for and saves."""
        admin.quotes.append((operation, what, body))
        if self._chance.random() < 0.6:
            admin.wants = "save"

    async def use_quote(self, admin: Person | None = None) -> None:
        """An admin saves what they have seen the price of: the newest, or an older one."""
        shown = {
            row["id"]
            for row in await self._system.sight.fetch(
                "SELECT id::text FROM gateway.operations WHERE state = 'done' AND kind LIKE 'billing.quote%'"
            )
        }
        quoting = [
            admin for admin in self.admins if admin.signed_in and any(quote[0] in shown for quote in admin.quotes)
        ]
        if admin is not None and admin not in quoting:
            if self._chance.random() < 0.15:
                admin.wants = None  # there is no preview, or it takes too long
            return
        if not quoting:
            return
        admin = admin or self._chance.choice(quoting)
        admin.wants = None if admin.wants == "save" else admin.wants
        quotes = [quote for quote in admin.quotes if quote[0] in shown]
        operation, what, body = quotes[-1] if self._chance.random() < 0.8 else self._chance.choice(quotes)
        read = await self._ask(admin, "GET", f"/operations/{operation}")
        if read.status_code != 200 or read.json()["state"] != "done":
            return
        quote = read.json()["result"].get("id")
        if quote is None:
            return
        path = "/seats" if what == "seats" else "/billing/cycle"
        await self._ask(admin, "PUT", path, {**body, "quoteId": quote})
        if self._chance.random() < 0.8:
            admin.quotes = [quote for quote in admin.quotes if quote[0] != operation]


DOINGS = {
    "come_in": 30.0, "sign_up": 1.0, "ask_for_a_code": 1.0, "enter_a_code": 2.0, "accept": 6.0, "invite": 4.0,
    "reinvite": 3.0, "reinvite_many": 1.0, "remove": 3.0, "change_role": 2.0, "swap": 2.5, "add_admin": 0.3,
    "sign_baa": 3.0, "switch_on": 4.0, "switch_off": 0.6, "set_domain": 0.3, "open_agency": 0.6, "quote_seats": 8.0,
    "use_quote": 5.0, "quote_cycle": 4.0, "retry": 1.5, "portal": 0.3, "api_key": 0.3, "use_key": 0.5,
    "follow_link": 1.5, "sign_out": 0.4, "read": 1.0,
}  # fmt: skip
"""What people do, and how often."""
EAGER = 0.35
"""How often it is somebody who waits to be let do what they came for."""
PAGES = (
    "/me",
    "/members",
    "/seats",
    "/seats/history",
    "/billing",
    "/billing/invoices",
    "/activity",
    "/api-keys",
    "/baa",
)
MONEY = {"quote_seats", "use_quote", "quote_cycle", "retry"}


class _Doors(httpx.AsyncBaseTransport):
    """The way to the gateway: to the replica whose turn it is."""

    def __init__(self, system: System) -> None:
        self._doors = {
            replica.name: httpx.ASGITransport(app=replica.http, client=("198.51.100.7", 4711))
            for replica in system.of(Service.GATEWAY)
            if replica.http is not None
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        turn = current()
        assert turn is not None
        return await self._doors[turn.process].handle_async_request(request)
