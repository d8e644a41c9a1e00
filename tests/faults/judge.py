"""The verdict on a run, from outside evidence: Stripe's stand-in, the mail server, and other services' tables.

- lost: a first login that ended neither Active nor Blocked in the gateway's read model, or otherwise than in the
  service members; fewer Active members than had a seat or were to be bought one; a Blocked clinician whom no mail to
  the admins names, or whose seat was bought; an operation that never ended; a message that is still deferred.
- doubled: a change of a subscription at the stand-in that changed nothing, more invoices than changes, an address twice
  in the read model, a clinician who became Active twice in the activity log.
- oversold: more Active members in the read model than the stand-in's quantity, sampled during the run and at the end; a
  seat used before it was bought at the stand-in.
- mailed twice: a clinician in two mails with different Message-IDs about one thing, more code mails than requests.
- resent: a Message-ID that the mail server received more than once.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet
from tests.faults.people import Agency, People, Person
from tests.faults.sink import Mail

_NAMED = re.compile(r"^- .*?, (\S+@\S+): ", re.MULTILINE)
OPERATOR = "operator@headcount.example"
"""Who is mailed when an agency waits: about each once."""
COLUMNS = ("lost", "doubled", "oversold", "mailed twice", "resent")


@dataclass
class Verdicts:
    """The findings by column: counts by fault, and sentences."""

    starts: list[float] = field(default_factory=list)
    counts: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    findings: list[str] = field(default_factory=list)

    def fault_at(self, at: float) -> int:
        """Return the number of the fault at that moment; -1 is before the first fault."""
        return sum(1 for start in self.starts if start <= at) - 1

    def note(self, column: str, fault: int, what: str) -> None:
        """Add a finding."""
        self.counts[column][fault] += 1
        self.findings.append(f"{column}: {what}")

    @property
    def clean(self) -> bool:
        """Whether all columns but the last are zero."""
        return not any(sum(self.counts[column].values()) for column in COLUMNS[:-1])


class Sampler:
    """Checks during the run that no more members are Active than Stripe has seats."""

    def __init__(self, fleet: Fleet, verdicts: Verdicts) -> None:
        self._fleet = fleet
        self._verdicts = verdicts
        self.samples = 0

    async def run(self) -> None:
        """Check until cancelled; skip a check if a server is down."""
        while True:
            with suppress(OSError, TimeoutError, httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.sample()
                self.samples += 1
            await asyncio.sleep(1)

    async def sample(self) -> None:
        """Read the Active members first and Stripe's quantities afterwards, because quantities only grow here."""
        async with self._fleet.db() as db:
            rows = await db.fetch(_ACTIVE)
        bought_seats = await quantities(self._fleet)
        now = time.time()
        for row in rows:
            active, bought = row["active_base"], bought_seats.get(row["subscription_id"])
            if bought is not None and active > bought:
                fault = self._verdicts.fault_at(now)
                self._verdicts.note("oversold", fault, f"{row['agency_id']}: {active} Active on {bought} seats")


async def quantities(fleet: Fleet) -> dict[str, int]:
    """Return the Base seats of every subscription at the stand-in."""
    quantities_by_id: dict[str, int] = {}
    after: dict[str, str] = {}
    while True:
        page = await fleet.stripe("/v1/subscriptions", limit=100, **after)
        for subscription in page["data"]:
            items = {
                item["price"]["lookup_key"].split("_")[1]: item["quantity"] for item in subscription["items"]["data"]
            }
            quantities_by_id[subscription["id"]] = items["base"]
        if not page["has_more"]:
            return quantities_by_id
        after = {"starting_after": page["data"][-1]["id"]}


class Judge:
    """Judges a run at rest."""

    def __init__(self, fleet: Fleet, people: People, verdicts: Verdicts) -> None:
        self._fleet = fleet
        self._people = people
        self._verdicts = verdicts
        self._persons = {person.email: person for agency in people.agencies for person in agency.people}

    async def judge(self) -> None:
        """Record everything that is wrong."""
        async with self._fleet.db() as db:
            shown = await self._ends(db)
            await self._left_over(db)
            await self._activated_once(db)
            await self._stripe(db)
        self._mails(shown)
        self._mails_to_the_operator()

    async def _ends(self, db: asyncpg.Connection[Any]) -> dict[str, str]:
        rows = await db.fetch("SELECT email, status, member_id FROM gateway.members")
        decided = await db.fetch("SELECT member_id, status FROM members.members")
        truth = {row["member_id"]: row["status"] for row in decided}
        shown: dict[str, str] = {}
        for row in rows:
            email = row["email"]
            if email in shown:
                self._note("doubled", email, f"{email} is in the read model twice")
            shown[email] = row["status"]
            if (decided_status := truth.get(row["member_id"])) != row["status"]:
                self._note("lost", email, f"{email} is {row['status']} on the pages, {decided_status} in members")
        for email, person in self._persons.items():
            if shown.get(email) not in {"active", "blocked"}:
                self._note("lost", email, f"{email} is {shown.get(email)}, of an agency that is {person.agency.kind}")
        for agency in self._people.agencies:
            counts = Counter(shown.get(person.email) for person in agency.people)
            expected_active = len(agency.people) if agency.kind != "full" else min(agency.free, len(agency.people))
            if counts["active"] < expected_active:
                what = f"{agency.domain}: {counts['active']} of {expected_active} with a seat are Active"
                self._verdicts.note("lost", -1, what)
        return shown

    async def _left_over(self, db: asyncpg.Connection[Any]) -> None:
        for service in Service:
            for row in await db.fetch(f"SELECT kind, type, reason, at FROM {service}.deferred_messages"):
                fault = self._verdicts.fault_at(row["at"].timestamp())
                self._verdicts.note("lost", fault, f"{service} has deferred: {dict(row)}")
        for row in await db.fetch("SELECT kind, created_at FROM gateway.operations WHERE state = 'running'"):
            fault = self._verdicts.fault_at(row["created_at"].timestamp())
            self._verdicts.note("lost", fault, f"{row['kind']} never ended")

    async def _activated_once(self, db: asyncpg.Connection[Any]) -> None:
        rows = await db.fetch(
            "SELECT data->>'member_id' AS member, type, count(*) AS times, max(at) AS at FROM gateway.activity"
            " WHERE type IN ('members.activated.v1', 'members.blocked.v1') GROUP BY 1, 2 HAVING count(*) > 1"
        )
        for row in rows:
            fault = self._verdicts.fault_at(row["at"].timestamp())
            self._verdicts.note("doubled", fault, f"{row['member']}: {row['times']} times {row['type']}")

    async def _stripe(self, db: asyncpg.Connection[Any]) -> None:
        accounts = await db.fetch("SELECT agency_id, subscription_id FROM billing.accounts")
        bought = {row["agency_id"]: row["subscription_id"] for row in accounts}
        log = (await self._fleet.stripe("/_control/requests"))["data"]
        requests: defaultdict[str, list[Any]] = defaultdict(list)
        for request in log:
            if (
                request["method"] == "POST"
                and request["status"] == httpx.codes.OK
                and "/v1/subscriptions/" in request["path"]
            ):
                requests[request["path"].rpartition("/")[2]].append(request)
        final = await quantities(self._fleet)
        used: defaultdict[UUID, list[datetime]] = defaultdict(list)
        for row in await db.fetch(_USED):
            used[row["agency_id"]].append(row["at"])
        active = {row["agency_id"]: row["active_base"] for row in await db.fetch(_ACTIVE)}
        for agency in self._people.agencies:
            assert agency.id is not None
            subscription = bought[agency.id]
            changes = list(changes_of(requests[subscription]))
            self._changes(agency, changes, final[subscription], active[agency.id])
            self._paid_before_used(agency, changes, used[agency.id])
            await self._invoices(agency, subscription, changes)

    def _changes(self, agency: Agency, changes: list[tuple[float, int]], final: int, active: int) -> None:
        current = 1 + agency.free
        for at, quantity in changes:
            if quantity <= current:
                what = f"{agency.domain} was changed from {current} to {quantity} at Stripe"
                self._verdicts.note("doubled", self._verdicts.fault_at(at), what)
            current = max(current, quantity)
        if final != current or (agency.kind == "buys" and final != active):
            what = f"{agency.domain}: {final} seats at Stripe, {current} commanded, {active} Active"
            self._verdicts.note("doubled" if final > active else "oversold", -1, what)

    def _paid_before_used(self, agency: Agency, changes: list[tuple[float, int]], used: list[datetime]) -> None:
        for number, moment in enumerate(sorted(used), start=1):
            at = moment.timestamp()
            paid = max([1 + agency.free, *(quantity for when, quantity in changes if when <= at)])
            if number > paid:
                what = f"seat {number} of {agency.domain} was used when {paid} were bought"
                self._verdicts.note("oversold", self._verdicts.fault_at(at), what)

    async def _invoices(self, agency: Agency, subscription: str, changes: list[tuple[float, int]]) -> None:
        """Check that each change has one invoice; beyond the day's fifteenth, the added seats are settled together."""
        invoices = (await self._fleet.stripe("/v1/invoices", subscription=subscription, limit=100))["data"]
        updates = sum(invoice["billing_reason"] == "subscription_update" for invoice in invoices)
        if updates > len(changes):
            self._verdicts.note("doubled", -1, f"{agency.domain}: {updates} invoices of {len(changes)} changes")

    def _mails(self, shown: dict[str, str]) -> None:
        deliveries: Counter[str] = Counter()
        named: dict[str, defaultdict[str, set[str]]] = {"added": defaultdict(set), "blocked": defaultdict(set)}
        admins = {agency.admin for agency in self._people.agencies}
        for mail in self._fleet.sink.mails:
            deliveries[mail.message_id] += 1
            if deliveries[mail.message_id] > 1:
                self._verdicts.note("resent", self._verdicts.fault_at(mail.at), f"{mail.subject} to {mail.to}")
            kind = kind_of(mail) if mail.to in admins else None
            if kind is not None:
                for email in _NAMED.findall(mail.text):
                    named[kind][email].add(mail.message_id)
        for kind, people in named.items():
            for email, ids in people.items():
                if len(ids) > 1:
                    self._note("mailed twice", email, f"{email} is in {len(ids)} mails: {kind}")
        for email, person in self._persons.items():
            self._mails_of(person, shown.get(email), named)

    def _mails_to_the_operator(self) -> None:
        reported = Counter(mail.subject for mail in self._fleet.sink.by_address[OPERATOR])
        for subject, count in reported.items():
            if count > self._fleet.refusals[subject] + self._fleet.lowered:
                self._verdicts.note("mailed twice", -1, f"the operator got {count} mails: {subject}")
        for subject, count in self._fleet.refusals.items():
            if count > reported[subject]:
                self._verdicts.note("lost", -1, f"the operator got {reported[subject]} mails: {subject}")

    def _mails_of(self, person: Person, status: str | None, named: dict[str, defaultdict[str, set[str]]]) -> None:
        email = person.email
        if status == "blocked" and email not in named["blocked"]:
            self._note("lost", email, f"no mail says that {email} is blocked")
        if status == "active" and person.agency.kind == "buys" and email not in named["added"]:
            self._note("lost", email, f"no mail says that a seat was bought for {email}")
        mine = self._fleet.sink.by_address[email]
        codes = {mail.message_id for mail in mine if mail.code is not None}
        if len(codes) > person.codes_requested:
            self._note("mailed twice", email, f"{email} requested {person.codes_requested} codes and got {len(codes)}")
        others = {mail.message_id: mail.subject for mail in mine if mail.code is None}
        for subject, count in Counter(others.values()).items():
            if count > 1:
                self._note("mailed twice", email, f"{email} got {count} mails: {subject}")

    def _note(self, column: str, email: str, what: str) -> None:
        person = self._persons.get(email)
        self._verdicts.note(column, -1 if person is None else person.fault, what)


def kind_of(mail: Mail) -> str | None:
    """Return what an admin's mail is about."""
    subject = mail.subject.lower()
    if " blocked" in subject:
        return "blocked"
    return "added" if " added" in subject else None


def changes_of(requests: list[Any]) -> Iterator[tuple[float, int]]:
    """Yield when a subscription was changed to how many Base seats; a repeat under the same key is no new change."""
    keys: set[str] = set()
    for request in sorted(requests, key=lambda entry: str(entry["at"])):
        quantity = base_of(request["params"])
        if quantity is None or request["idempotencyKey"] in keys:
            continue
        keys.add(request["idempotencyKey"])
        yield datetime.fromisoformat(request["at"]).timestamp(), quantity


def base_of(params: dict[str, Any]) -> int | None:
    """Return the larger of the two items' quantities, because no agency here buys Voice."""
    items = params.get("items")
    if not items:
        return None
    items_list = items.values() if isinstance(items, dict) else items
    quantities = [int(item["quantity"]) for item in items_list if "quantity" in item]
    return max(quantities) if quantities else None


_ACTIVE = """
SELECT g.agency_id, g.active_base, b.subscription_id
FROM gateway.agencies g JOIN billing.accounts b USING (agency_id)
"""
_USED = """
SELECT DISTINCT agency_id, seq, published_at AS at FROM members.outbox WHERE type = 'members.activated.v1'
"""
