"""An agency always has an Active admin: the last one is neither demoted nor removed, however many act at once."""

from __future__ import annotations

from collections.abc import Iterable

from services.members.domain.agency import Member


def is_last_admin(member: Member, members: Iterable[Member]) -> bool:
    """Whether the agency would be left without an Active admin; `members` holds another one, if there is one."""
    return member.is_active_admin and not any(other.is_active_admin and other.id != member.id for other in members)
