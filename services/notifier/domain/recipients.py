"""What concerns the agency is told to all its Active admins, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role


class HasStatus(Protocol):
    """Somebody with a role and a status."""

    @property
    def member_id(self) -> UUID:
        """Who it is."""
        ...

    @property
    def role(self) -> Role:
        """What they may do."""
        ...

    @property
    def status(self) -> MemberStatus:
        """Where they stand."""
        ...


Person = TypeVar("Person", bound=HasStatus)


def active_admins(people: Iterable[Person]) -> list[Person]:
    """All Active admins among these people, in a stable order."""
    admins = [one for one in people if one.role is Role.ADMIN and one.status is MemberStatus.ACTIVE]
    return sorted(admins, key=lambda one: one.member_id)
