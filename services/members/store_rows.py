"""The rows of agencies, capacities and members, and what each of them means."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from contracts.vocabulary import BaaStage, BlockedReason, FrozenReason, MemberStatus, Quantities, Role, SeatType
from services.members.domain.agency import Agency, Baa, Invitation, Member, Removal, SignatureRequest
from services.members.domain.capacity import Capacity


def agency_of(row: asyncpg.Record) -> Agency:
    """The agency of a row."""
    baa = None
    if row["baa_signer_id"] is not None:
        baa = Baa(row["baa_signer_id"], row["baa_name"], row["baa_title"], row["baa_version"], row["baa_signed_at"])
    request = None
    if row["baa_request_version"] is not None:
        request = SignatureRequest(row["baa_request_version"], BaaStage(row["baa_request_stage"]))
    return Agency(
        row["name"],
        row["domain"],
        rejected=row["rejected"],
        baa=baa,
        baa_request=request,
        moving_line=row["moving_line"],
    )


def agency_row(agency_id: UUID, agency: Agency) -> tuple[object, ...]:
    """The row of an agency."""
    baa, request = agency.baa, agency.baa_request
    signature: tuple[object, ...] = (None,) * 5
    if baa is not None:
        signature = (baa.signer_id, baa.signer_name, baa.signer_title, baa.version, baa.signed_at)
    requested = (request.version, request.stage) if request is not None else (None, None)
    return (agency_id, agency.name, agency.domain, agency.rejected, *signature, *requested, agency.moving_line)


def capacity_of(row: asyncpg.Record) -> Capacity:
    """The capacity of a row."""
    return Capacity(
        purchased=Quantities(row["purchased_base"], row["purchased_voice"]),
        active=Quantities(row["active_base"], row["active_voice"]),
        waiting=Quantities(row["waiting_base"], row["waiting_voice"]),
        frozen=FrozenReason(row["frozen"]) if row["frozen"] is not None else None,
        last_blocked=row["last_blocked"],
    )


def capacity_row(agency_id: UUID, c: Capacity) -> tuple[object, ...]:
    """The row of a capacity."""
    counts = (c.purchased.base, c.purchased.voice, c.active.base, c.active.voice, c.waiting.base, c.waiting.voice)
    return (agency_id, *counts, c.frozen, c.last_blocked)


def member_of(row: asyncpg.Record) -> Member:
    """The member of a row."""
    invitation = None
    if row["invitation_id"] is not None:
        invitation = Invitation(row["invitation_id"], row["invitation_expires_at"], row["accepted_by"])
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
        invitation=invitation,
        proven=row["proven"],
        removal=None
        if row["removed_at"] is None
        else Removal(row["removed_at"], SeatType(row["removed_seat_type"]), row["undone_by"]),
        blocked_place=row["blocked_place"],
        seat_offered=row["seat_offered"],
    )


def member_row(agency_id: UUID, m: Member) -> tuple[object, ...]:
    """The row of a member."""
    link = m.invitation
    invitation = (link.id, link.expires_at, link.accepted_by) if link is not None else (None, None, None)
    gone = m.removal
    removal = (gone.at, gone.held, gone.undone_by) if gone is not None else (None, None, None)
    standing = (m.seat_type, m.role, m.status, m.waiting, m.plan_type, m.blocked_reason)
    line = (m.blocked_place, m.seat_offered)
    return (agency_id, m.id, m.mailbox, m.email, m.name, *standing, *invitation, m.proven, *removal, *line)
