"""Messages of the seats service: seats assigned, waited for, bought, and swapped."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, NonNegativeInt

from contracts.message import (
    AgencyParked,
    AgencyResumed,
    Command,
    CommandRejected,
    Count,
    Event,
    Invoice,
    Owed,
    Payload,
    Seats,
    Text,
)
from contracts.vocabulary import (
    BillingCycle,
    BlockedDetail,
    BlockedReason,
    FrozenReason,
    RejectionCode,
    SeatType,
    StripeFault,
)


class Waiter(Payload):
    """A member who waits for a purchase, or got a seat by it."""

    member_id: UUID
    seat_type: SeatType


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


class Adjust(Command, type="seats.adjust.v1", outcomes=("seats.seats_adjusted.v1",)):
    """An admin sets how many seats are purchased, at the price of a quote.

    `pay_owed`: what is owed is charged to the card first; without it the command is rejected while anything is.
    """

    after: Seats
    quote_id: UUID
    pay_owed: bool = False


class RetryPayment(Command, type="seats.retry_payment.v1", outcomes=("seats.payment_retried.v1",)):
    """An admin ends the pause after a decline. With Auto-Add ON, seats are bought for everyone Blocked for payment.

    An unpaid invoice is charged to the card first; if the card is declined, the pause goes on.
    """


class SeatAssigned(Event, type="seats.seat_assigned.v1"):
    """The member holds a paid seat. `operation_id` names the purchase that bought it, None for a seat that was free."""

    member_id: UUID
    seat_type: SeatType
    operation_id: UUID | None = None


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


class PurchaseStarted(Event, type="seats.purchase_started.v1"):
    """Auto-Add buys seats for everyone in `waiting`, from the counts `before` to the counts `after`."""

    operation_id: UUID
    before: Seats
    after: Seats
    waiting: tuple[Waiter, ...]


class PurchaseDeclined(Event, type="seats.purchase_declined.v1"):
    """The purchase failed for good: nothing was bought, everyone in `waiting` is Blocked, and Auto-Add is paused.

    `code` is about the card, or `billing_unavailable` when Stripe accepts no change; then `fault` says why.
    """

    operation_id: UUID
    code: RejectionCode
    decline_code: str | None = None
    waiting: tuple[Waiter, ...]
    fault: StripeFault | None = None


class PurchaseDelayed(Event, type="seats.purchase_delayed.v1"):
    """The members in `waiting` wait for a purchase that Stripe has not completed; the longest wait began at `since`.

    Published once for a line, ten minutes after the first login. The wait goes on, and ends after 24 hours.
    """

    since: AwareDatetime
    waiting: tuple[Waiter, ...]


class SeatsAutoAdded(Event, type="seats.seats_auto_added.v1"):
    """Auto-Add's purchase is paid. `charged` is what the card paid today, `new_total` the price per cycle, in cents.

    `other_total` is the part of `new_total` for items of the subscription that are not seats.
    `unsettled`: the day's invoices are used up, so the next settling invoice charges the seats, and `charged` is 0.
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
    other_total: int = 0
    currency: Text = "usd"


class SeatsAdjusted(Event, type="seats.seats_adjusted.v1"):
    """An admin's change is made. `charged` is what the card paid today (cents), `new_total` the plan's price per cycle.

    The invoice's `total` is negative when the change is a credit. `awaited`: the change had waited for its payment.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None = None
    awaited: bool = False
    currency: Text = "usd"


class AutoAddResumed(Event, type="seats.auto_add_resumed.v1"):
    """The pause after a decline is over. The members in `joined` were Blocked for payment and wait for a seat now."""

    joined: tuple[Waiter, ...] = ()


class PaymentRetried(Event, type="seats.payment_retried.v1"):
    """The command `retry_payment` succeeded: nothing is unpaid or paused. The members in `joined` wait for a seat.

    `paid` is what was owed and has been charged to the card.
    """

    joined: tuple[Waiter, ...] = ()
    paid: Owed | None = None


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
    decline_code: str | None = None
    owed: Owed | None = None


class SeatsCommandRejected(CommandRejected, type="seats.command_rejected.v1"):
    """seats rejected a command."""


class SeatsAgencyParked(AgencyParked, type="seats.agency_parked.v1"):
    """The service seats could not handle a message, and holds back the agency's later ones."""


class SeatsAgencyResumed(AgencyResumed, type="seats.agency_resumed.v1"):
    """The service seats handles the agency's messages again."""
