"""One agency of many people, made over the bus, with signed-in admins and clinicians who have a link in the mail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self
from uuid import UUID, uuid4

import orjson

from bench.driver import Driver
from bench.http import Connection
from bench.ours import Ours
from bench.processes import quiet
from bench.world import BenchWorld
from contracts.members import ChangeRole, RecordLogin
from contracts.members_agencies import SignBaa
from contracts.notifier import Send
from contracts.vocabulary import BAA_VERSION, Proof, Role, member
from hosting.sealing import Sealing
from services.gateway.application.hashing import Hashing, new_token
from services.gateway.domain.session_kind import SessionKind

_REQUESTS_AT_ONCE = 20


class Clinic:
    """An agency with seats for all its people: `active` of them Active, the others Pending login."""

    def __init__(self, world: BenchWorld, ours: Ours) -> None:
        self.world = world
        self._ours = ours
        (self.agency_id,) = ours.agencies
        self.active: list[UUID] = []

    @classmethod
    async def open(cls, world: BenchWorld, driver: Driver, people: int, active: int) -> Self:
        """Open the agency, and stop Stripe's stand-in, which is not needed afterwards."""
        ours = Ours(world, driver, 1, people)
        await ours.open()
        clinic = cls(world, ours)
        pending = await clinic.pending(active)
        await ours.send(
            [
                (clinic.agency_id, RecordLogin(member_id=member_id, proof=Proof.CODE), member(member_id))
                for member_id, _ in pending
            ]
        )
        clinic.active = [member_id for member_id, _ in pending]
        await world.stripe.stop()
        await quiet(world.pids().values())
        return clinic

    async def close(self) -> None:
        """Stop listening."""
        await self._ours.close()

    async def pending(self, count: int) -> list[tuple[UUID, str]]:
        """Return this many members who have never logged in: id and address."""
        async with self.world.database() as db:
            rows = await db.fetch(
                "SELECT member_id, email FROM gateway.members WHERE agency_id = $1 AND status = 'pending_login'"
                " ORDER BY member_id LIMIT $2",
                self.agency_id,
                count,
            )
        return [(row["member_id"], row["email"]) for row in rows]

    async def admin(self) -> UUID:
        """Return the admin with whom the agency was founded."""
        async with self.world.database() as db:
            admin_id: UUID = await db.fetchval(
                "SELECT member_id FROM gateway.members WHERE agency_id = $1 AND role = 'admin' ORDER BY member_id",
                self.agency_id,
            )
        return admin_id

    async def make_admins(self, count: int) -> list[UUID]:
        """Make this many Active members admins."""
        by = member(await self.admin())
        signature = SignBaa(signer_name="Robin Hale", signer_title="Director", version=BAA_VERSION)
        promoted = self.active[:count]
        await self._ours.send([(self.agency_id, signature, by)])
        await self._ours.send(
            [(self.agency_id, ChangeRole(member_id=member_id, role=Role.ADMIN), by) for member_id in promoted],
        )
        return promoted

    async def session(self, member_id: UUID) -> str:
        """Insert a session row as the sign-in does, and return its token."""
        token = new_token()
        now = datetime.now(UTC)
        async with self.world.database() as db:
            await db.execute(
                "INSERT INTO gateway.sessions (id, token_hash, member_id, agency_id, kind, device, network, began_at,"
                "  last_seen_at, proven_at)"
                " VALUES ($1, $2, $3, $4, $5, 'bench', '127.0.0.1', $6, $6, $6)",
                uuid4(),
                Hashing(self.world.keys.pepper).of("session", token),
                member_id,
                self.agency_id,
                SessionKind.BROWSER.value,
                now,
            )
        return token

    async def hand_over(self) -> None:
        """Let the real gateway number the commands from where the bench stopped."""
        async with self.world.database() as db:
            await db.execute(
                "UPDATE gateway.actors SET published = published || jsonb_build_object('members.commands', $2::bigint)"
                " WHERE agency_id = $1",
                self.agency_id,
                self._ours.sent_to(self.agency_id),
            )

    async def links(self, people: Sequence[tuple[UUID, str]]) -> list[str]:
        """Return the link tokens from the mails that these people requested, in their order."""
        connections = [await Connection.to(self.world.gateway) for _ in range(_REQUESTS_AT_ONCE)]
        addresses = [email for _, email in people]

        async def request_codes(connection: Connection, mine: list[str]) -> None:
            for address in mine:
                connection.forget()
                await connection.request("POST", "/login-codes", {"email": address}, expected=202)

        await asyncio.gather(
            *(
                request_codes(connection, addresses[start::_REQUESTS_AT_ONCE])
                for start, connection in enumerate(connections)
            ),
        )
        for connection in connections:
            connection.close()
        await quiet(self.world.pids().values())
        sealing = Sealing([self.world.keys.sealing_key])
        async with self.world.database() as db:
            rows = await db.fetch("SELECT data FROM gateway.outbox WHERE type = $1 ORDER BY id", Send.type)
        sent = {mail["email"]: mail["sealed"] for mail in (orjson.loads(row["data"]) for row in rows)}
        return [sealing.open(sent[address])["link"].rpartition("/")[2] for address in addresses]
