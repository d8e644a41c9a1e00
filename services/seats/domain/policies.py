"""The policies of an agency's seat types as the ledger keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import SeatType


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy that each seat type has of its own; None follows the Auto-Add switch."""

    base: SeatPolicy | None = None
    voice: SeatPolicy | None = None

    def of(self, seat_type: SeatType) -> SeatPolicy | None:
        """The policy that one seat type has of its own."""
        return self.base if seat_type is SeatType.BASE else self.voice


BY_THE_SWITCH = Policies()
"""Both seat types follow the switch, as long as an admin sets nothing else."""
