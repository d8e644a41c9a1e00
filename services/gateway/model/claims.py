"""The sign-ups for Pending logins, as a batch of events changes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.vocabulary import SeatType


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A sign-up for a Pending login. `operation_id` is the command that brought it."""

    member_id: UUID
    operation_id: UUID
    email: str
    name: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class Correction:
    """The values that replace those of a member's claims; None keeps them."""

    name: str | None = None
    seat_type: SeatType | None = None

    def of(self, claim: NewClaim) -> NewClaim:
        """The claim with the corrected values."""
        return replace(claim, name=self.name or claim.name, seat_type=self.seat_type or claim.seat_type)


@dataclass(slots=True)
class ClaimChanges:
    """The changes of an agency's claims in a batch. Stored claims end first, and are corrected before new ones come."""

    ended: set[UUID] = field(default_factory=set)
    corrected: dict[UUID, Correction] = field(default_factory=dict)
    new: list[NewClaim] = field(default_factory=list)

    def add(self, claim: NewClaim) -> None:
        """Add a claim."""
        self.new.append(claim)

    def end(self, member_id: UUID) -> None:
        """End all claims of a member so far."""
        self.ended.add(member_id)
        self.new = [claim for claim in self.new if claim.member_id != member_id]

    def correct(self, member_id: UUID, correction: Correction) -> None:
        """Correct all claims of a member so far."""
        earlier = self.corrected.get(member_id, Correction())
        self.corrected[member_id] = Correction(
            correction.name or earlier.name, correction.seat_type or earlier.seat_type
        )
        self.new = [correction.of(claim) if claim.member_id == member_id else claim for claim in self.new]
