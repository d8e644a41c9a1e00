"""What came of a run, by evidence from outside of who did it: Stripe's stand-in, the mail server, the tables of others.

- lost: a first login that ended neither Active nor Blocked in the gateway's read model, or otherwise than `members` has
  it; fewer Active than had a seat or were to be bought one; a Blocked clinician whom no mail to the admins names, or
  one whose seat was bought; an operation that never ended; a message that is still deferred.
- doubled: a change of a subscription at the stand-in that took it nowhere new, more invoices than changes,
  an address twice in the read model, a clinician who became Active twice in the activity log.
- oversold: more Active in the read model than the stand-in's quantity, sampled all along and at the end; a seat used
  before the stand-in had been asked for it.
- mailed twice: a clinician in two mails of different Message-IDs about one thing, more code mails than were asked for.
- resent: a Message-ID that the mail server took more than once.
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
COLUMNS = ("lost", "doubled", "oversold", "mailed twice", "resent")


@dataclass
class Verdicts:
    """What was found, by column: how often in which fault's time, and in words."""

    starts: list[float] = field(default_factory=list)
    counts: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    words: list[str] = field(default_factory=list)

    def fault_at(self, at: float) -> int:
        """The fault of that moment; -1 is before the first one."""
        return sum(1 for start in self.starts if start <= at) - 1

    def note(self, column: str, fault: int, what: str) -> None:
        """One more."""
        self.counts[column][fault] += 1
        self.words.append(f"{column}: {what}")

    @property
    def clean(self) -> bool:
        """All zeros but in the last column."""
        return not any(sum(self.counts[column].values()) for column in COLUMNS[:-1])


class Sampler:
    """Looks all along whether anybody is Active on a seat that Stripe does not have."""

    def __init__(self, fleet: Fleet, verdicts: Verdicts) -> None:
        self._fleet = fleet
        self._verdicts = verdicts
        self.looks = 0

    async def run(self) -> None:
        """Until cancelled; what is away is passed over."""
        while True:
            with suppress(OSError, TimeoutError, httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.look()
                self.looks += 1
            await asyncio.sleep(1)

    async def look(self) -> None:
        """Who is Active first, what there is at Stripe after it: here that only ever grows."""
        async with self._fleet.db() as db:
            rows = await db.fetch(_ACTIVE)
        held = await quantities(self._fleet)
        now = time.time()
        for row in rows:
            active, bought = row["active_base"], held.get(row["subscription_id"])
            if bought is not None and active > bought:
                fault = self._verdicts.fault_at(now)
                self._verdicts.note("oversold", fault, f"{row['agency_id']}: {active} Active on {bought} seats")


async def quantities(fleet: Fleet) -> dict[str, int]:
    """Base seats of every subscription, as the stand-in has them."""
    found: dict[str, int] = {}
    after: dict[str, str] = {}
    while True:
        page = await fleet.stripe("/v1/subscriptions", limit=100, **after)
        for subscription in page["data"]:
            items = {
                item["price"]["lookup_key"].split("_")[1]: item["quantity"] for item in subscription["items"]["data"]
            }
            found[subscription["id"]] = items["base"]
        if not page["has_more"]:
            return found
        after = {"starting_after": page["data"][-1]["id"]}


class Judge:
    """Judges a run that has come to rest."""

    def __init__(self, fleet: Fleet, people: People, verdicts: Verdicts) -> None:
        self._fleet = fleet
        self._people = people
        self._verdicts = verdicts
        self._persons = {person.email: person for agency in people.agencies for person in agency.people}

    async def judge(self) -> None:
        """Note all that is wrong."""
        async with self._fleet.db() as db:
            shown = await self._ends(db)
            await self._left_over(db)
            await self._activated_once(db)
            await self._stripe(db)
        self._mails(shown)

    async def _ends(self, db: asyncpg.Connection[Any]) -> dict[str, str]:
        rows = await db.fetch("SELECT email, status, member_id FROM gateway.members")
        decided = await db.fetch("SELECT member_id, status FROM members.members")
        truth = {row["member_id"]: row["status"] for row in decided}
        shown: dict[str, str] = {}
        for row in rows:
            email = row["email"]
            if email in shown:
                self._note("doubled", email, f"{email} is there twice")
            shown[email] = row["status"]
            if (ours := truth.get(row["member_id"])) != row["status"]:
                self._note("lost", email, f"{email} is {row['status']} on the pages, {ours} in members")
        for email, person in self._persons.items():
            if shown.get(email) not in {"active", "blocked"}:
                self._note("lost", email, f"{email} is {shown.get(email)}, of an agency that is {person.agency.kind}")
        for agency in self._people.agencies:
            counts = Counter(shown.get(person.email) for person in agency.people)
            fair = len(agency.people) if agency.kind != "full" else min(agency.free, len(agency.people))
            if counts["active"] < fair:
                what = f"{agency.domain}: {counts['active']} of {fair} who had or were to be bought a seat are Active"
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
        taken: defaultdict[str, list[Any]] = defaultdict(list)
        for request in log:
            if (
                request["method"] == "POST"
                and request["status"] == httpx.codes.OK
                and "/v1/subscriptions/" in request["path"]
            ):
                taken[request["path"].rpartition("/")[2]].append(request)
        final = await quantities(self._fleet)
        used: defaultdict[UUID, list[datetime]] = defaultdict(list)
        for row in await db.fetch(_USED):
            used[row["agency_id"]].append(row["at"])
        active = {row["agency_id"]: row["active_base"] for row in await db.fetch(_ACTIVE)}
        for agency in self._people.agencies:
            assert agency.id is not None
            subscription = bought[agency.id]
            changes = list(changes_of(taken[subscription]))
            self._changes(agency, changes, final[subscription], active[agency.id])
            self._paid_before_used(agency, changes, used[agency.id])
            await self._invoices(agency, subscription, changes)

    def _changes(self, agency: Agency, changes: list[tuple[float, int]], final: int, active: int) -> None:
        have = 1 + agency.free
        for at, quantity in changes:
            if quantity <= have:
                what = f"{agency.domain} was changed from {have} to {quantity} at Stripe"
                self._verdicts.note("doubled", self._verdicts.fault_at(at), what)
            have = max(have, quantity)
        if final != have or (agency.kind == "buys" and final != active):
            what = f"{agency.domain}: {final} seats at Stripe, {have} asked for, {active} Active"
            self._verdicts.note("doubled" if final > active else "oversold", -1, what)

    def _paid_before_used(self, agency: Agency, changes: list[tuple[float, int]], used: list[datetime]) -> None:
        for number, moment in enumerate(sorted(used), start=1):
            at = moment.timestamp()
            paid = max([1 + agency.free, *(quantity for when, quantity in changes if when <= at)])
            if number > paid:
                what = f"seat {number} of {agency.domain} was used when {paid} were bought"
                self._verdicts.note("oversold", self._verdicts.fault_at(at), what)

    async def _invoices(self, agency: Agency, subscription: str, changes: list[tuple[float, int]]) -> None:
        """An invoice for each change; past the day's fifteenth what was added is settled together."""
        found = (await self._fleet.stripe("/v1/invoices", subscription=subscription, limit=100))["data"]
        updates = sum(invoice["billing_reason"] == "subscription_update" for invoice in found)
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

    def _mails_of(self, person: Person, status: str | None, named: dict[str, defaultdict[str, set[str]]]) -> None:
        email = person.email
        if status == "blocked" and email not in named["blocked"]:
            self._note("lost", email, f"nobody was told that {email} is blocked")
        if status == "active" and person.agency.kind == "buys" and email not in named["added"]:
            self._note("lost", email, f"nobody was told that a seat was bought for {email}")
        mine = self._fleet.sink.by_address[email]
        codes = {mail.message_id for mail in mine if mail.code is not None}
        if len(codes) > person.asked:
            self._note("mailed twice", email, f"{email} asked for {person.asked} codes and got {len(codes)}")
        others = {mail.message_id: mail.subject for mail in mine if mail.code is None}
        for subject, count in Counter(others.values()).items():
            if count > 1:
                self._note("mailed twice", email, f"{email} got {count} mails: {subject}")

    def _note(self, column: str, email: str, what: str) -> None:
        person = self._persons.get(email)
        self._verdicts.note(column, -1 if person is None else person.fault, what)


def kind_of(mail: Mail) -> str | None:
    """What an admin's mail is about."""
    subject = mail.subject.lower()
    if " blocked" in subject:
        return "blocked"
    return "added" if " added" in subject else None


def changes_of(taken: list[Any]) -> Iterator[tuple[float, int]]:
    """When a subscription was changed to how many Base seats; one asked again under its key is the same change."""
    keys: set[str] = set()
    for request in sorted(taken, key=lambda entry: str(entry["at"])):
        quantity = base_of(request["params"])
        if quantity is None or request["idempotencyKey"] in keys:
            continue
        keys.add(request["idempotencyKey"])
        yield datetime.fromisoformat(request["at"]).timestamp(), quantity


def base_of(params: dict[str, Any]) -> int | None:
    """The larger of the two items' quantities: nobody here buys Voice."""
    items = params.get("items")
    if not items:
        return None
    found = items.values() if isinstance(items, dict) else items
    given = [int(item["quantity"]) for item in found if "quantity" in item]
    return max(given) if given else None


_ACTIVE = """
SELECT g.agency_id, g.active_base, b.subscription_id
FROM gateway.agencies g JOIN billing.accounts b USING (agency_id)
"""
_USED = "SELECT agency_id, published_at AS at FROM members.outbox WHERE type = 'members.activated.v1'"
