"""The values of the members service: an agency, its BAA, its members and their invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from contracts.vocabulary import BaaStage, BlockedReason, MemberStatus, Role, SeatType, mailbox_of


@dataclass(frozen=True, slots=True)
class Baa:
    """A signature under the agency's BAA, with the name and title as the signer typed them."""

    signer_id: UUID
    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class SignatureRequest:
    """The newest request to an agency about signing a newer version of the BAA."""

    version: str
    stage: BaaStage


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency. A rejected agency does not exist, and its domain is free.

    `baa` is the newest signature. `baa_request` is None unless a newer version is to be signed. `moving_line`: free
    seats go to Blocked members by themselves.
    """

    name: str
    domain: str
    rejected: bool = False
    baa: Baa | None = None
    baa_request: SignatureRequest | None = None
    moving_line: bool = False

    @property
    def baa_lapsed(self) -> bool:
        """Whether the signature is under an earlier version and does not count any more."""
        return self.baa_request is not None and self.baa_request.stage is BaaStage.LAPSED

    @property
    def baa_unsigned(self) -> bool:
        """Whether admin actions are locked: no signature counts."""
        return self.baa is None or self.baa_lapsed


@dataclass(frozen=True, slots=True)
class Invitation:
    """The newest link of an Invited member. `accepted_by`: the command under which the member waits after accepting."""

    id: UUID
    expires_at: datetime
    accepted_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a member who was Active, and the seat that they held.

    `undone_by`: the command under which the member waits for a seat, to be Active again.
    """

    at: datetime
    held: SeatType
    undone_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an agency.

    `email` is the exact address: nobody else in the agency has it. `proven`: its owner has signed in with it.
    `seat_type` is the type that the member picked, `plan_type` the type of the seat that they hold (only while Active).
    `waiting`: the capacity check has begun and not ended. `invitation` is set only while Invited, `removal` only while
    Removed. `blocked_place` is the place among the Blocked members, in order of arrival; `seat_offered`: the line has
    moved up to the member, and seats has not decided about the seat yet. Both count only while Blocked.
    """

    id: UUID
    email: str
    name: str
    seat_type: SeatType
    role: Role
    status: MemberStatus
    waiting: bool = False
    plan_type: SeatType | None = None
    blocked_reason: BlockedReason | None = None
    invitation: Invitation | None = None
    proven: bool = False
    removal: Removal | None = None
    blocked_place: int | None = None
    seat_offered: bool = False

    @property
    def mailbox(self) -> str:
        """The mailbox of the address. Several members have one mailbox only if an admin invited another spelling."""
        return mailbox_of(self.email)

    @property
    def is_active_admin(self) -> bool:
        """Whether the member may do admin actions."""
        return self.role is Role.ADMIN and self.status is MemberStatus.ACTIVE


def stands(agency: Agency | None) -> TypeGuard[Agency]:
    """Whether the agency exists: founded and not rejected. Its account need not be open yet."""
    return agency is not None and not agency.rejected


def comes_back(member: Member) -> bool:
    """Whether an admin undoes the member's removal, and seats has not decided about the seat yet."""
    return member.removal is not None and member.removal.undone_by is not None


def awaits_first_login(member: Member) -> bool:
    """Whether nobody has proven the sign-up of this Pending login yet."""
    return member.status is MemberStatus.PENDING_LOGIN and not member.waiting
