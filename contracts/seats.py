"""What the seats service is asked and says: who holds a seat, and when one is bought."""

from __future__ import annotations

from uuid import UUID

from contracts.message import Command, CommandRejected, Event, Invoice, Payload, Seats
from contracts.vocabulary import BillingCycle, BlockedReason, FrozenReason, RejectionCode, SeatType


class Waiter(Payload):
    """A member who waits for, or was served by, a purchase."""

    member_id: UUID
    seat_type: SeatType


class SetAutoAdd(Command, type="seats.set_auto_add.v1", outcomes=("seats.auto_add_set.v1",)):
    """Switch Auto-Add Seats ON (only with a signed BAA) or OFF (never refused)."""

    enabled: bool


class Swap(Command, type="seats.swap.v1", outcomes=("seats.seat_swapped.v1",)):
    """An admin gives an Active member a seat of this type instead of theirs. Stripe is not asked."""

    member_id: UUID
    seat_type: SeatType


class Adjust(Command, type="seats.adjust.v1", outcomes=("seats.seats_adjusted.v1",)):
    """An admin sets how many seats are purchased, at the price of a quote."""

    after: Seats
    quote_id: UUID


class RetryPayment(Command, type="seats.retry_payment.v1", outcomes=("seats.payment_retried.v1",)):
    """An admin ends the pause after a decline: with Auto-Add ON, it buys for everyone Blocked for payment.

    What is unpaid is charged to the card first; when that is declined, the pause goes on.
    """


class SeatAssigned(Event, type="seats.seat_assigned.v1"):
    """A paid seat is this member's. `operation_id` names the purchase made for it, null for a free seat."""

    member_id: UUID
    seat_type: SeatType
    operation_id: UUID | None = None


class SeatDenied(Event, type="seats.seat_denied.v1"):
    """No seat for this member, and why. `operation_id` names the declined purchase it waited for."""

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason
    operation_id: UUID | None = None


class SeatReleased(Event, type="seats.seat_released.v1"):
    """Somebody removed holds this seat no more (`held`), or waits for it no more. What is purchased stays purchased.

    Held no more also by somebody who was Blocked and invited anew just when a good card had let them in.
    """

    member_id: UUID
    seat_type: SeatType
    held: bool


class SeatSwapped(Event, type="seats.seat_swapped.v1"):
    """The member holds a seat of `seat_type` instead of `before`; the same when nothing was to be changed."""

    member_id: UUID
    before: SeatType
    seat_type: SeatType


class PurchaseStarted(Event, type="seats.purchase_started.v1"):
    """One purchase asks for all who wait; absolute figures."""

    operation_id: UUID
    before: Seats
    after: Seats
    waiting: tuple[Waiter, ...]


class PurchaseDeclined(Event, type="seats.purchase_declined.v1"):
    """The card said no: nothing was bought, all who waited are Blocked, Auto-Add is paused."""

    operation_id: UUID
    code: RejectionCode
    decline_code: str | None = None
    waiting: tuple[Waiter, ...]


class SeatsAutoAdded(Event, type="seats.seats_auto_added.v1"):
    """A purchase is paid: whom it serves, what it cost today and what the plan costs now (cents).

    `unsettled`: the day's invoices are used up, so it is charged with the next settling invoice and `charged` is 0.
    """

    operation_id: UUID
    served: tuple[Waiter, ...]
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None
    unsettled: bool = False


class SeatsAdjusted(Event, type="seats.seats_adjusted.v1"):
    """An admin's change is made. `charged` is what the card paid today (cents), `new_total` the plan's price a cycle.

    The invoice's `total` is negative when the change is a credit.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None = None


class AutoAddResumed(Event, type="seats.auto_add_resumed.v1"):
    """The pause after a decline is over. `joined` were Blocked for payment and wait for a seat now."""

    joined: tuple[Waiter, ...] = ()


class PaymentRetried(Event, type="seats.payment_retried.v1"):
    """An admin's other try is over: nothing is unpaid, nothing paused. `joined` wait for a seat now because of it."""

    joined: tuple[Waiter, ...] = ()


class Frozen(Event, type="seats.frozen.v1"):
    """The subscription gives fewer seats than are Active, or is gone: nobody is suspended, nothing is bought."""

    reason: FrozenReason
    purchased: Seats
    active: Seats


class Thawed(Event, type="seats.thawed.v1"):
    """The subscription gives enough seats again: all is as ever."""

    purchased: Seats


class AutoAddSet(Event, type="seats.auto_add_set.v1"):
    """Auto-Add Seats is ON or OFF. `before` is what it was: the same when nothing was to be changed."""

    enabled: bool
    before: bool | None = None


class CapacityChanged(Event, type="seats.capacity_changed.v1"):
    """What is purchased, being bought and waited for now, and why Auto-Add buys nothing, if so. Not said for Active.

    `unsettled` are the purchased seats whose invoice is still to come.
    """

    purchased: Seats
    incoming: Seats
    waiting: Seats
    paused: RejectionCode | None = None
    unsettled: Seats = Seats()
    frozen: FrozenReason | None = None


class SeatsCommandRejected(CommandRejected, type="seats.command_rejected.v1"):
    """A command to seats was refused."""
