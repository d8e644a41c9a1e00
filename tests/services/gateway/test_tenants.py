"""The gateway writes what an event says into the event's agency, whatever ids it names."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import members as events
from contracts import members_invitations
from contracts.gateway import SignedIn
from contracts.message import Message
from contracts.seats import SeatSwapped
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from database.postgres import Pool
from tests.services.gateway.test_api_keys import made, signed
from tests.support.gateway_harness import GatewayHarness

TABLES = ("members", "sessions", "api_keys", "invitations", "agencies")


async def rows_of(pool: Pool, agency_id: object) -> dict[str, list[str]]:
    """All that the gateway keeps of an agency that an event about a member may change."""
    return {
        table: sorted(
            row["row"]
            for row in await pool.fetch(f"SELECT t::text AS row FROM {table} t WHERE agency_id = $1", agency_id)
        )
        for table in TABLES
    }


@pytest.mark.parametrize(
    "named",
    [
        events.Removed,
        events.RoleChanged,
        events.Activated,
        events.Blocked,
        members_invitations.Invited,
        events.FirstLogin,
        members_invitations.InviteAccepted,
        SeatSwapped,
        SignedIn,
    ],
)
async def test_invariant_an_event_of_one_agency_changes_no_member_of_another(
    front: GatewayHarness, named: type[Message]
) -> None:
    """INVARIANT: members decides by agency, and so does what shows it; an id from elsewhere reaches nothing."""
    admin = await signed(front)
    _, program = await made(front, admin)
    assert (await program.get("/api/v1/me")).status_code == 200
    victim, link = front.admin_id, uuid4()
    await front.service.pool.execute(
        "INSERT INTO invitations (id, agency_id, member_id, link_hash, state, created_at, expires_at)"
        " VALUES ($1, $2, $3, 'hash', 'open', now(), now() + interval '1 day')",
        link,
        front.agency_id,
        victim,
    )
    expires = front.service.clock() + timedelta(days=14)
    event = {
        events.Removed: events.Removed(member_id=victim, before=MemberStatus.ACTIVE, plan_type=SeatType.BASE),
        events.RoleChanged: events.RoleChanged(member_id=victim, before=Role.ADMIN, role=Role.CLINICIAN),
        events.Activated: events.Activated(member_id=victim, seat_type=SeatType.VOICE, role=Role.CLINICIAN),
        events.Blocked: events.Blocked(
            member_id=victim, seat_type=SeatType.VOICE, reason=BlockedReason.NO_SEAT_AVAILABLE
        ),
        members_invitations.Invited: members_invitations.Invited(
            member_id=victim,
            invitation_id=uuid4(),
            email="eve@elsewhere.example",
            name="Eve",
            seat_type=SeatType.VOICE,
            role=Role.CLINICIAN,
            sealed="sealed",
            expires_at=expires,
            before=MemberStatus.BLOCKED,
        ),
        events.FirstLogin: events.FirstLogin(member_id=victim, seat_type=SeatType.VOICE),
        members_invitations.InviteAccepted: members_invitations.InviteAccepted(
            member_id=victim, invitation_id=link, seat_type=SeatType.VOICE
        ),
        SeatSwapped: SeatSwapped(member_id=victim, before=SeatType.BASE, seat_type=SeatType.VOICE),
        SignedIn: SignedIn(member_id=victim, at=front.service.clock() + timedelta(hours=1)),
    }[named]
    before = await rows_of(front.service.pool, front.agency_id)
    await front.handle(event, agency=uuid4())
    assert await rows_of(front.service.pool, front.agency_id) == before
    assert (await admin.get("/api/v1/members")).status_code == 200
    assert (await program.get("/api/v1/members")).status_code == 200
