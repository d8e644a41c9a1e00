"""The changes that a batch of events makes to an agency's part of the read model, gathered in memory.

The projection loads nothing: events carry new values, and the store writes the changes of all agencies together. An
agency's requests are with its changes, because the chassis hands the store one state for each agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts.billing import PlanChanged
from contracts.billing_payments import InvoiceChanged, PaymentAwaited
from contracts.members_agencies import AgencyFounded, BaaSigned
from contracts.message import Message, Owed, Seats
from contracts.policy_vocabulary import SeatPolicy
from contracts.rejection_base import FiguresJson
from contracts.rejections import Rejection, Unlisted
from contracts.vocabulary import (
    BillingCycle,
    BlockedDetail,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    RejectionCode,
    Role,
    SeatType,
    StripeFault,
)
from services.gateway.domain.auto_add_limits import Limits
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState
from services.gateway.domain.large_change import Size
from services.gateway.model.activity import Line
from services.gateway.model.agency import SignAgain
from services.gateway.model.api_keys import HeldKey, NewKey
from services.gateway.model.claims import ClaimChanges
from services.gateway.model.reduction import ReductionChange
from services.gateway.model.requests import AnyRequest


@dataclass(frozen=True, slots=True)
class NewMember:
    """The first values of a new member."""

    email: str
    name: str
    role: Role
    seat_type: SeatType


@dataclass(slots=True)
class MemberChanges:
    """The changes of one member; None leaves a value as it is. A status carries its reason and its seat with it.

    `swapped` is the seat type that an Active member holds now; for any other member it changes nothing.
    """

    new: NewMember | None = None
    email: str | None = None
    name: str | None = None
    status: MemberStatus | None = None
    blocked_reason: BlockedReason | None = None
    blocked_detail: BlockedDetail | None = None
    plan_type: SeatType | None = None
    seat_type: SeatType | None = None
    swapped: SeatType | None = None
    role: Role | None = None
    invited_at: datetime | None = None
    first_login_at: datetime | None = None
    last_seen_at: datetime | None = None
    reminded_at: datetime | None = None
    removed_at: datetime | None = None
    undo_until: datetime | None = None


@dataclass(slots=True)
class OpenedLink:
    """The link of an invitation that members has published. Later events of the batch change its `state`."""

    member_id: UUID
    expires_at: datetime
    inviter_id: UUID | None
    state: LinkState = LinkState.OPEN


@dataclass(frozen=True, slots=True)
class Capacity:
    """The seats as seats last published them."""

    purchased: Seats
    incoming: Seats
    waiting: Seats
    paused: RejectionCode | None
    unsettled: Seats
    frozen: FrozenReason | None
    fault: StripeFault | None = None
    declined: RejectionCode | None = None
    decline_code: str | None = None
    owed: Owed | None = None


@dataclass(slots=True)
class DayChanges:
    """The changes of one day of the agency's seats: the last purchased counts, and by how much Active moved."""

    purchased: Seats | None = None
    base_by: int = 0
    voice_by: int = 0

    def move(self, seat_type: SeatType, by: int) -> None:
        """Count so many more Active members of a type."""
        if seat_type is SeatType.BASE:
            self.base_by += by
        else:
            self.voice_by += by


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """The changes of the plan, in cents a cycle; None leaves a value. `figures` are all values of the plan."""

    cycle: BillingCycle
    total: int
    renews_at: datetime | None = None
    figures: PlanChanged | None = None

    def after(self, earlier: PlanChanges) -> PlanChanges:
        """These changes on top of the earlier ones of the batch."""
        return PlanChanges(self.cycle, self.total, self.renews_at or earlier.renews_at, self.figures or earlier.figures)


@dataclass(frozen=True, slots=True)
class OperationEnd:
    """The outcome of a command. It ends an operation of ours, if that operation waits for this type of message."""

    command_id: UUID
    outcome: str
    state: OperationState
    code: str | None = None
    figures: FiguresJson | None = None
    member_id: UUID | None = None
    sealed: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(slots=True)
class AgencyKeys:
    """The agency's API keys as far as the batch concerns them: loaded, made and ended.

    `count` is the number of all keys of the agency, loaded when a key is made.
    """

    count: int = 0
    held: dict[UUID, HeldKey] = field(default_factory=dict)
    new: list[NewKey] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)

    def make(self, key: NewKey) -> None:
        """Add a key; the next request of the same moment counts it."""
        self.count += 1
        self.new.append(key)

    def end(self, key_id: UUID) -> HeldKey | None:
        """End a key; None when the agency has no such key, or when it has ended already."""
        key = self.held.pop(key_id, None)
        if key is not None:
            self.ended.append(key_id)
        return key

    def end_all_of(self, member_id: UUID) -> list[HeldKey]:
        """End the keys that this member made."""
        keys = [key for key in self.held.values() if key.member_id == member_id]
        for key in keys:
            self.end(key.id)
        return keys


@dataclass(slots=True)
class AgencyChanges:
    """The changes of one agency in a transaction, and the requests that are decided in it.

    `parked` are the causes that hold the agency back from now on, or (False) no more. `mails` are the reasons why the
    newest mail to a member could not be delivered; None for a mail that was. `idle_mails` are since when admins want
    the mail about idle seats; None: no more. `waits` are the commands whose change waits for its payment,
    `payments_ended` billing's operations that wait no more.
    """

    agency_id: UUID
    requests: list[AnyRequest] = field(default_factory=list)
    api_keys: AgencyKeys = field(default_factory=AgencyKeys)
    founded: AgencyFounded | None = None
    opened: bool = False
    gone: bool = False
    capacity: Capacity | None = None
    purchased: Seats | None = None
    auto_add: bool | None = None
    baa: BaaSigned | None = None
    sign_again: SignAgain | None = None
    domain: str | None = None
    name: str | None = None
    step_up: Size | None = None
    limits: Limits | None = None
    reduction: ReductionChange | None = None
    policies: tuple[SeatPolicy | None, SeatPolicy | None] | None = None
    moving_line: bool | None = None
    members: dict[UUID, MemberChanges] = field(default_factory=dict)
    parked: dict[str, bool] = field(default_factory=dict)
    mails: dict[UUID, str | None] = field(default_factory=dict)
    opened_links: dict[UUID, OpenedLink] = field(default_factory=dict)
    closed_links: dict[UUID, LinkState] = field(default_factory=dict)
    erased: dict[UUID, datetime] = field(default_factory=dict)
    claims: ClaimChanges = field(default_factory=ClaimChanges)
    parts: set[str] = field(default_factory=set)
    ends: list[OperationEnd] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    days: dict[date, DayChanges] = field(default_factory=dict)
    plan: PlanChanges | None = None
    invoices: list[InvoiceChanged] = field(default_factory=list)
    awaited: PaymentAwaited | None = None
    payments_ended: set[UUID] = field(default_factory=set)
    waits: list[UUID] = field(default_factory=list)
    idle_mails: dict[UUID, datetime | None] = field(default_factory=dict)
    idle_counted_at: datetime | None = None
    at: datetime | None = None

    def day(self, at: datetime) -> DayChanges:
        """The changes of the UTC day of that moment."""
        return self.days.setdefault(at.astimezone(UTC).date(), DayChanges())

    def member(self, member_id: UUID) -> MemberChanges:
        """The changes of one member."""
        return self.members.setdefault(member_id, MemberChanges())

    def open_link(self, invitation_id: UUID, link: OpenedLink) -> None:
        """Open the link of the member's newest invitation; older links are replaced."""
        self.close_links(link.member_id, LinkState.REPLACED)
        self.opened_links[invitation_id] = link

    def close_links(self, member_id: UUID, state: LinkState) -> None:
        """Close all links of the member, in this state."""
        self.closed_links.setdefault(member_id, state)
        for link in self.opened_links.values():
            if link.member_id == member_id and link.state is LinkState.OPEN:
                link.state = state

    def operation_waits(self, command_id: UUID) -> None:
        """Answer the request of an operation that goes on: its change waits for its payment."""
        self.waits.append(command_id)

    def operation_done(self, command_id: UUID, message: Message, member_id: UUID | None = None) -> None:
        """End the operation: the command was carried out."""
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, member_id=member_id))

    def operation_done_about(self, command_id: UUID, message: Message, subject: UUID) -> None:
        """End an operation about another member than the caller: the operation stays the caller's."""
        figures: FiguresJson = {"member_id": str(subject)}
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, figures=figures))

    def operation_done_with(self, command_id: UUID, message: Message) -> None:
        """End the operation with the message as its result."""
        result = message.model_dump(mode="json")
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, result=result))

    def operation_rejected(self, command_id: UUID, message: Message, code: str, figures: Rejection | Unlisted) -> None:
        """End the operation: the command was rejected."""
        self.ends.append(OperationEnd(command_id, message.type, OperationState.REJECTED, code, figures.as_json()))
