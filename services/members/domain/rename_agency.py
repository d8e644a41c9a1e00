"""An admin may give the agency another name. Two agencies may have the same name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member


@dataclass(frozen=True, slots=True)
class Renamed:
    """The agency has the name. `before` is the earlier one, the same if nothing changed."""

    agency: Agency
    before: str


def rename_agency(agency: Agency | None, actor: Member | None, name: str) -> Renamed | Reject:
    """Decide a new name."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    return Renamed(replace(allowed, name=name), allowed.name)
