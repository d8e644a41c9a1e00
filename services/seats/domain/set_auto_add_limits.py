"""An agency limits what Auto-Add buys, once its BAA is signed. With Auto-Add OFF the limits are kept for later.

A purchase under way is made as it was begun. Members who wait, and for whom the limits leave no seat, are Blocked.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.seats.domain.auto_add_limit import limited
from services.seats.domain.ledger import Ledger
from services.seats.domain.limits import Limit


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """The limits are set as requested."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Admin actions are locked before the BAA is signed."""


def set_auto_add_limits(ledger: Ledger, base: Limit, voice: Limit) -> LimitsSet | BaaUnsigned:
    """Decide the setting. Setting the limits that are set already succeeds."""
    return LimitsSet(limited(ledger, base, voice)) if ledger.baa_signed else BaaUnsigned()
