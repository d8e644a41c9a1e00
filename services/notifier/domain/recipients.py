"""A mail about the agency goes to all its Active admins, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role


class HasStatus(Protocol):
    """A member with a role and a status."""

    @property
    def member_id(self) -> UUID:
        """The member's id."""
        ...

    @property
    def role(self) -> Role:
        """The member's role."""
        ...

    @property
    def status(self) -> MemberStatus:
        """The member's status."""
        ...


Person = TypeVar("Person", bound=HasStatus)


def active_admins(people: Iterable[Person]) -> list[Person]:
    """The Active admins among these people, ordered by id."""
    admins = [person for person in people if person.role is Role.ADMIN and person.status is MemberStatus.ACTIVE]
    return sorted(admins, key=lambda admin: admin.member_id)
