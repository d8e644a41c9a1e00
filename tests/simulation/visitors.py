"""What anybody does over HTTP: sign up, sign in, accept an invitation, guess a code."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import httpx

from tests.simulation.person import GatewayTransport, Person, SentRequest
from tests.simulation.system import System
from tests.support.journey import PUBLIC

RECENT = 12

STRANGERS_NAME = "Silly Clown"


class Visitors:
    """The people of one seed, and what anybody does."""

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
            transport=GatewayTransport(self._system), base_url=PUBLIC, headers={"Origin": PUBLIC}
        )
        person = Person(email, client, email.split("@")[1], self._seat())
        self.everybody.append(person)
        return person

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

    def _has_new_mail(self, person: Person) -> bool:
        """Return whether a mail came after the person requested a code."""
        return len(self._system.mails.to(person.email)) > person.mails_read

    async def _statuses(self) -> dict[str, str]:
        """Return every person's status, as the pages show it."""
        rows = await self._system.page_db.fetch("SELECT email, status FROM gateway.members ORDER BY email")
        return {row["email"]: row["status"] for row in rows}

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
