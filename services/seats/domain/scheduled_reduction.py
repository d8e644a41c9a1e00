"""A reduction may wait for the renewal: no credit and no proration. It never goes below Active at that moment.

It is made right before the renewal, whose date is Stripe's. A renewal that is moved moves it. If more are Active than
its counts, less is reduced. A renewal that has come before it could be made ends it: nothing is reduced, because the
seats are billed again by then, and nobody has seen the credit that a reduction would bring.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contracts import billing_rejections, request_rejections, seat_rejections
from contracts.rejections import Rejection
from contracts.vocabulary import Actor, Quantities, RejectionCode, SeatType
from services.seats.domain.adjust_seats import Reject, no_subscription
from services.seats.domain.ledger import AdjustRequest, Ledger, Purchase
from services.seats.domain.purchase_declined import STALE
from services.seats.domain.reduction import Reduction, Target

REPORTED_BEFORE: Final = timedelta(days=7)
"""How long before the renewal admins learn that less would be reduced."""
MADE_BEFORE: Final = timedelta(hours=1)
"""How long before the renewal the reduction is made: time for some attempts, if Stripe does not answer at first."""
AGAIN_AFTER: Final = timedelta(minutes=5)
"""The pause between two attempts."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The reduction waits for the renewal. `before` is the one that it replaces, if there was one."""

    ledger: Ledger
    reduction: Reduction
    before: Reduction | None


def schedule_reduction(
    ledger: Ledger, after: Quantities, shown: datetime | None, command_id: UUID, actor: Actor
) -> Scheduled | Reject:
    """Decide the command. A count that is not lower than the purchased one is not reduced.

    `shown` is the renewal that the admin has seen; it counts until the subscription's is known.
    """
    if (rejection := _why_not(ledger, after)) is not None:
        return Reject(rejection)
    renewal = ledger.renews_at or shown
    if renewal is None:
        return Reject(billing_rejections.BillingUnavailable())
    purchased = ledger.purchased
    to = Target(*(after.of(kind) if after.of(kind) < purchased.of(kind) else None for kind in SeatType))
    reduction = Reduction(to, renewal, command_id, actor)
    return Scheduled(replace(ledger, renews_at=renewal, reduction=reduction), reduction, ledger.reduction)


def _why_not(ledger: Ledger, after: Quantities) -> Rejection | None:
    if not ledger.baa_signed:
        return request_rejections.BaaUnsigned()
    if (no := no_subscription(ledger)) is not None:
        return no.rejection
    if ledger.owed is not None:
        return billing_rejections.PastDue.of(ledger.owed)
    if is_being_made(ledger):
        return seat_rejections.PurchaseUnderWay()
    for seat_type, purchased in ledger.purchased:
        if after.of(seat_type) > purchased:
            return seat_rejections.NotAReduction(seat_type, purchased, after.of(seat_type))
    return seat_rejections.NothingToChange() if after == ledger.purchased else None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Nothing is reduced at the renewal."""

    ledger: Ledger
    reduction: Reduction


def take_back_reduction(ledger: Ledger) -> TakenBack | Reject:
    """Decide the command."""
    if not ledger.baa_signed:
        return Reject(request_rejections.BaaUnsigned())
    if ledger.reduction is None:
        return Reject(seat_rejections.NothingToChange())
    if is_being_made(ledger):
        return Reject(seat_rejections.PurchaseUnderWay())
    return TakenBack(ended(ledger), ledger.reduction)


def is_being_made(ledger: Ledger) -> bool:
    """Whether the scheduled reduction is the change under way."""
    request = ledger.purchase.request if ledger.purchase is not None else None
    return request is not None and request.renewal is not None


def reduced(ledger: Ledger, to: Target) -> Quantities:
    """The counts that the reduction leaves by now: not below those Active and those who get a free seat next."""
    counts = []
    for seat_type, purchased in ledger.purchased:
        target, needed = to.of(seat_type), ledger.active.of(seat_type) + ledger.waiting.of(seat_type)
        counts.append(purchased if target is None else min(purchased, max(target, needed)))
    return Quantities(*counts)


def is_short(ledger: Ledger, to: Target) -> bool:
    """Whether less is reduced than scheduled, because more are Active."""
    after = reduced(ledger, to)
    return any(target is not None and after.of(seat_type) > target for seat_type, target in to)


@dataclass(frozen=True, slots=True)
class LookAt:
    """Nothing is to be done before this moment."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Short:
    """The admins learn that less would be reduced."""

    ledger: Ledger
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class Make:
    """The reduction is made now."""

    ledger: Ledger
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """The reduction is over: it has nothing to reduce, because all purchased seats are in use."""

    ledger: Ledger
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class Missed:
    """The renewal has come first: the reduction is over, and nothing was reduced."""

    ledger: Ledger
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class Moved:
    """The renewal was moved, and the reduction with it."""

    ledger: Ledger
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class Ended:
    """The subscription has ended, and the reduction with it."""

    ledger: Ledger
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class Nothing:
    """No reduction is scheduled, or it is being made."""


Look = LookAt | Short | Make | NothingLeft | Missed | Moved | Ended | Nothing


def next_step(ledger: Ledger, now: datetime, operation_id: UUID) -> Look:
    """Decide what the scheduled reduction needs now. `operation_id` would name its change at Stripe."""
    reduction = ledger.reduction
    if reduction is None or is_being_made(ledger):
        return Nothing()
    if ledger.gone is not None:
        return Ended(ended(ledger), reduction)
    if now >= reduction.at:
        return Missed(ended(ledger), reduction)
    if ledger.renews_at is not None and ledger.renews_at != reduction.at:
        moved = replace(reduction, at=ledger.renews_at, is_reported=False, code=None)
        return Moved(replace(ledger, reduction=moved), moved)
    if now < reduction.at - MADE_BEFORE:
        return _wait(ledger, reduction, now)
    return _make(ledger, reduction, now, operation_id)


def _wait(ledger: Ledger, reduction: Reduction, now: datetime) -> LookAt | Short:
    if now < reduction.at - REPORTED_BEFORE:
        return LookAt(reduction.at - REPORTED_BEFORE)
    if reduction.is_reported or not is_short(ledger, reduction.to):
        return LookAt(reduction.at - MADE_BEFORE)
    reported = replace(reduction, is_reported=True)
    return Short(replace(ledger, reduction=reported), reported)


def _make(ledger: Ledger, reduction: Reduction, now: datetime, operation_id: UUID) -> Look:
    if ledger.purchase is not None or (reduction.tried_at is not None and now < reduction.tried_at + AGAIN_AFTER):
        return LookAt(min(now + AGAIN_AFTER, reduction.at))
    after = reduced(ledger, reduction.to)
    if after == ledger.purchased:
        return NothingLeft(ended(ledger), reduction)
    request = AdjustRequest(reduction.command_id, reduction.actor, renewal=reduction.at)
    purchase = Purchase(operation_id, ledger.purchased, after, ledger.last_position, request)
    tried = replace(reduction, tried_at=now)
    return Make(replace(ledger, purchase=purchase, reduction=tried), purchase)


def not_made(ledger: Ledger, code: RejectionCode) -> Ledger:
    """The ledger after an attempt that changed nothing: it is repeated until the renewal.

    A renewal that has come, or seats that were changed at Stripe, are no reason to name.
    """
    reduction = ledger.reduction
    if reduction is None or code in STALE:
        return ledger
    return replace(ledger, reduction=replace(reduction, code=code))


def ended(ledger: Ledger) -> Ledger:
    """The ledger without a scheduled reduction."""
    return replace(ledger, reduction=None)
