"""An agency whose account could not be opened is rejected: it does not exist, and its domain is free again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.members.domain.agency import Agency, stands


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The agency is rejected."""

    agency: Agency


@dataclass(frozen=True, slots=True)
class NotThere:
    """The agency does not exist, so nothing changes."""


def account_rejected(agency: Agency | None) -> Withdraw | NotThere:
    """Decide what a rejected account changes for its agency."""
    if not stands(agency):
        return NotThere()
    return Withdraw(replace(agency, rejected=True))
