"""What a batch changes in the read model, gathered in memory, and what a request reads and writes at the desk.

The projector loads nothing: facts only say what is new, and the store writes all of a batch's news together.
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
    Proof,
    Refusal,
    Role,
    SeatType,
)
from services.gateway.activity.told import Line
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState


@dataclass(frozen=True, slots=True)
class NewMember:
    """A row to be."""

    email: str
    name: str
    role: Role
    seat_type: SeatType


@dataclass(slots=True)
class MemberNews:
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
    paused: Refusal | None
    unsettled: Seats
    frozen: FrozenReason | None


@dataclass(slots=True)
class DayNews:
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
class PlanNews:
    """What a batch said of the plan, cents a cycle; None: nothing said. `figures` are all that belongs to a plan."""

    cycle: BillingCycle
    total: int
    renews_at: datetime | None = None
    figures: PlanChanged | None = None

    def after(self, earlier: PlanNews) -> PlanNews:
        """This news on top of what was said earlier in the batch."""
        return PlanNews(self.cycle, self.total, self.renews_at or earlier.renews_at, self.figures or earlier.figures)


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an order, if it was one of ours."""

    order_id: UUID
    outcome: str
    state: OperationState
    code: str | None = None
    figures: Figures | None = None
    member_id: UUID | None = None
    sealed: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A write that came over HTTP, as it is recorded."""

    id: UUID
    agency_id: UUID
    caller: str
    kind: str
    fingerprint: bytes
    secret: bool
    state: OperationState
    code: str | None = None
    figures: Figures = field(default_factory=dict)
    member_id: UUID | None = None
    sealed: str | None = None
    outcome: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Wanted of the load: that this operation is ours to begin. An earlier one of the same id wins."""

    operation: Operation
    outcomes: tuple[str, ...]


@dataclass(slots=True)
class LoginCode:
    """A code and link that were mailed (or would have been); `wrong` and `used` are what this batch makes of them."""

    id: UUID
    mailbox: str
    code_hash: bytes | None
    created_at: datetime
    expires_at: datetime
    wrong: int
    used: bool
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands in the very transaction that decides; `removed_at` is when they were last removed."""

    status: MemberStatus
    role: Role
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Try:
    """Wanted of the load: the code of this browser and address, or the link, and the wrong tries that count."""

    proof: Proof
    member_id: UUID
    mailbox: str
    browser_hash: bytes | None
    link_hash: bytes | None
    address: bytes
    first_logins: bytes | None
    claim: Claim | None = None


@dataclass(slots=True)
class Invitation:
    """An invitation's link, locked; who it is for is known once members has said so."""

    id: UUID
    member_id: UUID | None
    state: LinkState
    expires_at: datetime
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """Wanted of the load: this invitation, and the member who follows its link."""

    invitation_id: UUID
    member_id: UUID
    claim: Claim


@dataclass(frozen=True, slots=True)
class NewLink:
    """An invitation that is ordered now: its link, as a keyed hash."""

    id: UUID
    link_hash: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An API key, as it is ended or listed."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key to be: its secret, as a keyed hash."""

    id: UUID
    agency_id: UUID
    member_id: UUID
    name: str
    secret_hash: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeKeys:
    """Wanted of the load: where this admin stands and, when one is to be revoked, that key of the agency's."""

    agency_id: UUID
    member_id: UUID
    claim: Claim
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MailCode:
    """Wanted of the load: the sealed code of this request, if nobody has ordered its mail yet."""

    code_id: UUID


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A code on its way into a mail."""

    sealed: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session row to be; `ends` is the browser's earlier one, if it had any."""

    token_hash: bytes
    member_id: UUID
    agency_id: UUID
    expires_at: datetime
    ends: bytes | None = None


@dataclass(slots=True)
class Desk:
    """What the requests of one moment need and change, all agencies together."""

    earlier: dict[UUID, Operation] = field(default_factory=dict)
    codes: dict[tuple[bytes, str], LoginCode] = field(default_factory=dict)
    links: dict[bytes, LoginCode] = field(default_factory=dict)
    guesses: dict[bytes, list[datetime]] = field(default_factory=dict)
    to_mail: dict[UUID, SealedCode] = field(default_factory=dict)
    wrong: list[tuple[bytes, datetime]] = field(default_factory=list)
    sessions: list[NewSession] = field(default_factory=list)
    unclaimed: list[UUID] = field(default_factory=list)
    standing: dict[UUID, Standing] = field(default_factory=dict)
    invitations: dict[UUID, Invitation] = field(default_factory=dict)
    new_links: list[tuple[UUID, NewLink]] = field(default_factory=list)
    keys: dict[UUID, HeldKey] = field(default_factory=dict)
    keys_of: dict[UUID, list[HeldKey]] = field(default_factory=dict)
    key_counts: dict[UUID, int] = field(default_factory=dict)
    new_keys: list[NewKey] = field(default_factory=list)
    dead_keys: list[UUID] = field(default_factory=list)

    def begun_before(self, claim: Claim | None) -> Operation | None:
        """The earlier operation of the same id; None when this one is ours to begin, which it is only once."""
        if claim is None:
            return None
        earlier = self.earlier.get(claim.operation.id)
        if earlier is None:
            # Two requests of one moment with one key: the second one finds the first.
            self.earlier[claim.operation.id] = claim.operation
        return earlier

    def unclaim(self, claim: Claim) -> None:
        """Nothing was begun after all: the key stays free for the try that succeeds."""
        self.unclaimed.append(claim.operation.id)
        self.earlier.pop(claim.operation.id, None)


@dataclass(slots=True)
class AgencyNews:
    """What a batch said about one agency."""

    agency_id: UUID
    desk: Desk
    founded: AgencyFounded | None = None
    opened: bool = False
    gone: bool = False
    capacity: Capacity | None = None
    purchased: Seats | None = None
    auto_add: bool | None = None
    baa: BaaSigned | None = None
    domain: str | None = None
    members: dict[UUID, MemberNews] = field(default_factory=dict)
    opened_links: dict[UUID, OpenedLink] = field(default_factory=dict)
    closed_links: dict[UUID, LinkState] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    finished: list[Finished] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    days: dict[date, DayNews] = field(default_factory=dict)
    plan: PlanNews | None = None
    invoices: list[InvoiceChanged] = field(default_factory=list)
    at: datetime | None = None

    def day(self, at: datetime) -> DayNews:
        """The news of the UTC day of that moment, begun when there are none yet."""
        return self.days.setdefault(at.astimezone(UTC).date(), DayNews())

    def member(self, member_id: UUID) -> MemberNews:
        """The news of one member, begun when there are none yet."""
        return self.members.setdefault(member_id, MemberNews())

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

    def ended(self, order_id: UUID, message: Message, member_id: UUID | None = None) -> None:
        """An order was carried out."""
        self.finished.append(Finished(order_id, message.type, OperationState.DONE, member_id=member_id))

    def ended_about(self, order_id: UUID, message: Message, subject: UUID) -> None:
        """An order was carried out on somebody else than who gave it: the operation stays the giver's."""
        figures: Figures = {"member_id": str(subject)}
        self.finished.append(Finished(order_id, message.type, OperationState.DONE, figures=figures))

    def ended_with(self, order_id: UUID, message: Message) -> None:
        """An order was carried out: what was said of it is the operation's result."""
        result = message.model_dump(mode="json")
        self.finished.append(Finished(order_id, message.type, OperationState.DONE, result=result))

    def refused(self, order_id: UUID, message: Message, code: str, figures: Figures) -> None:
        """An order was refused."""
        self.finished.append(Finished(order_id, message.type, OperationState.REFUSED, code, dict(figures)))
