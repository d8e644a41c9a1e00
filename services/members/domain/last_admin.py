"""At least one Active admin always: the last one is neither demoted nor removed, however many act at once."""

from __future__ import annotations

from collections.abc import Iterable

from services.members.domain.agency import Member


def is_last_admin(member: Member, members: Iterable[Member]) -> bool:
    """Whether the agency would be left without an Active admin; `members` holds at least all of its admins."""
    return member.is_active_admin and not any(one.is_active_admin and one.id != member.id for one in members)
