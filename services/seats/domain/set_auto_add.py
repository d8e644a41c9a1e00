"""Auto-Add is OFF by default, and can be switched ON once the agency's BAA is signed. OFF is never rejected.

After OFF no purchase starts. A purchase under way serves the members that it was made for; everyone else in line is
Blocked. Switching does not end a pause after a decline: a good card does, or an admin's retry. What the
switch does to the policy of a seat type is in `seat_policy.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.seats.domain.ledger import Ledger
from services.seats.domain.seat_policy import switched


@dataclass(frozen=True, slots=True)
class Switched:
    """Auto-Add is set as requested."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Auto-Add cannot be ON before the BAA is signed."""


def set_auto_add(ledger: Ledger, *, enabled: bool) -> Switched | BaaUnsigned:
    """Decide the switch. A switch to the current setting succeeds."""
    if enabled and not ledger.baa_signed:
        return BaaUnsigned()
    return Switched(switched(ledger, enabled=enabled))
