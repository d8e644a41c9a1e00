"""What goes out over HTTP of people, seats, agencies and operations: the bodies of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, Role, SeatType
from services.gateway.api.schemas.base import Wire

_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


class MeMember(Wire):
    """A member. `seatType` is the one picked, `planType` the seat held, null unless Active."""

    id: UUID = Field(examples=[_ID])
    email: str
    name: str
    status: MemberStatus
    blocked_reason: BlockedReason | None
    role: Role
    seat_type: SeatType
    plan_type: SeatType | None


class MemberRow(MeMember):
    """A row of the Members list."""

    invited_at: AwareDatetime | None
    first_login_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None


class MeAgency(Wire):
    """The agency, as its members see it."""

    id: UUID = Field(examples=[_ID])
    name: str
    baa_signed: bool


class OpenedAgency(MeAgency):
    """An agency that was opened."""

    domain: str
    cycle: BillingCycle


class AgencyOut(Wire):
    """The agency and its first admin."""

    agency: OpenedAgency
    admin: MeMember


class SignedUpOut(Wire):
    """The same for a new address and for one that is known: what to do next is in the mail."""

    email: str
    name: str
    seat_type: SeatType
    status: Literal["pending_login"] = "pending_login"


class CodeSentOut(Wire):
    """The same for every address."""

    detail: str = (
        "If this address belongs to a member, a mail with a 4-digit code is on its way. It is valid for 10 minutes."
    )


class OperationRef(Wire):
    """An operation that is still running, and its address."""

    id: UUID
    state: Literal["running", "done", "refused"] = "running"
    href: str


class SessionOut(Wire):
    """Who signed in. `operation` is there while the first login still waits for its outcome."""

    member: MeMember
    agency: MeAgency
    operation: OperationRef | None = None


class MeOut(Wire):
    """Who is signed in."""

    member: MeMember
    agency: MeAgency


class NotReinvited(Wire):
    """Somebody who was not invited anew, and why."""

    id: UUID = Field(examples=[_ID])
    code: str = Field(examples=["no_seat_available"])
    detail: str


class ReinvitedOut(Wire):
    """What became of each, in the order that was asked for."""

    done: list[UUID]
    refused: list[NotReinvited]


class DomainOut(Wire):
    """The auto-join domain."""

    domain: str


class ApiKeyRow(Wire):
    """An API key. `lastUsedAt` is right to ten minutes."""

    id: UUID = Field(examples=[_ID])
    name: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
    created_by: KeyCreator


class KeyCreator(Wire):
    """The admin who made it, whose rights it has."""

    id: UUID = Field(examples=[_ID])
    name: str


class ApiKeysOut(Wire):
    """The agency's keys, oldest first."""

    items: list[ApiKeyRow]


class ApiKeyOut(Wire):
    """A key that was just made. The secret is shown this once."""

    id: UUID = Field(examples=[_ID])
    name: str
    secret: str = Field(examples=["hck_…"])
    created_at: AwareDatetime


class AdminAddedOut(Wire):
    """Who is an admin now, or is invited as one, and of which agency."""

    member: MeMember
    agency: MeAgency
    added: Literal["invited", "promoted"]


class StatusCounts(Wire):
    """How many members stand where, in the whole agency."""

    invited: int
    pending_login: int
    active: int
    blocked: int
    removed: int


class MembersOut(Wire):
    """A page of members."""

    items: list[MemberRow]
    counts: StatusCounts
    next_cursor: str | None


class SeatMeter(Wire):
    """One seat type. `incoming` is being bought, `waiting` are first logins in line, `unsettled` are invoiced later."""

    purchased: int
    active: int
    available: int
    incoming: int
    waiting: int
    unsettled: int


class AutoAddOut(Wire):
    """Auto-Add: ON or OFF, locked until the BAA is signed, and why it buys nothing at the moment."""

    enabled: bool
    locked: bool
    paused: str | None


class SeatsOut(Wire):
    """The agency's seats. `frozen`: why the subscription gives fewer than are Active; then none is bought."""

    base: SeatMeter
    voice: SeatMeter
    frozen: str | None
    auto_add: AutoAddOut


class SignatureOut(Wire):
    """Who signed the BAA, and when."""

    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime


class BaaOut(Wire):
    """The BAA's text with its version (Markdown), and its signature."""

    version: str
    text: str
    signature: SignatureOut | None


class PortalOut(Wire):
    """The address of Stripe's page, made for this click."""

    url: str = Field(examples=["https://billing.stripe.com/p/session/…"])


class AcceptedOut(Wire):
    """The write is recorded and runs; ask for the operation."""

    operation: OperationRef


class OperationOut(Wire):
    """How far a write has come; `result` when done, `problem` when refused."""

    id: UUID
    state: Literal["running", "done", "refused"]
    result: dict[str, object] | None = None
    problem: dict[str, object] | None = None
