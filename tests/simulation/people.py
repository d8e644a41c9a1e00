"""The actions of people over HTTP; `ACTIONS` lists them with their weights. Each action is one request.

To add an action, write another method of `People`, and name it in `ACTIONS`.
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
"""How often a person repeats an earlier request, with the same idempotency key."""
RECENT = 12
STRANGERS_NAME = "Silly Clown"


@dataclass
class SentRequest:
    """A request that may be repeated."""

    person: Person
    method: str
    path: str
    body: object
    key: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Person:
    """A person with a browser."""

    email: str
    client: httpx.AsyncClient
    domain: str
    seat: str = "base"
    """The seat type that the person signs up for, each time."""
    signed_up: bool = False
    signed_in: bool = False
    requested_code: bool = False
    signed_baa: bool = False
    mails_read: int = 0
    keys: list[tuple[str, str]] = field(default_factory=list)
    """API keys made: the id and the secret."""
    goal: str | None = None
    """The action that the person does as soon as the page allows it."""
    quotes: list[tuple[str, str, Any]] = field(default_factory=list)
    """Requested previews: the operation, its subject (`seats` or `cycle`), and the counts or the cycle."""

    @property
    def details(self) -> dict[str, str]:
        """The name and seat type that the person wants. Nobody else has the name."""
        return {"name": f"Nia {self.email.partition('@')[0].title()}", "seatType": self.seat}


class People:
    """All people of one seed."""

    def __init__(self, system: System, rng: Random, note: Callable[[str], None], weights: dict[str, float]) -> None:
        self._system = system
        self._rng = rng
        self._note = note
        self._keys = 0
        self.wrong_code_rate = 0.04
        """How often a person enters a wrong code."""
        self._recent: list[SentRequest] = []
        self.everybody: list[Person] = []
        self.admins: list[Person] = []
        self.acting: Person | None = None
        """The admin who does what admins do now; None if it may be any."""
        self.stranger = self.add_person("stranger@elsewhere.example")
        self.everybody.clear()
        self.responses: list[tuple[str, int, str]] = []
        self.actions = weights

    async def close(self) -> None:
        for person in (*self.everybody, self.stranger):
            await person.client.aclose()

    def add_person(self, email: str) -> Person:
        """Add a person, with a browser of their own."""
        client = httpx.AsyncClient(
            transport=_GatewayTransport(self._system), base_url=PUBLIC, headers={"Origin": PUBLIC}
        )
        person = Person(email, client, email.split("@")[1], self._seat())
        self.everybody.append(person)
        return person

    def next_action(self) -> tuple[str, Callable[[], Awaitable[object]]]:
        """Return the next action: its name, and the function that does it."""
        if self._recent and self._rng.random() < REPEATED:
            again = self._rng.choice(self._recent)
            return f"again {again.path}", lambda: self._send(again)
        eager = [person for person in self.admins if person.goal is not None]
        if eager and self._rng.random() < EAGER:
            person = self._rng.choice(eager)
            return f"goal {person.goal}", lambda: self._reach_goal(person)
        name = self._rng.choices(list(self.actions), list(self.actions.values()))[0]
        action: Callable[[], Awaitable[object]] = getattr(self, name)
        return name, action

    async def _request(
        self, person: Person, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send one request, with an idempotency key of its own."""
        self._keys += 1
        sent = SentRequest(person, method, path, body, f"key-{self._keys}", headers or {})
        if method != "GET":
            self._recent = [*self._recent[-RECENT:], sent]
        return await self._send(sent)

    async def _send(self, sent: SentRequest) -> httpx.Response:
        headers = {**sent.headers} if sent.method == "GET" else {"Idempotency-Key": sent.key, **sent.headers}
        response = await sent.person.client.request(sent.method, f"/api/v1{sent.path}", json=sent.body, headers=headers)
        code = ""
        if response.status_code >= 400:
            code = str(response.json().get("code"))
        if code == "fresh_code_required":
            sent.person.signed_in = False  # Signing in again proves the address.
        self._note(f"{sent.person.email} {sent.method} {sent.path}: {response.status_code} {code}")
        what = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", f"{sent.method} {sent.path}")
        self.responses.append((what, response.status_code, code))
        return response

    def _anybody(self, fits: Callable[[Person], bool]) -> Person | None:
        found = [person for person in self.everybody if fits(person)]
        return self._rng.choice(found) if found else None

    def _admin(self) -> Person | None:
        if self.acting is not None and self.acting.signed_in:
            return self.acting
        found = [person for person in self.admins if person.signed_in]
        return self._rng.choice(found) if found else None

    def _seat(self) -> str:
        return self._rng.choice(("base", "base", "voice"))

    async def come_in(self) -> None:
        """Let a person who is not Active or not signed in do their next step: sign up, request a code, or enter it."""
        statuses = await self._statuses()
        outside = [
            person for person in self.everybody if statuses.get(person.email) != "active" or not person.signed_in
        ]
        ready = [person for person in outside if person.requested_code and self._has_new_mail(person)]
        if not outside:
            return
        person = self._rng.choice(ready if ready and self._rng.random() < 0.6 else outside)
        if person.email not in statuses and not person.signed_up and person not in self.admins:
            await self.sign_up(person)
        elif not person.requested_code or self._rng.random() < 0.1:
            await self.request_code(person)
        elif self._has_new_mail(person):
            await self.enter_code(person)

    def _has_new_mail(self, person: Person) -> bool:
        """Return whether a mail came after the person requested a code."""
        return len(self._system.mails.to(person.email)) > person.mails_read

    async def sign_up(self, person: Person | None = None) -> None:
        """Sign a person up, perhaps for the second time."""
        person = person or self._anybody(lambda _: True)
        if person is not None:
            person.signed_up = True
            await self._request(person, "POST", "/signups", {"email": person.email, **person.details})

    async def sign_up_for_another(self) -> None:
        """Sign a person up from a stranger's browser, with a silly name and any seat, in their or another spelling."""
        person = self._anybody(lambda _: True)
        if person is not None:
            local, _, domain = person.email.partition("@")
            email = self._rng.choice((person.email, f"{local}+x@{domain}", f"{local}+y@{domain}"))
            body = {"email": email, "name": STRANGERS_NAME, "seatType": self._seat()}
            await self._request(self.stranger, "POST", "/signups", body)

    async def request_code(self, person: Person | None = None) -> None:
        """Request a code."""
        if person is None:
            statuses = await self._statuses()
            outside = [person for person in self.everybody if statuses.get(person.email, "active") != "active"]
            person = self._rng.choice(outside or self.everybody)
        person.requested_code, person.mails_read = True, len(self._system.mails.to(person.email))
        await self._request(person, "POST", "/login-codes", {"email": person.email})

    async def _statuses(self) -> dict[str, str]:
        """Return every person's status, as the pages show it."""
        rows = await self._system.page_db.fetch("SELECT email, status FROM gateway.members ORDER BY email")
        return {row["email"]: row["status"] for row in rows}

    async def enter_code(self, person: Person | None = None) -> None:
        """Sign in with the newest code in the mailbox; sometimes enter a wrong code."""
        mails = self._system.mails
        coded = [person for person in self.everybody if person.requested_code and mails.has_code(person.email)]
        if person is None and self._rng.random() < 0.85:
            coded = [person for person in coded if self._has_new_mail(person)]
        if not coded or (person is not None and person not in coded):
            return
        person = person or self._rng.choice(coded)
        code = mails.code(person.email)
        if self._rng.random() < self.wrong_code_rate:
            code = f"{(int(code) + 1) % 10_000:04}"
        body = {"email": person.email, "code": code}
        response = await self._request(person, "POST", "/sessions", body)
        if response.status_code == 409 and (agencies := response.json().get("agencies")):
            body["agencyId"] = self._rng.choice(agencies)["id"]
            response = await self._request(person, "POST", "/sessions", body)
        response = await self._confirmed(person, body, response)
        if response.status_code in {201, 202}:
            person.signed_in = True
        if self._rng.random() < 0.7:
            person.requested_code = False

    async def _confirmed(self, person: Person, body: dict[str, str], response: httpx.Response) -> httpx.Response:
        """Say which details are the person's, if the sign-ups differ."""
        if response.status_code == 409 and response.json()["code"] == "confirm_details":
            return await self._request(person, "POST", "/sessions", {**body, **person.details})
        return response

    async def accept(self) -> None:
        """Follow an invitation's link, mostly the newest."""
        mails = self._system.mails
        invited = [person for person in self.everybody if mails.invitations(person.email)]
        if not invited:
            return
        person = self._rng.choice(invited)
        links = mails.invitations(person.email)
        token = links[-1] if self._rng.random() < 0.8 else self._rng.choice(links)
        response = await self._request(person, "POST", "/invitations/accept", {"token": token})
        if response.status_code in {201, 202}:
            person.signed_in = True

    async def open_agency(self, admin: Person | None = None, card: str | None = None) -> None:
        """Open the agency of an admin as the operator, or repeat it if it failed."""
        card = (
            card or "pm_card_visa"
            if card or admin is not None or self._rng.random() < 0.8
            else "pm_card_chargeDeclined"
        )
        admin = admin or self._rng.choice(self.admins)
        await self._request(
            admin,
            "POST",
            "/agencies",
            {
                "name": "Harbor Clinic", "domain": admin.domain, "adminEmail": admin.email, "adminName": "Ada Park",
                "cycle": self._rng.choice(("monthly", "monthly", "annual")), "base": self._rng.choice((1, 1, 2, 3)),
                "voice": self._rng.choice((0, 0, 1, 2)), "adminSeatType": "base", "paymentMethod": card,
            },
            {"Authorization": f"Bearer {OPERATOR}"},
        )  # fmt: skip

    async def open_another(self, card: str | None = None) -> None:
        """Open an agency of a domain that perhaps has none yet, mostly with a card that is declined."""
        name = self._rng.choice(("mole", "pier", "wharf"))
        admin = next((known for known in self.everybody if known.email == f"ada@{name}.example"), None)
        if admin is None:
            admin = self.add_person(f"ada@{name}.example")
            self.admins.append(admin)
        card = card or self._rng.choice(("pm_card_visa", "pm_card_chargeDeclined", "pm_card_chargeDeclined"))
        await self.open_agency(admin, card)

    async def _as_admin(self, method: str, path: str, body: object = None, admin: Person | None = None) -> None:
        admin = admin or self._admin()
        if admin is None:
            return
        response = await self._request(admin, method, path, body)
        if response.status_code == 401:
            admin.signed_in = False

    async def _reach_goal(self, admin: Person) -> None:
        """Do what the admin came for, if the page allows it by now."""
        page = await self._page(admin)
        if page is None:
            return
        if admin.goal == "auto-add" and page["baa_version"] is not None:
            admin.goal = None
            await self.switch_on(admin)
        elif admin.goal == "invite" and page["purchased_base"] > page["active_base"] + page["waiting_base"]:
            admin.goal = None
            await self.invite(admin, "base")
        elif admin.goal == "save":
            await self.use_quote(admin)
        elif admin.goal == "pay":
            if page["paused"] == "past_due":
                admin.goal = None
                await self._request(admin, "POST", "/billing/retry")
            elif self._rng.random() < 0.04:
                admin.goal = None  # The unpaid invoice is another agency's.

    def look_for_owed_invoices(self) -> None:
        """Let the admins without another goal check whether their agency owes an invoice."""
        for admin in self.admins:
            admin.goal = admin.goal or "pay"

    async def _page(self, admin: Person) -> Any:  # noqa: ANN401  asyncpg's record
        return await self._system.page_db.fetchrow(
            "SELECT a.*, (SELECT count(*) FROM gateway.members m WHERE m.agency_id = a.agency_id"
            " AND m.plan_type = 'base') AS active_base FROM gateway.agencies a WHERE agency_id ="
            " (SELECT agency_id FROM gateway.members WHERE email = $1 ORDER BY agency_id LIMIT 1)",
            admin.email,
        )

    async def sign_baa(self, admin: Person | None = None) -> None:
        """Sign the BAA as an admin, perhaps in order to switch Auto-Add on."""
        admin = admin or self._admin()
        if admin is None:
            return
        if self._rng.random() < 0.6:
            admin.goal = "auto-add"
        read = await self._request(admin, "GET", "/baa")
        if read.status_code == 200:
            body = {"signerName": "Ada Park", "signerTitle": "Director", "version": read.json()["version"]}
            signed = await self._request(admin, "POST", "/baa/signature", body)
            admin.signed_baa = admin.signed_baa or signed.status_code in {201, 202}

    async def switch_on(self, admin: Person | None = None) -> None:
        """Switch Auto-Add on as an admin."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": True}, admin)

    async def switch_off(self) -> None:
        """Switch Auto-Add off as an admin."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": False})

    async def guess(self, victim: Person | None = None) -> None:
        """Guess a code from a stranger's browser, until the code is worth nothing."""
        if victim is None:
            victim = self._rng.choice(self.everybody)
            await self.request_code_of(victim)
        for guess in range(5):
            await self._request(self.stranger, "POST", "/sessions", {"email": victim.email, "code": f"{guess:04}"})

    async def request_code_of(self, victim: Person) -> None:
        """Request a code for somebody else's address, from a stranger's browser."""
        await self._request(self.stranger, "POST", "/login-codes", {"email": victim.email})

    async def set_step_up(self) -> None:
        """Set the size from which a change of money needs a fresh code."""
        size = {"seats": self._rng.choice((1, 3, 50)), "amount": self._rng.choice((1000, 500_000))}
        await self._as_admin("PUT", "/settings/step-up", size)

    async def set_domain(self) -> None:
        """Set the domain as an admin: the same, another agency's, or one that no agency has."""
        domain = self._rng.choice([*(admin.domain for admin in self.admins), "elsewhere.example"])
        await self._as_admin("PUT", "/settings/domain", {"domain": domain})

    async def invite(self, admin: Person | None = None, seat: str | None = None) -> None:
        """Invite a person as an admin."""
        statuses = await self._statuses()
        person = self._anybody(lambda person: person.email not in statuses) or self._anybody(lambda _: True)
        if person is not None:
            role = self._rng.choice(("clinician", "clinician", "admin"))
            body = {"email": person.email, "name": "Ida Novak", "seatType": seat or self._seat(), "role": role}
            await self._as_admin("POST", "/members", body, admin)

    async def follow_link(self) -> None:
        """Sign in with the link of a mail, mostly the newest."""
        person = self._rng.choice(self.everybody)
        links = self._system.mails.links(person.email)
        if links:
            token = links[-1] if self._rng.random() < 0.8 else self._rng.choice(links)
            response = await self._request(person, "POST", "/sessions", {"token": token})
            response = await self._confirmed(person, {"token": token}, response)
            if response.status_code in {201, 202}:
                person.signed_in = True

    async def sign_out(self) -> None:
        """Sign a person out."""
        person = self._anybody(lambda admin: admin.signed_in)
        if person is not None:
            person.signed_in = False
            await self._request(person, "DELETE", "/sessions/current")

    async def read(self) -> None:
        """Read a page."""
        person = self._anybody(lambda admin: admin.signed_in)
        if person is not None:
            await self._request(person, "GET", self._rng.choice(PAGES))

    async def _rows(self, admin: Person) -> list[Any]:
        """Return the members as the admin's page shows them."""
        db = self._system.page_db
        rows = await db.fetch(
            "SELECT member_id, status, seat_type, role, email FROM gateway.members"
            " WHERE agency_id = (SELECT agency_id FROM gateway.members WHERE email = $1 LIMIT 1) ORDER BY email",
            admin.email,
        )
        return list(rows)

    async def _row(self) -> tuple[Person, Any] | None:
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        return (admin, self._rng.choice(rows)) if admin is not None and rows else None

    async def reinvite(self) -> None:
        """Re-invite a member as an admin, perhaps for another seat type."""
        found = await self._row()
        if found is not None:
            body = {"seatType": self._seat()} if self._rng.random() < 0.5 else {}
            await self._request(found[0], "POST", f"/members/{found[1]['member_id']}/reinvite", body)

    async def correct(self) -> None:
        """Correct a member's name, seat type or address as an admin."""
        found = await self._row()
        if found is not None:
            local, _, domain = found[1]["email"].partition("@")
            body = self._rng.choice(
                (
                    {"name": "Cora Novak"},
                    {"seatType": self._seat()},
                    {"email": f"{local.partition('+')[0]}+z@{domain}"},
                    {"name": "Cora Novak", "seatType": self._seat()},
                )
            )
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", body)

    async def reinvite_many(self) -> None:
        """Re-invite every Blocked and Invited member as an admin."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        ids = [str(row["member_id"]) for row in rows if row["status"] in {"blocked", "invited"}]
        if admin is not None and ids:
            await self._request(admin, "POST", "/members/reinvite", {"ids": ids})

    async def remove(self) -> None:
        """Remove a member as an admin, perhaps the admin's own."""
        found = await self._row()
        if found is not None:
            await self._request(found[0], "DELETE", f"/members/{found[1]['member_id']}")

    async def remove_and_swap(self) -> None:
        """Remove a member and change the same member's seat type in the same moment."""
        found = await self._row()
        if found is not None:
            admin, member = found
            seat = "voice" if member["seat_type"] == "base" else "base"
            await self._request(admin, "DELETE", f"/members/{member['member_id']}")
            await self._request(admin, "PATCH", f"/members/{member['member_id']}", {"seatType": seat})

    async def change_role(self) -> None:
        """Change a member's role as an admin."""
        found = await self._row()
        if found is not None:
            role = self._rng.choice(("admin", "clinician"))
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"role": role})
            person = next((person for person in self.everybody if person.email == found[1]["email"]), None)
            if role == "admin" and person is not None and person not in self.admins:
                self.admins.append(person)

    async def swap(self) -> None:
        """Change a member's seat type as an admin."""
        found = await self._row()
        if found is not None:
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"seatType": self._seat()})

    async def add_admin(self) -> None:
        """Give an agency an admin as the operator."""
        row = await self._row()
        person = self._anybody(lambda _: True)
        if row is None or person is None:
            return
        agency = await self._system.page_db.fetchval(
            "SELECT agency_id FROM gateway.members WHERE member_id = $1 LIMIT 1", row[1]["member_id"]
        )
        body = {"email": person.email, "name": "Dee Dow", "seatType": self._seat()}
        await self._request(person, "POST", f"/agencies/{agency}/admins", body, {"Authorization": f"Bearer {OPERATOR}"})

    async def api_key(self) -> None:
        """Make an API key as an admin."""
        admin = self._admin()
        if admin is not None:
            response = await self._request(admin, "POST", "/api-keys", {"name": "Payroll"})
            if response.status_code == 201:
                admin.keys.append((response.json()["id"], response.json()["secret"]))

    async def use_key(self) -> None:
        """Swap a member's seat with an admin's API key, or revoke the key."""
        admin = self._anybody(lambda admin: bool(admin.keys))
        if admin is None:
            return
        _, secret = self._rng.choice(admin.keys)
        rows = await self._rows(admin)
        if self._rng.random() < 0.3 or not rows:
            await self.revoke_key()
        else:
            path = f"/members/{self._rng.choice(rows)['member_id']}"
            await self._request(admin, "PATCH", path, {"seatType": self._seat()}, {"Authorization": f"Bearer {secret}"})

    async def revoke_key(self) -> None:
        """Revoke one of an admin's API keys."""
        admin = self._anybody(lambda admin: bool(admin.keys))
        if admin is not None:
            await self._request(admin, "DELETE", f"/api-keys/{self._rng.choice(admin.keys)[0]}")

    async def portal(self) -> None:
        """Open the billing portal as an admin."""
        await self._as_admin("POST", "/billing/portal-sessions", {})

    async def retry(self) -> None:
        """Retry the payment as an admin."""
        await self._as_admin("POST", "/billing/retry")

    async def quote_seats(self, more: tuple[int, int] | None = None) -> None:
        """Preview other counts as an admin: so many more, or mostly a seat or two more or fewer."""
        admin = self._admin()
        page = None if admin is None else await self._page(admin)
        if admin is None or page is None:
            return
        counts = {"base": self._rng.randint(0, 5), "voice": self._rng.randint(0, 4)}
        if more is not None or self._rng.random() < 0.8:
            more = more or self._rng.choice(((1, 0), (2, 0), (0, 1), (-1, 0), (0, -1), (-1, 2), (1, -1)))
            counts = {
                "base": max(0, page["purchased_base"] + more[0]), "voice": max(0, page["purchased_voice"] + more[1]),
            }  # fmt: skip
        if counts["base"] > page["purchased_base"] and self._rng.random() < 0.4:
            admin.goal = "invite"
        response = await self._request(admin, "POST", "/seats/quotes", counts)
        if response.status_code == 202:
            self._remember_quote(admin, response.json()["operation"]["id"], "seats", counts)

    async def quote_cycle(self) -> None:
        """Preview the other billing cycle as an admin."""
        admin = self._admin()
        if admin is None:
            return
        page = await self._page(admin)
        cycle = "annual" if page is None or page["cycle"] == "monthly" else "monthly"
        if self._rng.random() < 0.1:
            cycle = self._rng.choice(("monthly", "annual"))
        response = await self._request(admin, "POST", "/billing/cycle-quotes", {"cycle": cycle})
        if response.status_code == 202:
            self._remember_quote(admin, response.json()["operation"]["id"], "cycle", {"cycle": cycle})

    def _remember_quote(self, admin: Person, operation: str, what: str, body: object) -> None:
        """Remember a preview; mostly the admin waits for the result and saves."""
        admin.quotes.append((operation, what, body))
        if self._rng.random() < 0.6:
            admin.goal = "save"

    async def use_quote(self, admin: Person | None = None, of: str = "") -> None:
        """Save a quote as an admin, mostly the newest; with `of`, one of `seats` or of the `cycle`."""
        shown = {
            row["id"]
            for row in await self._system.page_db.fetch(
                "SELECT id::text FROM gateway.operations WHERE state = 'done' AND kind LIKE 'billing.quote%'"
            )
        }
        quoting = [
            admin
            for admin in self.admins
            if admin.signed_in and any(quote[0] in shown and of in quote[1] for quote in admin.quotes)
        ]
        if admin is not None and admin not in quoting:
            if self._rng.random() < 0.15:
                admin.goal = None  # There is no preview, or the preview takes too long.
            return
        if not quoting:
            return
        admin = admin or self._rng.choice(quoting)
        admin.goal = None if admin.goal == "save" else admin.goal
        quotes = [quote for quote in admin.quotes if quote[0] in shown and of in quote[1]]
        operation, what, body = quotes[-1] if self._rng.random() < 0.8 else self._rng.choice(quotes)
        page = await self._request(admin, "GET", f"/operations/{operation}")
        if page.status_code != 200 or page.json()["state"] != "done":
            return
        quote = page.json()["result"].get("id")
        if quote is None:
            return
        path = "/seats" if what == "seats" else "/billing/cycle"
        confirm = {"confirm": True, "payOwed": self._rng.random() < 0.4} if what == "seats" else {}
        await self._request(admin, "PUT", path, {**body, "quoteId": quote, **confirm})
        if self._rng.random() < 0.8:
            admin.quotes = [quote for quote in admin.quotes if quote[0] != operation]


ACTIONS = {
    "come_in": 24.0, "sign_up": 1.0, "request_code": 1.0, "enter_code": 2.0, "accept": 6.0, "invite": 4.0,
    "reinvite": 3.0, "reinvite_many": 1.0, "remove": 3.0, "change_role": 2.0, "swap": 4.0, "add_admin": 0.5,
    "sign_baa": 3.0, "switch_on": 4.0, "switch_off": 0.6, "set_step_up": 1.0, "set_domain": 1.0, "open_agency": 0.6,
    "quote_seats": 8.0, "use_quote": 5.0, "quote_cycle": 4.0, "retry": 2.0, "portal": 0.6, "api_key": 1.0,
    "use_key": 1.5, "follow_link": 1.5, "sign_out": 0.4, "read": 1.0, "sign_up_for_another": 5.0, "correct": 1.0,
    "guess": 0.4,
}  # fmt: skip
"""The actions and their weights."""
EAGER = 0.35
"""How often the next action belongs to an admin with a goal."""
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


class _GatewayTransport(httpx.AsyncBaseTransport):
    """The HTTP transport to the gateway replica that runs the current turn."""

    def __init__(self, system: System) -> None:
        self._transports = {
            replica.name: httpx.ASGITransport(app=replica.http, client=("198.51.100.7", 4711))
            for replica in system.of(Service.GATEWAY)
            if replica.http is not None
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        turn = current()
        assert turn is not None
        return await self._transports[turn.process].handle_async_request(request)
