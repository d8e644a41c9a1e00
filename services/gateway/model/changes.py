"""What a batch changes in the read model, gathered in memory.

The projector loads nothing: events only say what is new, and the store writes all of a batch's news together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts.billing import InvoiceChanged, PlanChanged
from contracts.members import AgencyFounded, BaaSigned
from contracts.message import Figures, Message, Seats
from contracts.vocabulary import (
    BillingCycle,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    RejectionCode,
    Role,
    SeatType,
)
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState
from services.gateway.model.activity import Line
from services.gateway.model.request_state import Desk


@dataclass(frozen=True, slots=True)
class NewMember:
    """A row to be."""

    email: str
    name: str
    role: Role
    seat_type: SeatType


@dataclass(slots=True)
class MemberChanges:
    """What a batch said about one member; None: nothing said. A status carries its reason and its seat with it.

    `swapped` is the seat that an Active member holds now; of anybody else it changes nothing.
    """

    new: NewMember | None = None
    email: str | None = None
    name: str | None = None
    status: MemberStatus | None = None
    blocked_reason: BlockedReason | None = None
    plan_type: SeatType | None = None
    seat_type: SeatType | None = None
    swapped: SeatType | None = None
    role: Role | None = None
    invited_at: datetime | None = None
    first_login_at: datetime | None = None
    last_seen_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(slots=True)
class OpenedLink:
    """An invitation that members has said; `state` is what the rest of the batch made of its link."""

    member_id: UUID
    expires_at: datetime
    state: LinkState = LinkState.OPEN


@dataclass(frozen=True, slots=True)
class Capacity:
    """The seats as their service last told."""

    purchased: Seats
    incoming: Seats
    waiting: Seats
    paused: RejectionCode | None
    unsettled: Seats
    frozen: FrozenReason | None


@dataclass(slots=True)
class DayChanges:
    """What a batch brought to a day of the agency's seats: the last purchased counts, by how much Active moved."""

    purchased: Seats | None = None
    base_by: int = 0
    voice_by: int = 0

    def move(self, seat_type: SeatType, by: int) -> None:
        """So many more Active members of a type."""
        if seat_type is SeatType.BASE:
            self.base_by += by
        else:
            self.voice_by += by


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What a batch said of the plan, cents a cycle; None: nothing said. `figures` are all that belongs to a plan."""

    cycle: BillingCycle
    total: int
    renews_at: datetime | None = None
    figures: PlanChanged | None = None

    def after(self, earlier: PlanChanges) -> PlanChanges:
        """This news on top of what was said earlier in the batch."""
        return PlanChanges(self.cycle, self.total, self.renews_at or earlier.renews_at, self.figures or earlier.figures)


@dataclass(frozen=True, slots=True)
class OperationEnd:
    """The end of a command, if it was one of ours."""

    command_id: UUID
    outcome: str
    state: OperationState
    code: str | None = None
    figures: Figures | None = None
    member_id: UUID | None = None
    sealed: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(slots=True)
class AgencyChanges:
    """What a batch said about one agency."""

    agency_id: UUID
    request_state: Desk
    founded: AgencyFounded | None = None
    opened: bool = False
    gone: bool = False
    capacity: Capacity | None = None
    purchased: Seats | None = None
    auto_add: bool | None = None
    baa: BaaSigned | None = None
    domain: str | None = None
    members: dict[UUID, MemberChanges] = field(default_factory=dict)
    opened_links: dict[UUID, OpenedLink] = field(default_factory=dict)
    closed_links: dict[UUID, LinkState] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    ends: list[OperationEnd] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    days: dict[date, DayChanges] = field(default_factory=dict)
    plan: PlanChanges | None = None
    invoices: list[InvoiceChanged] = field(default_factory=list)
    at: datetime | None = None

    def day(self, at: datetime) -> DayChanges:
        """The news of the UTC day of that moment, begun when there are none yet."""
        return self.days.setdefault(at.astimezone(UTC).date(), DayChanges())

    def member(self, member_id: UUID) -> MemberChanges:
        """The news of one member, begun when there are none yet."""
        return self.members.setdefault(member_id, MemberChanges())

    def open_link(self, invitation_id: UUID, member_id: UUID, expires_at: datetime) -> None:
        """The member's newest invitation: its link is good, and older ones are not any more."""
        self.close_links(member_id, LinkState.REPLACED)
        self.opened_links[invitation_id] = OpenedLink(member_id, expires_at)

    def close_links(self, member_id: UUID, state: LinkState) -> None:
        """No link of the member's accepts any more."""
        self.closed_links.setdefault(member_id, state)
        for link in self.opened_links.values():
            if link.member_id == member_id and link.state is LinkState.OPEN:
                link.state = state

    def operation_done(self, command_id: UUID, message: Message, member_id: UUID | None = None) -> None:
        """A command was carried out."""
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, member_id=member_id))

    def operation_done_about(self, command_id: UUID, message: Message, subject: UUID) -> None:
        """A command was carried out on somebody else than who gave it: the operation stays the giver's."""
        figures: Figures = {"member_id": str(subject)}
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, figures=figures))

    def operation_done_with(self, command_id: UUID, message: Message) -> None:
        """A command was carried out: what was said of it is the operation's result."""
        result = message.model_dump(mode="json")
        self.ends.append(OperationEnd(command_id, message.type, OperationState.DONE, result=result))

    def operation_rejected(self, command_id: UUID, message: Message, code: str, figures: Figures) -> None:
        """A command was refused."""
        self.ends.append(OperationEnd(command_id, message.type, OperationState.REFUSED, code, dict(figures)))
