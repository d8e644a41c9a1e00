"""Rejections about seats."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.payment_vocabulary import Lapse
from contracts.rejection_base import OfCode
from contracts.vocabulary import FrozenReason, RejectionCode, SeatType

# Seats


@dataclass(frozen=True)
class NoSeatAvailable(OfCode):
    """No seat of the type is free. `reinvited` are the seats that the same command has given to others."""

    code = RejectionCode.NO_SEAT_AVAILABLE
    seat_type: SeatType
    purchased: int
    active: int
    waiting: int
    reinvited: int | None = None


@dataclass(frozen=True)
class SeatsReducedElsewhere(OfCode):
    """The agency's seats are frozen, so none is free. The figures are those of `NoSeatAvailable`, and the reason."""

    code = RejectionCode.SEATS_REDUCED_ELSEWHERE
    seat_type: SeatType
    purchased: int
    active: int
    waiting: int
    reinvited: int | None = None
    frozen: FrozenReason | None = None


@dataclass(frozen=True)
class BelowActive(OfCode):
    """A new seat count is below the Active members of its type. `requested` is that count; HTTP clients see the name.

    `other_*` are there when both types are below Active. `add`, `add_seat_type` and `switch` are there when the request
    converts seats: add so many seats of the other type first, then switch so many members, then reduce.
    """

    code = RejectionCode.BELOW_ACTIVE
    seat_type: SeatType
    purchased: int
    active: int
    requested: int
    other_seat_type: SeatType | None = None
    other_purchased: int | None = None
    other_active: int | None = None
    other_requested: int | None = None
    add_seat_type: SeatType | None = None
    add: int | None = None
    switch: int | None = None


class PurchaseUnderWay(OfCode):
    """Seats are being bought, or another admin's change is being made."""

    code = RejectionCode.PURCHASE_UNDER_WAY


@dataclass(frozen=True)
class PaymentPending(OfCode):
    """An earlier change waits for the payment of its invoice, and only one change waits at a time.

    `amount`, in the smallest unit of `currency`: no change waits, but the bank is paying a regular invoice by debit for
    days. Until then nothing is taken away or switched, because that would credit time that may never be paid.
    """

    code = RejectionCode.PAYMENT_PENDING
    amount: int | None = None
    currency: str | None = None


class NothingAwaited(OfCode):
    """No change waits for a payment, so that there is none to cancel."""

    code = RejectionCode.NOTHING_AWAITED


@dataclass(frozen=True)
class ChangeUndone(OfCode):
    """The change's invoice was not paid, so the change is undone. `lapse` is why; None while it is not known."""

    code = RejectionCode.CHANGE_UNDONE
    lapse: Lapse | None = None


@dataclass(frozen=True)
class NotAReduction(OfCode):
    """Only a reduction can wait for the renewal, and the request has more seats of a type than are purchased."""

    code = RejectionCode.NOT_A_REDUCTION
    seat_type: SeatType
    purchased: int
    requested: int


class NothingToChange(OfCode):
    """Everything is as the request wants it already."""

    code = RejectionCode.NOTHING_TO_CHANGE
