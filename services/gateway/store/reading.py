"""Queries of the read model: the member of a session, key or address, an agency, its members and its seats."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import (
    BillingCycle,
    BlockedReason,
    KeyScope,
    MemberStatus,
    Quantities,
    Role,
    SeatType,
    blocked_detail,
)
from database.postgres import Pool
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.large_change import Size, default_size
from services.gateway.domain.seat_meters import Meter
from services.gateway.domain.session_kind import SessionKind
from services.gateway.domain.sign_in_identity import Candidate
from services.gateway.model.agency import Agency, Member, Principal, SeatsView
from services.gateway.model.api_keys import KeyHolder
from services.gateway.model.sessions import Session

MEMBER_COLUMNS = (
    "m.member_id, m.agency_id, m.email, m.name AS member_name, m.status, m.blocked_reason, m.role, m.seat_type,"
    " m.plan_type, m.invited_at, m.first_login_at, m.last_seen_at, m.mail_failed,"
    " m.blocked_detail, m.undo_until, m.reminded_at"
)
_AGENCY = (
    "a.agency_id, a.name AS agency_name, a.domain, a.open, a.cycle, a.baa_sign_again_by,"
    " a.baa_signed_at IS NOT NULL AND NOT a.baa_lapsed AS baa_signed,"
    " a.step_up_seats, a.step_up_amount, a.moving_line, (a.parked <> '{}' OR EXISTS (SELECT FROM actors t"
    "  WHERE t.agency_id = a.agency_id AND t.parked_at IS NOT NULL) OR EXISTS (SELECT FROM refused_records r"
    "  WHERE r.agency_id = a.agency_id AND r.published)) AS is_parked,"
    " (SELECT p.currency FROM plans p WHERE p.agency_id = a.agency_id) AS currency"
)


# A page has 200 rows: a look-up takes a sixth of the time in which an enumeration finds its member.
_STATUS = {status.value: status for status in MemberStatus}
_ROLE = {role.value: role for role in Role}
_SEAT_TYPE = {seat_type.value: seat_type for seat_type in SeatType}


def member_of(row: Record) -> Member:
    """The member of a row that has MEMBER_COLUMNS."""
    reason, plan_type = row["blocked_reason"], row["plan_type"]
    return Member(
        id=row["member_id"],
        agency_id=row["agency_id"],
        email=row["email"],
        name=row["member_name"],
        status=_STATUS[row["status"]],
        blocked_reason=BlockedReason(reason) if reason else None,
        role=_ROLE[row["role"]],
        seat_type=_SEAT_TYPE[row["seat_type"]],
        plan_type=_SEAT_TYPE[plan_type] if plan_type else None,
        invited_at=row["invited_at"],
        first_login_at=row["first_login_at"],
        last_seen_at=row["last_seen_at"],
        mail_failed=row["mail_failed"],
        blocked_detail=blocked_detail(row["blocked_detail"]),
        undo_until=row["undo_until"],
        reminded_at=row["reminded_at"],
    )


def _agency(row: Record) -> Agency:
    seats, currency = row["step_up_seats"], row["currency"] or "usd"
    return Agency(
        id=row["agency_id"],
        name=row["agency_name"],
        domain=row["domain"],
        cycle=BillingCycle(row["cycle"]),
        baa_signed=row["baa_signed"],
        moving_line=row["moving_line"],
        step_up=default_size(currency) if seats is None else Size(seats, row["step_up_amount"]),
        is_parked=row["is_parked"],
        is_open=row["open"],
        currency=currency,
        sign_again_by=row["baa_sign_again_by"],
    )


async def principal(pool: Pool, token_hash: bytes) -> Principal | None:
    """The member of a session, over or not; None when there is no such session or the member is removed."""
    row = await pool.fetchrow(
        f"SELECT {MEMBER_COLUMNS}, {_AGENCY}, s.id AS session_id, s.kind, s.device, s.network, s.began_at,"  # noqa: S608  columns
        "  s.last_seen_at AS session_seen_at, s.proven_at"
        " FROM sessions s JOIN members m ON m.member_id = s.member_id JOIN agencies a ON a.agency_id = m.agency_id"
        " WHERE s.token_hash = $1 AND m.status <> 'removed'",
        token_hash,
    )
    if row is None:
        return None
    session = Session(
        *(row["session_id"], SessionKind(row["kind"]), row["device"], row["network"]),
        *(row["began_at"], row["session_seen_at"], row["proven_at"]),
    )
    return Principal(member_of(row), _agency(row), session)


async def key_holder(pool: Pool, secret_hash: bytes) -> KeyHolder | None:
    """The admin who made an API key, also one that has expired; None when the key is revoked or never was."""
    row = await pool.fetchrow(
        f"SELECT {MEMBER_COLUMNS}, {_AGENCY}, k.scopes, k.expires_at, k.last_used_at FROM api_keys k JOIN members m"  # noqa: S608  columns
        "  ON m.member_id = k.member_id AND m.agency_id = k.agency_id JOIN agencies a ON a.agency_id = m.agency_id"
        " WHERE k.secret_hash = $1 AND m.status <> 'removed'",
        secret_hash,
    )
    if row is None:
        return None
    principal = Principal(member_of(row), _agency(row), scopes=frozenset(map(KeyScope, row["scopes"])))
    return KeyHolder(principal, row["expires_at"], row["last_used_at"])


async def person(pool: Pool, member_id: UUID) -> Principal | None:
    """A member with the agency; None for an unknown id."""
    row = await pool.fetchrow(
        f"SELECT {MEMBER_COLUMNS}, {_AGENCY} FROM members m JOIN agencies a ON a.agency_id = m.agency_id"  # noqa: S608  columns
        " WHERE m.member_id = $1",
        member_id,
    )
    return None if row is None else Principal(member_of(row), _agency(row))


async def candidates(pool: Pool, email: str) -> list[Candidate]:
    """The members that exactly this address could sign in as, in each agency for itself."""
    rows = await pool.fetch(
        "SELECT m.member_id, m.agency_id, a.name, a.domain, m.status, m.email, m.name AS member_name, m.seat_type,"
        "  m.first_login_at"
        " FROM addressees p JOIN members m ON m.member_id = p.member_id JOIN agencies a ON a.agency_id = m.agency_id"
        " WHERE p.email = $1",
        email,
    )
    return [
        Candidate(
            *(row["member_id"], row["agency_id"], row["name"], row["domain"]),
            status=MemberStatus(row["status"]),
            email=row["email"],
            wish=Wish(row["member_name"], SeatType(row["seat_type"])),
            has_logged_in=row["first_login_at"] is not None,
        )
        for row in rows
    ]


async def agency(pool: Pool, agency_id: UUID) -> Agency | None:
    """The agency of this id; None when there is none."""
    row = await pool.fetchrow(f"SELECT {_AGENCY} FROM agencies a WHERE a.agency_id = $1", agency_id)  # noqa: S608
    return None if row is None else _agency(row)


async def agency_of_domain(pool: Pool, domain: str) -> Agency | None:
    """The agency whose auto-join domain this is, even before its account is open; None when no agency has it."""
    row = await pool.fetchrow(f"SELECT {_AGENCY} FROM agencies a WHERE a.domain = $1 LIMIT 1", domain)  # noqa: S608
    return None if row is None else _agency(row)


async def address_of_link(pool: Pool, link_hash: bytes) -> str | None:
    """The exact address to which a login link was mailed; None for an unknown link."""
    email: str | None = await pool.fetchval("SELECT email FROM login_codes WHERE link_hash = $1", link_hash)
    return email


async def members_by_id(pool: Pool, agency_id: UUID, ids: Sequence[UUID]) -> list[Member]:
    """These members of the agency."""
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM members m WHERE m.agency_id = $1 AND m.member_id = ANY($2::uuid[])",  # noqa: S608
        agency_id,
        ids,
    )
    return [member_of(row) for row in rows]


async def member_with_address(pool: Pool, agency_id: UUID, email: str) -> UUID | None:
    """The member of the agency with exactly this address."""
    found: UUID | None = await pool.fetchval(
        "SELECT member_id FROM members WHERE agency_id = $1 AND email = $2", agency_id, email
    )
    return found


async def admins(pool: Pool, agency_id: UUID) -> list[tuple[UUID, str]]:
    """The agency's admins by name, and the removed members who were admins at the end."""
    rows = await pool.fetch(
        "SELECT member_id, name FROM members WHERE agency_id = $1 AND role = 'admin' ORDER BY sort_key, member_id",
        agency_id,
    )
    return [(row["member_id"], row["name"]) for row in rows]


async def active_admins(pool: Pool, agency_id: UUID) -> int:
    """How many Active admins the agency has."""
    count: int = await pool.fetchval(
        "SELECT count(*) FROM members WHERE agency_id = $1 AND role = 'admin' AND status = 'active'", agency_id
    )
    return count


async def counts(pool: Pool, agency_id: UUID) -> dict[MemberStatus, int]:
    """The agency's members by status; every status is a key."""
    row = await pool.fetchrow(
        "SELECT invited, pending_login, active_base + active_voice AS active, blocked, removed FROM agencies"
        " WHERE agency_id = $1",
        agency_id,
    )
    return {status: 0 if row is None else row[status.value] for status in MemberStatus}


async def blocked(pool: Pool, agency_id: UUID, reason: BlockedReason) -> Quantities:
    """How many members are Blocked for this reason, by the seat type that they picked."""
    rows = await pool.fetch(
        "SELECT seat_type, count(*) FROM members WHERE agency_id = $1 AND status = 'blocked' AND blocked_reason = $2"
        " GROUP BY seat_type",
        agency_id,
        reason.value,
    )
    counts = {row["seat_type"]: row["count"] for row in rows}
    return Quantities(counts.get(SeatType.BASE.value, 0), counts.get(SeatType.VOICE.value, 0))


async def seats(pool: Pool, agency_id: UUID) -> SeatsView | None:
    """The agency's seats; None when there is no such agency."""
    row = await pool.fetchrow(
        "SELECT purchased_base, purchased_voice, active_base, active_voice, incoming_base, incoming_voice,"
        "  waiting_base, waiting_voice, unsettled_base, unsettled_voice, auto_add, paused, frozen, fault,"
        "  declined, decline_code, owed_invoices, owed_amount, owed_currency, owed_decline_code,"
        "  baa_signed_at IS NOT NULL AND NOT baa_lapsed AS baa_signed,"
        "  i.invited_base, i.invited_voice"
        " FROM agencies CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE m.seat_type = 'base') AS invited_base,"
        "   count(*) FILTER (WHERE m.seat_type = 'voice') AS invited_voice FROM members m"
        "   WHERE m.agency_id = agencies.agency_id AND m.status = 'invited') i"
        " WHERE agency_id = $1",
        agency_id,
    )
    if row is None:
        return None
    return SeatsView(
        base=_meter(row, SeatType.BASE),
        voice=_meter(row, SeatType.VOICE),
        auto_add=row["auto_add"],
        paused=row["paused"],
        frozen=row["frozen"],
        baa_signed=row["baa_signed"],
        fault=row["fault"],
        declined=row["declined"],
        decline_code=row["decline_code"],
        owed=_owed(row),
    )


def _owed(row: Record) -> Debt | None:
    if row["owed_invoices"] is None:
        return None
    return Debt(row["owed_invoices"], row["owed_amount"], row["owed_currency"], row["owed_decline_code"])


def _meter(row: Record, seat_type: SeatType) -> Meter:
    return Meter(
        *(
            row[f"{count}_{seat_type}"]
            for count in ("purchased", "active", "incoming", "waiting", "unsettled", "invited")
        )
    )
