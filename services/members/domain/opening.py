"""An agency whose account could not be opened does not exist: it is rejected, and its domain is free again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.members.domain.agency import Agency, stands


@dataclass(frozen=True, slots=True)
class Withdraw:
    """There is no such agency after all."""

    agency: Agency


@dataclass(frozen=True, slots=True)
class NotThere:
    """There is none to withdraw."""


def account_rejected(agency: Agency | None) -> Withdraw | NotThere:
    """Decide what a rejected account changes."""
    if not stands(agency):
        return NotThere()
    return Withdraw(replace(agency, rejected=True))
