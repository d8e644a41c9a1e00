"""The notifier's state of one agency: the rows that a decision loaded, and the changes that it made to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from contracts.vocabulary import BlockedDetail, BlockedReason, MemberStatus, Role, SeatType
from services.notifier.domain.digest import Digest
from services.notifier.domain.external_changes import ExternalChange
from services.notifier.domain.recipients import active_admins

ADMINS_AT_ONCE = 100
"""Admins who are loaded and mailed in one transaction."""
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """A member, with what mails need. `blocked_at` is when this service handled the event.

    `operation_id` is the purchase that the person waits for since `waiting_since`, `digest_id`
    the open digest that will name them. `undelivered_at` is when the person was last mailed about an invitation of
    theirs that could not be delivered, `advised_at` when a sign-up with their address was last answered by a mail.
    """

    member_id: UUID
    email: str
    name: str
    role: Role
    status: MemberStatus
    seat_type: SeatType
    waiting_since: datetime | None = None
    operation_id: UUID | None = None
    blocked_reason: BlockedReason | None = None
    blocked_at: datetime | None = None
    digest_id: UUID | None = None
    undelivered_at: datetime | None = None
    advised_at: datetime | None = None
    blocked_detail: BlockedDetail | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """The purchase that was started last, and how many people wait for it beyond those who are named."""

    id: UUID
    more: int


@dataclass(slots=True)
class Agency:
    """One agency. `name` is None until it is founded. `people` holds those whom the batch's messages concern.

    `digest_count` is how many people the open digest would name; `people` holds the first of them.
    """

    agency_id: UUID
    name: str | None = None
    digest: Digest | None = None
    external_change: ExternalChange | None = None
    address_limited_at: datetime | None = None
    first_logins_limited_at: datetime | None = None
    purchase: Purchase | None = None
    digest_count: int = 0
    people: dict[UUID, Person] = field(default_factory=dict)
    changed: bool = False
    changed_people: set[UUID] = field(default_factory=set)
    deleted: bool = False

    @property
    def display_name(self) -> str:
        """The name that mails show; ValueError before the agency was founded."""
        if self.name is None:
            raise ValueError("the agency has no name: agency_founded was not handled")
        return self.name

    def found(self, name: str) -> None:
        """Create the agency."""
        self.name, self.changed, self.deleted = name, True, False

    def rename(self, name: str) -> None:
        """Replace the name."""
        self.name, self.changed = name, True

    def delete(self) -> None:
        """Delete the agency with its people: its founding was rejected."""
        self.name, self.digest, self.external_change, self.deleted, self.changed = None, None, None, True, False
        self.people.clear()
        self.changed_people.clear()

    def put(self, person: Person) -> None:
        """Add the person, or replace their row."""
        self.people[person.member_id] = person
        self.changed_people.add(person.member_id)

    def set_digest(self, digest: Digest | None) -> None:
        """Replace the open digest; None closes it."""
        self.digest, self.changed = digest, True

    def set_purchase(self, purchase: Purchase) -> None:
        """Keep the purchase that was started last."""
        self.purchase, self.changed = purchase, True

    def set_external_change(self, change: ExternalChange | None) -> None:
        """Replace the change at Stripe that is not mailed yet; None when there is none any more."""
        self.external_change, self.changed = change, True

    def tell_of_wrong_codes(self, at: datetime, *, first_logins: bool) -> None:
        """The admins are mailed now that codes stop: for an address, or for first logins."""
        if first_logins:
            self.first_logins_limited_at = at
        else:
            self.address_limited_at = at
        self.changed = True

    def admins(self) -> list[Person]:
        """The Active admins, who get the mails about the agency: the first of them, one more than a portion."""
        return active_admins(self.people.values())

    def waiting_for(self, operation_id: UUID) -> list[Person]:
        """The people who wait for this purchase, in order of arrival."""
        waiting = [person for person in self.people.values() if person.operation_id == operation_id]
        return sorted(waiting, key=lambda person: (person.waiting_since or _LATEST, person.member_id))

    def in_digest(self, digest_id: UUID) -> list[Person]:
        """The people whom this digest names, in the order in which they were Blocked."""
        blocked = [
            person for person in self.people.values() if person.digest_id == digest_id and person.blocked_at is not None
        ]
        return sorted(blocked, key=lambda person: (person.blocked_at or _LATEST, person.member_id))
