"""Every SQL statement of the notifier."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from chassis.actor import Inputs
from contracts.seats_purchases import MOST_NAMED
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType, blocked_detail
from services.notifier.domain.digest import Digest
from services.notifier.domain.external_changes import ExternalChange
from services.notifier.state import ADMINS_AT_ONCE, Agency, Person, Purchase
from services.notifier.store_needs import Needs

_EXTERNAL_CHANGE = TypeAdapter(ExternalChange)
_PERSON = (
    "p.agency_id, p.member_id, p.email, p.name, p.role, p.status, p.seat_type, p.waiting_since, p.operation_id, "
    "p.blocked_reason, p.blocked_at, p.digest_id, p.undelivered_at, p.advised_at, p.blocked_detail"
)


class NotifierStore:
    """Agencies, their people and their digests."""

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, Agency]:  # noqa: ARG002  the chassis hands the time to every store
        """Each agency with the people whom its inputs concern, and its Active admins if an input may mail them."""
        agencies = {agency_id: Agency(agency_id) for agency_id in inputs}
        for row in await db.fetch(
            "select agency_id, name, digest_id, digest_opened_at, digest_last_at, external_change, address_limited_at,"
            " first_logins_limited_at, purchase_id, purchase_more from agencies"
            " where agency_id = any($1::uuid[])",
            list(agencies),
        ):
            agency = agencies[row["agency_id"]]
            agency.name = row["name"]
            agency.address_limited_at = row["address_limited_at"]
            agency.first_logins_limited_at = row["first_logins_limited_at"]
            if row["purchase_id"] is not None:
                agency.purchase = Purchase(row["purchase_id"], row["purchase_more"])
            if row["digest_id"] is not None:
                agency.digest = Digest(row["digest_id"], row["digest_opened_at"], row["digest_last_at"])
            if row["external_change"] is not None:
                agency.external_change = _EXTERNAL_CHANGE.validate_python(row["external_change"])
        needs = Needs.of(inputs)
        rows = [
            *await self._by_column(db, "member_id", needs.members),
            *await self._by_column(db, "operation_id", needs.operations),
            *await self._admins(db, needs.admins),
            *await self._founders(db, needs.founders),
        ]
        for row in await self._in_digest(db, needs.digests):
            agencies[row["agency_id"]].digest_count = row["count"]
            rows.append(row)
        for row in rows:
            person = _person(row)
            agencies[row["agency_id"]].people[person.member_id] = person
        return agencies

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Agency]) -> None:
        """Delete the agencies that were rejected, and write the rows that changed."""
        deleted = [state.agency_id for state in states if state.deleted]
        if deleted:
            await db.execute("delete from agencies where agency_id = any($1::uuid[])", deleted)
        changed = [state for state in states if state.changed and state.name is not None]
        if changed:
            await db.execute(
                "insert into agencies (agency_id, name, digest_id, digest_opened_at, digest_last_at, external_change,"
                " address_limited_at, first_logins_limited_at, purchase_id, purchase_more)"
                " select * from"
                " unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[],"
                " $7::timestamptz[], $8::timestamptz[], $9::uuid[], $10::integer[])"
                " on conflict (agency_id) do update set name = excluded.name, digest_id = excluded.digest_id,"
                " digest_opened_at = excluded.digest_opened_at, digest_last_at = excluded.digest_last_at,"
                " external_change = excluded.external_change, address_limited_at = excluded.address_limited_at,"
                " first_logins_limited_at = excluded.first_logins_limited_at,"
                " purchase_id = excluded.purchase_id, purchase_more = excluded.purchase_more",
                [state.agency_id for state in changed],
                [state.name for state in changed],
                [state.digest.id if state.digest else None for state in changed],
                [state.digest.opened_at if state.digest else None for state in changed],
                [state.digest.last_at if state.digest else None for state in changed],
                [
                    _EXTERNAL_CHANGE.dump_python(change, mode="json") if (change := state.external_change) else None
                    for state in changed
                ],
                [state.address_limited_at for state in changed],
                [state.first_logins_limited_at for state in changed],
                [state.purchase.id if state.purchase else None for state in changed],
                [state.purchase.more if state.purchase else None for state in changed],
            )
        people = [(state.agency_id, state.people[member_id]) for state in states for member_id in state.changed_people]
        if people:
            await self._save_people(db, people)

    async def _save_people(self, db: asyncpg.Connection[Any], people: list[tuple[UUID, Person]]) -> None:
        await db.execute(
            "insert into people (agency_id, member_id, email, name, role, status, seat_type, waiting_since,"
            " operation_id, blocked_reason, blocked_at, digest_id, undelivered_at, advised_at,"
            " blocked_detail)"
            " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],"
            " $8::timestamptz[], $9::uuid[], $10::text[], $11::timestamptz[], $12::uuid[], $13::timestamptz[],"
            " $14::timestamptz[], $15::text[])"
            " on conflict (agency_id, member_id) do update set email = excluded.email, name = excluded.name,"
            " role = excluded.role, status = excluded.status, seat_type = excluded.seat_type,"
            " waiting_since = excluded.waiting_since, operation_id = excluded.operation_id,"
            " blocked_reason = excluded.blocked_reason, blocked_at = excluded.blocked_at,"
            " digest_id = excluded.digest_id, undelivered_at = excluded.undelivered_at,"
            " advised_at = excluded.advised_at, blocked_detail = excluded.blocked_detail",
            [agency_id for agency_id, _ in people],
            [person.member_id for _, person in people],
            [person.email for _, person in people],
            [person.name for _, person in people],
            [person.role.value for _, person in people],
            [person.status.value for _, person in people],
            [person.seat_type.value for _, person in people],
            [person.waiting_since for _, person in people],
            [person.operation_id for _, person in people],
            [person.blocked_reason.value if person.blocked_reason else None for _, person in people],
            [person.blocked_at for _, person in people],
            [person.digest_id for _, person in people],
            [person.undelivered_at for _, person in people],
            [person.advised_at for _, person in people],
            [person.blocked_detail for _, person in people],
        )

    async def _by_column(
        self,
        db: asyncpg.Connection[Any],
        column: str,
        values: Collection[tuple[UUID, UUID]],
    ) -> list[asyncpg.Record]:
        if not values:
            return []
        return await db.fetch(
            f"select {_PERSON} from unnest($1::uuid[], $2::uuid[]) as w (agency_id, value)"  # noqa: S608  our own column names
            f" join people p on p.agency_id = w.agency_id and p.{column} = w.value",
            [agency_id for agency_id, _ in values],
            [value for _, value in values],
        )

    async def _admins(self, db: asyncpg.Connection[Any], needed: Mapping[UUID, UUID]) -> list[asyncpg.Record]:
        if not needed:
            return []
        return await db.fetch(
            f"select {_PERSON} from unnest($1::uuid[], $2::uuid[]) as w (agency_id, after) cross join lateral ("  # noqa: S608  our own column names
            "   select * from people a"
            "   where a.agency_id = w.agency_id and a.member_id > w.after and a.role = 'admin' and a.status = 'active'"
            "   order by a.member_id limit $3) p",
            list(needed),
            list(needed.values()),
            ADMINS_AT_ONCE + 1,
        )

    async def _founders(self, db: asyncpg.Connection[Any], agencies: Collection[UUID]) -> list[asyncpg.Record]:
        """The first admins of agencies that were never opened: nobody is Active there."""
        if not agencies:
            return []
        return await db.fetch(
            f"select {_PERSON} from people p where p.agency_id = any($1::uuid[]) and p.role = 'admin'",  # noqa: S608  our own column names
            list(agencies),
        )

    async def _in_digest(self, db: asyncpg.Connection[Any], agencies: Collection[UUID]) -> list[asyncpg.Record]:
        if not agencies:
            return []
        return await db.fetch(
            f"select {_PERSON}, p.count from agencies a cross join lateral ("  # noqa: S608  our own column names
            "   select p.*, count(*) over () as count from people p"
            "   where p.agency_id = a.agency_id and p.digest_id = a.digest_id"
            "   order by p.blocked_at, p.member_id limit $2) p"
            " where a.agency_id = any($1::uuid[])",
            list(agencies),
            MOST_NAMED,
        )


def _person(row: asyncpg.Record) -> Person:
    reason = row["blocked_reason"]
    return Person(
        member_id=row["member_id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        status=MemberStatus(row["status"]),
        seat_type=SeatType(row["seat_type"]),
        waiting_since=row["waiting_since"],
        operation_id=row["operation_id"],
        blocked_reason=BlockedReason(reason) if reason is not None else None,
        blocked_at=row["blocked_at"],
        digest_id=row["digest_id"],
        undelivered_at=row["undelivered_at"],
        advised_at=row["advised_at"],
        blocked_detail=blocked_detail(row["blocked_detail"]),
    )
