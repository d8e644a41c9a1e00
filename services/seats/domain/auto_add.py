"""With Auto-Add ON and no free seat, one purchase buys seats for everyone in line. Only one purchase is under way.

A purchase sets absolute counts, enough for the Active and the waiting members, and never adds "one more". The
limits of Auto-Add cut it (`auto_add_limit.py`). Nothing is bought while Auto-Add is OFF or paused after a decline, for
a seat type whose policy does not buy (`seat_policy.py`), while the agency owes an invoice, or while it is frozen: seats
that were reduced at Stripe are not bought back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain.auto_add_limit import within
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.pacing import GATHER, earliest, gathered
from services.seats.domain.seat_policy import policy_of

UNPAID = frozenset(
    {
        BlockedReason.PAYMENT_DECLINED,
        BlockedReason.PAYMENT_ACTION_REQUIRED,
        BlockedReason.PAST_DUE,
        BlockedReason.BILLING_UNAVAILABLE,
    }
)
"""The reasons of members whom the end of the pause lets in."""


@dataclass(frozen=True, slots=True)
class Buy:
    """A purchase starts now."""

    ledger: Ledger
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class BuyLater:
    """The next purchase may start at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be bought."""


def why_not_wait(ledger: Ledger, seat_type: SeatType) -> BlockedReason | None:
    """Why a member of an open account may not wait for a purchase; None if Auto-Add will buy."""
    if ledger.frozen is not None:
        return BlockedReason.SEATS_REDUCED_ELSEWHERE
    policy = policy_of(ledger, seat_type)
    if policy is SeatPolicy.APPROVE_EACH:
        return BlockedReason.AWAITING_APPROVAL
    if policy is SeatPolicy.ASK:
        return BlockedReason.NO_SEAT_AVAILABLE
    if ledger.owed is not None:
        return BlockedReason.PAST_DUE
    return None if ledger.paused is None else blocked_for(ledger.paused)


def blocked_for(code: RejectionCode) -> BlockedReason:
    """The reason that a clinician sees while Auto-Add is paused for this code."""
    match code:
        case RejectionCode.PAYMENT_ACTION_REQUIRED:
            return BlockedReason.PAYMENT_ACTION_REQUIRED
        case RejectionCode.PAST_DUE | RejectionCode.PAYMENT_DISPUTED:
            return BlockedReason.PAST_DUE
        case RejectionCode.BILLING_UNAVAILABLE:
            return BlockedReason.BILLING_UNAVAILABLE
        case _:
            return BlockedReason.PAYMENT_DECLINED


def next_purchase(
    ledger: Ledger, now: datetime, operation_id: UUID, gather: timedelta = GATHER
) -> Buy | BuyLater | Rest:
    """Decide whether a purchase starts. `operation_id` would name it, and is Stripe's idempotency key."""
    if ledger.account is not Account.OPEN or ledger.purchase is not None or not ledger.someone_waits:
        return Rest()
    if ledger.serving is not None or ledger.dismissal is not None:
        return Rest()
    requested = _for_all(ledger)
    if requested == ledger.purchased:
        return Rest()  # a long line is being served: the seats are there; or none is to be bought
    at = max(earliest(ledger.ended, now), gathered(ledger.waiting_since, gather, now))
    if ledger.held_until is not None:
        at = max(at, ledger.held_until)
    if at > now:
        return BuyLater(at)
    purchase = Purchase(operation_id, ledger.purchased, requested, ledger.last_position)
    return Buy(replace(ledger, purchase=purchase, held_until=None), purchase)


def _for_all(ledger: Ledger) -> Quantities:
    requested = ledger.purchased
    for seat_type, waiting in ledger.waiting:
        if why_not_wait(ledger, seat_type) is not None:
            continue
        missing = ledger.active.of(seat_type) + waiting - ledger.purchased.of(seat_type)
        requested = requested.plus(seat_type, within(ledger, seat_type, max(0, missing)))
    return requested
