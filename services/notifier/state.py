"""What the notifier knows of an agency while it decides: the part that was loaded, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from services.notifier.domain.digest import Digest
from services.notifier.domain.external_changes import ExternalChange
from services.notifier.domain.recipients import active_admins

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """A member as mails need to know them. Their times are ours: when the news was heard.

    `operation_id` is the purchase they wait for, `bought` whether a seat of it is theirs already, `digest_id` the
    digest that is to name them.
    """

    member_id: UUID
    email: str
    name: str
    role: Role
    status: MemberStatus
    seat_type: SeatType
    waiting_since: datetime | None = None
    operation_id: UUID | None = None
    bought: bool = False
    blocked_reason: BlockedReason | None = None
    blocked_at: datetime | None = None
    digest_id: UUID | None = None


@dataclass(slots=True)
class Agency:
    """One agency. `name` is None until it was founded. `people` holds whom the decisions concern, and the admins."""

    agency_id: UUID
    name: str | None = None
    digest: Digest | None = None
    external_change: ExternalChange | None = None
    people: dict[UUID, Person] = field(default_factory=dict)
    changed: bool = False
    changed_people: set[UUID] = field(default_factory=set)
    forgotten: bool = False

    @property
    def called(self) -> str:
        """The name that mails show; ValueError before the agency was founded."""
        if self.name is None:
            raise ValueError("nothing was heard of this agency's founding")
        return self.name

    def founded(self, name: str) -> None:
        """The agency exists from now on."""
        self.name, self.changed, self.forgotten = name, True, False

    def refused(self) -> None:
        """There is no such agency, and there never were these people."""
        self.name, self.digest, self.external_change, self.forgotten, self.changed = None, None, None, True, False
        self.people.clear()
        self.changed_people.clear()

    def put(self, person: Person) -> None:
        """This is what is known of the person now."""
        self.people[person.member_id] = person
        self.changed_people.add(person.member_id)

    def gather(self, digest: Digest | None) -> None:
        """This is the open digest now; None: there is none."""
        self.digest, self.changed = digest, True

    def changed_externally(self, change: ExternalChange | None) -> None:
        """This is the change at Stripe that is still to be told now; None: there is none."""
        self.external_change, self.changed = change, True

    def admins(self) -> list[Person]:
        """Everybody who is to be told what concerns the agency."""
        return active_admins(self.people.values())

    def waiting_for(self, operation_id: UUID) -> list[Person]:
        """Who waits for this purchase, in order of arrival."""
        return in_order(one for one in self.people.values() if one.operation_id == operation_id)

    def named_in(self, digest_id: UUID) -> list[Person]:
        """Whom this digest is to name, in the order in which they were Blocked."""
        named = [one for one in self.people.values() if one.digest_id == digest_id and one.blocked_at is not None]
        return sorted(named, key=lambda one: (one.blocked_at or _LATEST, one.member_id))


def in_order(people: Iterable[Person]) -> list[Person]:
    """By the moment since which they wait, then by id."""
    return sorted(people, key=lambda one: (one.waiting_since or _LATEST, one.member_id))
