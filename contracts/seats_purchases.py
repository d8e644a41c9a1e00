"""Messages of the seats service about bought seats: admins' changes, and Auto-Add's purchases from start to end."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from contracts.message import Code, Command, Count, Event, Invoice, Owed, Payload, Seats, Text
from contracts.vocabulary import BillingCycle, BlockedReason, RejectionCode, SeatType, Service, StripeFault


class Waiter(Payload):
    """A member who waits for a purchase, since then, or got a seat by it."""

    member_id: UUID
    seat_type: SeatType
    since: AwareDatetime | None = None


MOST_NAMED = 50
"""People whom an event names. The others are counted: each has events of their own."""
FirstPeople = Annotated[tuple[Waiter, ...], Field(max_length=MOST_NAMED)]


class _NamesPeople(Payload):
    """An event about many people: it names the first of them in `people`, and counts all in `people` + "_count"."""

    people: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _count_them(cls, data: Any) -> Any:  # noqa: ANN401  whatever is to be validated
        """Count the people of an earlier release's event, which names everybody, and keep the first of them."""
        everybody = data.get(cls.people) if isinstance(data, dict) else None
        if isinstance(everybody, list | tuple) and f"{cls.people}_count" not in data:
            data = {**data, cls.people: everybody[:MOST_NAMED], f"{cls.people}_count": len(everybody)}
        return data


class BlockedMember(Payload):
    """A Blocked member whom an admin lets in, the type of the seat, and the reason of being Blocked."""

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason


MOST_LET_IN = 500
"""Blocked members whom one command lets in."""


class Adjust(
    Command,
    type="seats.adjust.v1",
    outcomes=("seats.seats_adjusted.v1",),
    senders=(Service.GATEWAY, Service.MEMBERS),
):
    """An admin sets how many seats are purchased, at the price of a quote.

    `pay_owed`: what is owed is charged to the card first; without it the command is rejected while anything is.
    `let_in`: members who get a seat once the change is made, or else stay Blocked. members sends it under the
    correlation id of `members.let_in`.
    """

    after: Seats
    quote_id: UUID
    pay_owed: bool = False
    let_in: tuple[BlockedMember, ...] = Field(default=(), max_length=MOST_LET_IN)


class RetryPayment(Command, type="seats.retry_payment.v1", outcomes=("seats.payment_retried.v1",)):
    """An admin ends the pause after a decline. With Auto-Add ON, seats are bought for everyone Blocked for payment.

    An unpaid invoice is charged to the card first; if the card is declined, the pause goes on.
    """


class PurchaseStarted(_NamesPeople, Event, type="seats.purchase_started.v1"):
    """Auto-Add buys seats for everyone who waits, from the counts `before` to the counts `after`.

    `waiting` are the first 50, in order of arrival, `waiting_count` is how many wait.
    """

    people: ClassVar[str] = "waiting"
    operation_id: UUID
    before: Seats
    after: Seats
    waiting: FirstPeople
    waiting_count: Count = 0


class PurchaseDeclined(_NamesPeople, Event, type="seats.purchase_declined.v1"):
    """The purchase failed for good: nothing was bought, everyone who waited is Blocked, and Auto-Add is paused.

    `waiting` are the first 50 of them, `waiting_count` is how many there are; each gets a SeatDenied.
    `code` is about the card, or `billing_unavailable` when Stripe accepts no change; then `fault` says why.
    """

    people: ClassVar[str] = "waiting"
    operation_id: UUID
    code: RejectionCode
    decline_code: Code | None = None
    waiting: FirstPeople
    waiting_count: Count = 0
    fault: StripeFault | None = None


class PurchaseDelayed(_NamesPeople, Event, type="seats.purchase_delayed.v1"):
    """Members wait for a purchase that Stripe has not completed; the longest wait began at `since`.

    `waiting` are the first 50 of them, `waiting_count` is how many there are.
    Published once for a line, ten minutes after the first login. The wait goes on, and ends after 24 hours.
    """

    people: ClassVar[str] = "waiting"
    since: AwareDatetime
    waiting: FirstPeople
    waiting_count: Count = 0


class SeatsAutoAdded(_NamesPeople, Event, type="seats.seats_auto_added.v1"):
    """Auto-Add's purchase is paid. `charged` is what the card paid today, `new_total` the price per cycle, in cents.

    `other_total` is the part of `new_total` for items of the subscription that are not seats.
    `unsettled`: the day's invoices are used up, so the next settling invoice charges the seats, and `charged` is 0.
    `served` are the first 50 who get its seats, `served_count` is how many do; each gets a SeatAssigned.
    """

    people: ClassVar[str] = "served"
    operation_id: UUID
    served: FirstPeople
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None
    unsettled: bool = False
    other_total: int = 0
    currency: Text = "usd"
    served_count: Count = 0


class SeatsAdjusted(_NamesPeople, Event, type="seats.seats_adjusted.v1"):
    """An admin's change is made. `charged` is what the card paid today (cents), `new_total` the plan's price per cycle.

    The invoice's `total` is negative when the change is a credit. `awaited`: the change had waited for its payment.
    `let_in_for` is the command `members.let_in` that the change was made for, None for any other change. `let_in` are
    the first 50 who get a seat by it, `let_in_count` is how many do; each gets a SeatAssigned before this event.
    `left_out` counts the others, who stay Blocked: no seat was left for them. `on_next_invoice`: somebody had set the
    same seats at Stripe in the same moment, so that nothing was charged; the cents wait for the next regular invoice.
    """

    people: ClassVar[str] = "let_in"
    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None = None
    awaited: bool = False
    currency: Text = "usd"
    let_in_for: UUID | None = None
    let_in: FirstPeople = ()
    let_in_count: Count = 0
    left_out: Count = 0
    on_next_invoice: int | None = None


class AutoAddResumed(_NamesPeople, Event, type="seats.auto_add_resumed.v1"):
    """The pause after a decline is over. Members who were Blocked for payment wait for a seat now.

    `joined` are the first 50 of them, `joined_count` is how many there are.
    """

    people: ClassVar[str] = "joined"
    joined: FirstPeople = ()
    joined_count: Count = 0


class PaymentRetried(_NamesPeople, Event, type="seats.payment_retried.v1"):
    """The command `retry_payment` succeeded: nothing is unpaid or paused. Members wait for a seat again.

    `joined` are the first 50 of them, `joined_count` is how many there are.
    `paid` is what was owed and has been charged to the card.
    """

    people: ClassVar[str] = "joined"
    joined: FirstPeople = ()
    joined_count: Count = 0
    paid: Owed | None = None
