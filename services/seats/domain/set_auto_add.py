"""Auto-Add is OFF by default and cannot be switched on until the agency's BAA is signed. OFF is never refused.

After OFF no purchase starts. One that was sent serves those it was made for; who waits beyond it is Blocked. Switching
does not end a pause after a decline: the card does, or an admin who tries again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.seats.domain.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Switched:
    """Auto-Add is as it was asked to be."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Not before the BAA is signed."""


def set_auto_add(ledger: Ledger, *, enabled: bool) -> Switched | BaaUnsigned:
    """Decide the switch. Setting what is set already is no mistake."""
    if enabled and not ledger.baa_signed:
        return BaaUnsigned()
    return Switched(replace(ledger, auto_add=enabled))
