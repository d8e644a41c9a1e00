"""How many members stand where is kept up, never counted: whatever events come, in whatever batches."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import asyncpg
import pytest

import services
from contracts import members as events
from contracts.message import Message
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType, Service
from services.cli.store_migrations import migrate
from tests.support.gateway_harness import GatewayHarness
from tests.support.one_service import PASSWORD

SCHEMA = Path(services.__file__).parent / "gateway" / "schema"
NAMES = ("invited", "pending_login", "active_base", "active_voice", "blocked", "removed")


async def kept(front: GatewayHarness, agency_id: UUID) -> dict[str, int]:
    row = await front.service.pool.fetchrow(f"SELECT {', '.join(NAMES)} FROM agencies WHERE agency_id = $1", agency_id)
    assert row is not None
    return dict(row)


async def counted(front: GatewayHarness, agency_id: UUID) -> dict[str, int]:
    rows = await front.service.pool.fetch("SELECT status, plan_type FROM members WHERE agency_id = $1", agency_id)
    found = Counter(f"active_{row['plan_type']}" if row["status"] == "active" else row["status"] for row in rows)
    assert set(found) <= set(NAMES)
    return {name: found[name] for name in NAMES}


def random_event(rng: Random, member_id: UUID) -> Message:
    """Something that happens to somebody, likely or not."""
    seat = rng.choice(list(SeatType))
    role = rng.choice(list(Role))
    return rng.choice(
        [
            events.SignedUp(member_id=member_id, email=f"{member_id.hex}@harbor.example", name="N", seat_type=seat),
            events.FirstLogin(member_id=member_id, seat_type=seat),
            events.Activated(member_id=member_id, seat_type=seat, role=role),
            events.Blocked(member_id=member_id, seat_type=seat, reason=BlockedReason.NO_SEAT_AVAILABLE),
            events.RoleChanged(member_id=member_id, before=Role.CLINICIAN, role=role),
            events.Removed(member_id=member_id, before=MemberStatus.ACTIVE),
        ]
    )


async def handle_batch(front: GatewayHarness, batch: Sequence[tuple[Message, UUID]]) -> None:
    await front.service.handle_records([front.service.sender.record(event, agency) for event, agency in batch])


@pytest.mark.parametrize("seed", range(5))
async def test_invariant_the_counters_are_what_counting_the_members_gives(front: GatewayHarness, seed: int) -> None:
    """INVARIANT: after every batch, of one event or of many, an agency's counters are the counts of its members."""
    rng = Random(seed)
    agencies = (front.agency_id, uuid4())
    people = {agency: [uuid4() for _ in range(6)] for agency in agencies}
    for agency in agencies:
        await front.agency(agency=None if agency == front.agency_id else agency, domain=f"{agency.hex[:6]}.example")
    for _ in range(12):
        picked = [rng.choice(agencies) for _ in range(rng.choice((1, 3, 20)))]
        await handle_batch(front, [(random_event(rng, rng.choice(people[agency])), agency) for agency in picked])
        for agency in agencies:
            assert await kept(front, agency) == await counted(front, agency)


async def test_the_migration_counts_existing_members_once(database: str, tmp_path: Path) -> None:
    for name in ("001_read_model.sql", "002_sign_in.sql"):
        shutil.copy(SCHEMA / name, tmp_path / name)
    passwords = {Service.GATEWAY: PASSWORD}
    await migrate(database, {Service.GATEWAY: tmp_path}, passwords)
    db = await asyncpg.connect(database, server_settings={"search_path": "gateway"})
    try:
        agencies = [uuid4(), uuid4()]
        await db.execute(
            "INSERT INTO agencies (agency_id, name, domain, cycle, locale) SELECT u, 'N', 'n.example', 'monthly', 'en'"
            " FROM unnest($1::uuid[]) u",
            agencies,
        )
        await db.execute(
            "INSERT INTO members (member_id, agency_id, email, mailbox, plain_address, name, plain_name, sort_key,"
            " status, role, seat_type, plan_type)"
            " SELECT gen_random_uuid(), $1, 'e', 'e', 'e', 'N', 'n', 'n', s, 'clinician', 'base', p"
            " FROM unnest($2::text[], $3::text[]) AS u(s, p)",
            agencies[0],
            ["active", "active", "active", "blocked", "pending_login", "removed", "invited"],
            ["base", "voice", "voice", None, None, None, None],
        )
        await migrate(database, {Service.GATEWAY: SCHEMA}, passwords)
        rows = await db.fetch(f"SELECT agency_id, {', '.join(NAMES)} FROM agencies")
        counters = {row["agency_id"]: tuple(row.values())[1:] for row in rows}
        assert counters == {agencies[0]: (1, 1, 1, 2, 1, 1), agencies[1]: (0, 0, 0, 0, 0, 0)}
    finally:
        await db.close()
