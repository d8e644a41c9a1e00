"""Messages of the seats service: seats assigned, waited for, bought, and swapped."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt

from contracts.message import (
    AgencyParked,
    AgencyResumed,
    Code,
    Command,
    CommandRejected,
    Count,
    Event,
    Owed,
    Payload,
    Seats,
    Text,
)
from contracts.vocabulary import BlockedDetail, BlockedReason, FrozenReason, RejectionCode, SeatType, StripeFault


class SetAutoAdd(Command, type="seats.set_auto_add.v1", outcomes=("seats.auto_add_set.v1",)):
    """Switch Auto-Add Seats ON (only with a signed BAA) or OFF (never rejected)."""

    enabled: bool


class SetStepUp(Command, type="seats.set_step_up.v1", outcomes=("seats.step_up_set.v1",)):
    """Require a fresh code for a change that adds more than `seats`, or is charged more than `amount` cents today."""

    seats: Count
    amount: NonNegativeInt
    currency: Text = "usd"


class Swap(Command, type="seats.swap.v1", outcomes=("seats.seat_swapped.v1",)):
    """An admin exchanges an Active member's seat for one of this type. The purchased counts stay as they are."""

    member_id: UUID
    seat_type: SeatType


MOST_EXCHANGED = 50
"""Members whose seats one command exchanges."""


class SeatMove(Payload):
    """The seat type that a member is to hold."""

    member_id: UUID
    seat_type: SeatType


class Exchange(Command, type="seats.exchange.v1", outcomes=("seats.seats_exchanged.v1",)):
    """An admin exchanges the seats of Active members in one step, also while both types are full.

    All of them are moved, or nobody is. The purchased counts stay as they are.
    """

    moves: Annotated[tuple[SeatMove, ...], Field(min_length=2, max_length=MOST_EXCHANGED)]


class SeatAssigned(Event, type="seats.seat_assigned.v1"):
    """The member holds a paid seat. `operation_id` names the purchase that bought it, None for a seat that was free.

    `waited_since` is when the member began to wait for the purchase.
    """

    member_id: UUID
    seat_type: SeatType
    operation_id: UUID | None = None
    waited_since: AwareDatetime | None = None


class SeatDenied(Event, type="seats.seat_denied.v1"):
    """The member gets no seat. `operation_id` names the declined purchase that the member waited for.

    `detail` comes with `seats_reduced_elsewhere`, and with `billing_unavailable` if Stripe accepts no change.
    """

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason
    operation_id: UUID | None = None
    detail: BlockedDetail | None = None


class SeatReleased(Event, type="seats.seat_released.v1"):
    """The member no longer holds a seat (`held`) or no longer waits for one. The purchased counts stay as they are.

    The member was removed, or was Blocked and re-invited at the moment when a good card gave them a seat.
    """

    member_id: UUID
    seat_type: SeatType
    held: bool


class SeatSwapped(Event, type="seats.seat_swapped.v1"):
    """The member holds a seat of `seat_type` instead of `before`. Both are the same if the swap changed nothing."""

    member_id: UUID
    before: SeatType
    seat_type: SeatType


class ExchangedSeat(Payload):
    """The member holds a seat of `seat_type` instead of `before`. Both are the same for one who held it already."""

    member_id: UUID
    before: SeatType
    seat_type: SeatType


class SeatsExchanged(Event, type="seats.seats_exchanged.v1"):
    """These members have exchanged their seats, all of them in the same moment."""

    moves: Annotated[tuple[ExchangedSeat, ...], Field(min_length=1, max_length=MOST_EXCHANGED)]


class Frozen(Event, type="seats.frozen.v1"):
    """The subscription has fewer seats than Active members, or is gone. Nobody is suspended, and nothing is bought."""

    reason: FrozenReason
    purchased: Seats
    active: Seats


class Thawed(Event, type="seats.thawed.v1"):
    """The subscription has enough seats again, and the freeze ends."""

    purchased: Seats


class AutoAddSet(Event, type="seats.auto_add_set.v1"):
    """Auto-Add Seats is ON or OFF. `before` equals `enabled` if the command changed nothing."""

    enabled: bool
    before: bool | None = None


class StepUpSet(Event, type="seats.step_up_set.v1"):
    """A change that adds more than `seats`, or is charged more than `amount` cents today, needs a fresh code.

    `*_before` are the figures until now; None if the agency had never set them.
    """

    seats: Count
    amount: NonNegativeInt
    seats_before: Count | None = None
    amount_before: NonNegativeInt | None = None
    currency: Text = "usd"


class CapacityChanged(Event, type="seats.capacity_changed.v1"):
    """Seats purchased, being bought and waited for, and why Auto-Add buys nothing, if so. Active is not part of it.

    `unsettled` are purchased seats that no invoice has charged yet. `fault`: why Stripe accepts no change, while
    Auto-Add is paused for that. Two facts pause Auto-Add: `declined`, the code of a purchase that failed (of a decline,
    `decline_code` is Stripe's), and `owed`, what is unpaid. `paused` is the one that counts now: `past_due` first.
    """

    purchased: Seats
    incoming: Seats
    waiting: Seats
    paused: RejectionCode | None = None
    unsettled: Seats = Seats()
    frozen: FrozenReason | None = None
    fault: StripeFault | None = None
    declined: RejectionCode | None = None
    decline_code: Code | None = None
    owed: Owed | None = None


class SeatsCommandRejected(CommandRejected, type="seats.command_rejected.v1"):
    """seats rejected a command."""


class SeatsAgencyParked(AgencyParked, type="seats.agency_parked.v1"):
    """The service seats could not handle a message, and holds back the agency's later ones."""


class SeatsAgencyResumed(AgencyResumed, type="seats.agency_resumed.v1"):
    """The service seats handles the agency's messages again."""
