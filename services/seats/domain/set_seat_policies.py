"""An agency sets the policy of each seat type, once its BAA is signed.

People who wait keep waiting for a purchase that is under way for them. Everybody else in line is decided by the new
policies: without a free seat, the wait ends with `awaiting_approval` or `no_seat_available` where nothing is bought.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.policy_vocabulary import SeatPolicy
from services.seats.domain.ledger import Ledger
from services.seats.domain.seat_policy import with_policies


@dataclass(frozen=True, slots=True)
class PoliciesSet:
    """The policies are set as requested."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Admin actions are locked before the BAA is signed."""


def set_seat_policies(ledger: Ledger, base: SeatPolicy, voice: SeatPolicy) -> PoliciesSet | BaaUnsigned:
    """Decide the setting. Setting the policies that are set already succeeds."""
    return PoliciesSet(with_policies(ledger, base, voice)) if ledger.baa_signed else BaaUnsigned()
