"""What members knows of an agency and of the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType, mailbox_of


@dataclass(frozen=True, slots=True)
class Baa:
    """A signature under the agency's BAA: who, in which words, which version of the text, when."""

    signer_id: UUID
    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency. A rejected one was asked for and does not exist; its domain is free."""

    name: str
    domain: str
    rejected: bool = False
    baa: Baa | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """The newest link of somebody Invited. `accepted_by`: the command that they wait with, once they have accepted."""

    id: UUID
    expires_at: datetime
    accepted_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the agency.

    `seat_type` is the one picked, `plan_type` the one held (only while Active). `waiting`: the capacity check was asked
    for and has not ended. `invitation` only while Invited.
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

    @property
    def mailbox(self) -> str:
        """The mailbox behind the address: one of it is one member."""
        return mailbox_of(self.email)

    @property
    def is_active_admin(self) -> bool:
        """Whether they may do what admins do."""
        return self.role is Role.ADMIN and self.status is MemberStatus.ACTIVE


def stands(agency: Agency | None) -> TypeGuard[Agency]:
    """Whether there is such an agency: founded, and not rejected. It need not be open yet."""
    return agency is not None and not agency.rejected
