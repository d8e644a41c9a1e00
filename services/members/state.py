"""The state of one agency and its members during a batch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.baa import CURRENT_BAA, BaaVersion
from contracts.vocabulary import Actor, mailbox_of
from services.members.domain.admin_action import AdminRequest
from services.members.domain.agency import Agency, Member
from services.members.domain.capacity import Capacity, held
from services.members.domain.found_agency import Claim
from services.members.domain.set_domain import is_proven_by


@dataclass(slots=True)
class Roster:
    """An agency and the members that the batch names. `claims` are the results of its claims to domains.

    `current_baa` is the version of the BAA that can be signed now. `line` has the first Blocked members of each seat
    type, in order of arrival, if a message of the batch may free a seat for them.
    """

    agency_id: UUID
    agency: Agency | None = None
    capacity: Capacity = field(default_factory=Capacity)
    stored_capacity: Capacity | None = None
    claims: dict[str, Claim] = field(default_factory=dict)
    by_id: dict[UUID, Member] = field(default_factory=dict)
    ids_by_mailbox: dict[str, dict[UUID, None]] = field(default_factory=dict)
    entered: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    agency_changed: bool = False
    line: list[UUID] = field(default_factory=list)
    current_baa: BaaVersion = CURRENT_BAA

    def know(self, member: Member) -> None:
        """Add a member as they are stored."""
        before = self.by_id.get(member.id)
        if before is not None and before.mailbox != member.mailbox:
            del self.ids_by_mailbox[before.mailbox][member.id]
        self.by_id[member.id] = member
        self.ids_by_mailbox.setdefault(member.mailbox, {})[member.id] = None

    def by_mailbox(self, email: str) -> list[Member]:
        """The members with the mailbox of this address, however theirs is spelled."""
        return [self.by_id[member_id] for member_id in self.ids_by_mailbox.get(mailbox_of(email), ())]

    def by_address(self, email: str) -> Member | None:
        """The member with exactly this address."""
        return next((member for member in self.by_mailbox(email) if member.email == email), None)

    def enter(self, member: Member) -> None:
        """Add a new member."""
        self.know(member)
        self.entered.add(member.id)

    def change(self, member: Member) -> None:
        """Replace a known member. Only this method counts the Active members."""
        before = self.by_id[member.id]
        if before.plan_type is not member.plan_type:
            self.capacity = held(self.capacity, before.plan_type, member.plan_type)
        self.know(member)
        if member.id not in self.entered:
            self.changed.add(member.id)

    def block(self, member: Member) -> None:
        """Replace a known member who is Blocked now, and give them the last place among the Blocked."""
        place = self.capacity.last_blocked + 1
        self.capacity = replace(self.capacity, last_blocked=place)
        self.change(replace(member, blocked_place=place))

    def acting(self, actor: Actor) -> Member | None:
        """The member that acts; None for another kind of actor, and for a member who was not loaded."""
        return self.by_id.get(actor.member_id) if actor.member_id is not None else None

    def admin_request(self, subject: UUID, actor: Actor) -> AdminRequest:
        """An admin's action on this member."""
        return AdminRequest(self.agency, self.acting(actor), self.by_id.get(subject), self.by_id.values())

    def has(self, domain: str) -> bool:
        """Whether this is the agency's domain."""
        return self.agency is not None and self.agency.domain == domain

    def could_prove(self, domain: str) -> bool:
        """Whether an admin of the agency has a proven address on that domain."""
        return any(is_proven_by(domain, member) for member in self.by_id.values())

    def set_agency(self, agency: Agency) -> None:
        """Set the new or changed agency."""
        self.agency = agency
        self.agency_changed = True
