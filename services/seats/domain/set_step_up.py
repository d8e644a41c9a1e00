"""An agency sets the size above which a change of money needs a fresh code, once its BAA is signed.

seats only keeps the size. The gateway asks for the code, because it alone knows who makes a change and when that person
last proved the address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.seats.domain.ledger import Ledger, StepUp


@dataclass(frozen=True, slots=True)
class StepUpSet:
    """The size is set as requested."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Admin actions are locked before the BAA is signed."""


def set_step_up(ledger: Ledger, step_up: StepUp) -> StepUpSet | BaaUnsigned:
    """Decide the setting. Setting the size that is set already succeeds."""
    return StepUpSet(replace(ledger, step_up=step_up)) if ledger.baa_signed else BaaUnsigned()
