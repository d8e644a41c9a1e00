"""An admin picks new counts of Base and Voice: adds are billed now, removals credited, a mix is netted on one invoice.

You cannot reduce below the Active members of a seat type: remove members first. To convert a full type, add first, then
switch people, then reduce. One change at a time: while seats are being bought, or another admin's change is under way,
there is none. Locked until the BAA is signed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.seats.domain.ledger import Account, Asked, Ledger, Purchase

Figures = dict[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Start:
    """The change is under way: what it takes away is held back at once, what it adds counts once it is paid."""

    ledger: Ledger
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Reject:
    """Not so, and the figures that say why."""

    code: RejectionCode
    figures: Figures = field(default_factory=dict)


def adjust_seats(ledger: Ledger, after: Quantities, operation_id: UUID, request: Asked) -> Start | Reject:
    """Decide a change to these counts; it would be known by `operation_id`, which is Stripe's idempotency key."""
    if not ledger.baa_signed:
        return Reject(RejectionCode.BAA_UNSIGNED)
    if (no := no_subscription(ledger)) is not None:
        return no
    if ledger.purchase is not None:
        return Reject(RejectionCode.PURCHASE_UNDER_WAY)
    if after == ledger.purchased:
        return Reject(RejectionCode.NOTHING_TO_CHANGE)
    below = [seat_type for seat_type in SeatType if _is_below_active(ledger, after, seat_type)]
    if below:
        return Reject(RejectionCode.BELOW_ACTIVE, _why_below(ledger, after, below))
    # Whoever stands in line now waits for this to end: then there may be seats for them.
    purchase = Purchase(operation_id, ledger.purchased, after, ledger.last_position, request)
    return Start(replace(ledger, purchase=purchase), purchase)


def no_subscription(ledger: Ledger) -> Reject | None:
    """The "no" of an agency that has no subscription yet, or none any more; None where there is one."""
    if ledger.gone is not None:
        return Reject(RejectionCode.BILLING_UNAVAILABLE, {"frozen": ledger.gone.value})
    return None if ledger.account is Account.OPEN else Reject(RejectionCode.BILLING_UNAVAILABLE)


def _is_below_active(ledger: Ledger, after: Quantities, seat_type: SeatType) -> bool:
    # A type that was lowered below Active elsewhere may be raised by less than all that is missing.
    return after.of(seat_type) < min(ledger.active.of(seat_type), ledger.purchased.of(seat_type))


def _why_below(ledger: Ledger, after: Quantities, below: list[SeatType]) -> Figures:
    first, other = below[0], _other(below[0])
    active, request = ledger.active.of(first), after.of(first)
    figures: Figures = {
        "seat_type": first.value,
        "purchased": ledger.purchased.of(first),
        "active": active,
        "asked": request,
    }
    if other in below:
        return figures | {
            "other_seat_type": other.value,
            "other_purchased": ledger.purchased.of(other),
            "other_active": ledger.active.of(other),
            "other_asked": after.of(other),
        }
    add, switch = after.of(other) - ledger.purchased.of(other), active - request
    if add > 0 and after.of(other) - ledger.active.of(other) >= switch:
        figures |= {"add_seat_type": other.value, "add": add, "switch": switch}
    return figures


def _other(seat_type: SeatType) -> SeatType:
    return SeatType.VOICE if seat_type is SeatType.BASE else SeatType.BASE
