"""Every SQL statement of members, and the state that its handlers change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Wanted
from contracts.members import ChangeRole, FoundAgency, RecordLogin, Remove, SignBaa, SignUp
from contracts.seats import SeatAssigned, SeatDenied, SeatReleased
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType, mailbox_of
from services.members.domain.agency import Agency, Baa, Member, stands
from services.members.domain.found_agency import Claim, normal_domain

_AGENCIES = """
SELECT agency_id, name, domain, refused, baa_signer_id, baa_name, baa_title, baa_version, baa_signed_at
FROM agencies WHERE agency_id = ANY($1)
"""
_CLAIM = """
INSERT INTO domains (domain, agency_id)
SELECT domain, agency_id FROM unnest($1::text[], $2::uuid[]) AS claimed (domain, agency_id)
ON CONFLICT DO NOTHING
RETURNING agency_id
"""
_MEMBER = "m.agency_id, member_id, email, name, seat_type, role, status, waiting, plan_type, blocked_reason"
_BY_ID = f"""
SELECT {_MEMBER} FROM members m
JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (agency_id, member_id) USING (agency_id, member_id)
"""  # noqa: S608  a constant list of columns
_BY_MAILBOX = f"""
SELECT {_MEMBER} FROM members m
JOIN unnest($1::uuid[], $2::text[]) AS wanted (agency_id, mailbox) USING (agency_id, mailbox)
"""  # noqa: S608  as above
_ADMINS = f"SELECT {_MEMBER} FROM members m WHERE m.agency_id = ANY($1) AND role = 'admin'"  # noqa: S608  as above
_SAVE_AGENCIES = """
INSERT INTO agencies
    (agency_id, name, domain, refused, baa_signer_id, baa_name, baa_title, baa_version, baa_signed_at)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::uuid[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[])
ON CONFLICT (agency_id) DO UPDATE SET
    refused = excluded.refused, baa_signer_id = excluded.baa_signer_id, baa_name = excluded.baa_name,
    baa_title = excluded.baa_title, baa_version = excluded.baa_version, baa_signed_at = excluded.baa_signed_at
"""
_FREE_DOMAINS = "DELETE FROM domains WHERE agency_id = ANY($1)"
_ENTER = """
INSERT INTO members
    (agency_id, member_id, mailbox, email, name, seat_type, role, status, waiting, plan_type, blocked_reason)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
    $10::text[], $11::text[])
"""
_CHANGE = """
UPDATE members m SET
    seat_type = c.seat_type, role = c.role, status = c.status, waiting = c.waiting, plan_type = c.plan_type,
    blocked_reason = c.blocked_reason
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[])
    AS c (agency_id, member_id, seat_type, role, status, waiting, plan_type, blocked_reason)
WHERE m.agency_id = c.agency_id AND m.member_id = c.member_id
"""


@dataclass(slots=True)
class Roster:
    """An agency and those of its members whom the batch mentions."""

    agency_id: UUID
    agency: Agency | None = None
    claim: Claim | None = None
    by_id: dict[UUID, Member] = field(default_factory=dict)
    by_mailbox: dict[str, Member] = field(default_factory=dict)
    entered: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    agency_changed: bool = False

    def know(self, member: Member) -> None:
        """Take up a member as they are stored."""
        self.by_id[member.id] = member
        self.by_mailbox[member.mailbox] = member

    def enter(self, member: Member) -> None:
        """Somebody new."""
        self.know(member)
        self.entered.add(member.id)

    def change(self, member: Member) -> None:
        """Somebody known, changed. An address never changes."""
        self.know(member)
        if member.id not in self.entered:
            self.changed.add(member.id)

    def set_agency(self, agency: Agency) -> None:
        """The agency, new or changed."""
        self.agency = agency
        self.agency_changed = True


@dataclass(slots=True)
class _Mentioned:
    """What a batch's messages are about."""

    applications: list[tuple[str, UUID]] = field(default_factory=list)
    ids: set[tuple[UUID, UUID]] = field(default_factory=set)
    mailboxes: set[tuple[UUID, str]] = field(default_factory=set)
    admins: set[UUID] = field(default_factory=set)

    @staticmethod
    def by(wanted: Wanted) -> _Mentioned:
        found = _Mentioned()
        for agency_id, subjects in wanted.items():
            for subject in subjects:
                match subject:
                    case RecordLogin() | SeatAssigned() | SeatDenied() | SeatReleased():
                        found.ids.add((agency_id, subject.member_id))
                    case SignUp():
                        found.mailboxes.add((agency_id, mailbox_of(subject.email)))
                    case SignBaa():
                        found.admins.add(agency_id)
                    case ChangeRole() | Remove():
                        found.ids.add((agency_id, subject.member_id))
                        found.admins.add(agency_id)
                    case FoundAgency():
                        found.applications.append((normal_domain(subject.domain), agency_id))
                    case _:
                        pass
        return found


class MembersStore:
    """Loads the members that a batch mentions, and writes what it changed."""

    def __init__(self, public_domains: AbstractSet[str]) -> None:
        """`public_domains`: the mail domains of providers for everybody, lower case."""
        self._public = public_domains

    async def load(self, db: asyncpg.Connection[Any], wanted: Wanted, now: datetime) -> Mapping[UUID, Roster]:  # noqa: ARG002  nothing here depends on the time
        """Each agency of `wanted`, with the members that are mentioned; domains that are asked for are claimed."""
        rosters = {agency_id: Roster(agency_id) for agency_id in wanted}
        for row in await db.fetch(_AGENCIES, list(wanted)):
            rosters[row["agency_id"]].agency = _agency(row)
        mentioned = _Mentioned.by(wanted)
        if mentioned.applications:
            await self._claim(db, rosters, mentioned.applications)
        rows: list[asyncpg.Record] = []
        if mentioned.ids:
            rows += await db.fetch(_BY_ID, *_columns(mentioned.ids, 2))
        if mentioned.mailboxes:
            rows += await db.fetch(_BY_MAILBOX, *_columns(mentioned.mailboxes, 2))
        if mentioned.admins:
            rows += await db.fetch(_ADMINS, list(mentioned.admins))
        for row in rows:
            rosters[row["agency_id"]].know(_member(row))
        return rosters

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Roster]) -> None:
        """Write what changed; a claim whose agency does not stand is given back."""
        agencies = [_agency_row(s.agency_id, s.agency) for s in states if s.agency_changed and s.agency is not None]
        if agencies:
            await db.execute(_SAVE_AGENCIES, *_columns(agencies, 9))
        unfounded = [s.agency_id for s in states if (s.agency_changed or s.claim is Claim.WON) and not stands(s.agency)]
        if unfounded:
            await db.execute(_FREE_DOMAINS, unfounded)
        entered = [_member_row(s.agency_id, s.by_id[member]) for s in states for member in s.entered]
        if entered:
            await db.execute(_ENTER, *_columns(entered, 11))
        changed = [_change_row(s.agency_id, s.by_id[member]) for s in states for member in s.changed]
        if changed:
            await db.execute(_CHANGE, *_columns(changed, 8))

    async def _claim(
        self, db: asyncpg.Connection[Any], rosters: Mapping[UUID, Roster], applications: list[tuple[str, UUID]]
    ) -> None:
        claims: list[tuple[str, UUID]] = []
        # Sorted, so that two batches that want the same domains never wait for each other in a circle.
        for domain, agency_id in sorted(applications, key=lambda application: application[0]):
            roster = rosters[agency_id]
            if roster.agency is not None or roster.claim is not None:
                continue
            roster.claim = Claim.PUBLIC if domain in self._public else Claim.TAKEN
            if roster.claim is Claim.TAKEN:
                claims.append((domain, agency_id))
        for row in await db.fetch(_CLAIM, *_columns(claims, 2)):
            rosters[row["agency_id"]].claim = Claim.WON


def _columns(rows: Collection[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as the arrays that `unnest` takes; `width` arrays also when there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _agency(row: asyncpg.Record) -> Agency:
    baa = None
    if row["baa_signer_id"] is not None:
        baa = Baa(row["baa_signer_id"], row["baa_name"], row["baa_title"], row["baa_version"], row["baa_signed_at"])
    return Agency(row["name"], row["domain"], refused=row["refused"], baa=baa)


def _agency_row(agency_id: UUID, agency: Agency) -> tuple[object, ...]:
    baa = agency.baa
    if baa is None:
        return (agency_id, agency.name, agency.domain, agency.refused, None, None, None, None, None)
    signature = (baa.signer_id, baa.signer_name, baa.signer_title, baa.version, baa.signed_at)
    return (agency_id, agency.name, agency.domain, agency.refused, *signature)


def _member(row: asyncpg.Record) -> Member:
    return Member(
        id=row["member_id"],
        email=row["email"],
        name=row["name"],
        seat_type=SeatType(row["seat_type"]),
        role=Role(row["role"]),
        status=MemberStatus(row["status"]),
        waiting=row["waiting"],
        plan_type=SeatType(row["plan_type"]) if row["plan_type"] is not None else None,
        blocked_reason=BlockedReason(row["blocked_reason"]) if row["blocked_reason"] is not None else None,
    )


def _change_row(agency_id: UUID, m: Member) -> tuple[object, ...]:
    return (agency_id, m.id, m.seat_type, m.role, m.status, m.waiting, m.plan_type, m.blocked_reason)


def _member_row(agency_id: UUID, m: Member) -> tuple[object, ...]:
    head = (agency_id, m.id, m.mailbox, m.email, m.name)
    return (*head, m.seat_type, m.role, m.status, m.waiting, m.plan_type, m.blocked_reason)
