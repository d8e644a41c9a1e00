"""An action on several members at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import Role, SeatType

MOST_CHANGED = 50
"""Members of one request, each of whom is a command: as many as a page of the list shows."""


class Action(StrEnum):
    """The action on each of the members."""

    REINVITE = "reinvite"
    APPROVE = "approve"
    DECLINE = "decline"
    REMOVE = "remove"
    UNDO_REMOVAL = "undo_removal"
    CANCEL_INVITATION = "cancel_invitation"
    REMIND = "remind"
    CHANGE_SEAT = "change_seat"
    CHANGE_ROLE = "change_role"


@dataclass(frozen=True, slots=True)
class Change:
    """The action, with the seat type or the role that it gives, or the note of a declined request."""

    action: Action
    seat_type: SeatType | None = None
    role: Role | None = None
    note: str | None = None
