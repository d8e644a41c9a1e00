"""Compare a subscription with what we know: the same, other quantities or prices, or ended; and who changed it.

The portal can change neither, so a change that is not ours was made in Stripe's dashboard. Stripe itself ends a
subscription that is not paid, or whose payment was disputed. After an end the operator may have made another
subscription for the customer: then the agency has seats again.
Source: Stripe's documentation, "The subscription object": `cancellation_details.reason`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import ChangedBy, FrozenReason, Quantities, SeatType
from services.billing.domain.operation import Operation, OperationState
from services.billing.domain.snapshots import StripeSubscriptionSnapshot

_BY_STRIPE: Final = frozenset({"payment_failed", "payment_disputed"})


@dataclass(frozen=True, slots=True)
class Same:
    """The quantities are those we know, and the subscription has not ended since."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The quantities differ from those we know, or (`repriced`) the price of an item does."""

    before: Quantities
    after: Quantities
    whose: ChangedBy
    repriced: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The subscription has ended: it gives no seats any more."""

    reason: FrozenReason
    whose: ChangedBy


def subscription_changes(
    known: Quantities,
    ended: FrozenReason | None,
    snapshot: StripeSubscriptionSnapshot,
    operation: Operation | None,
    prices: Mapping[SeatType, str] | None = None,
) -> Same | Changed | Ended:
    """Compare; `operation` is the one in the subscription's metadata, if we know it.

    `prices` are the prices of the items as far as we know them.
    """
    reason = _end_of(snapshot)
    if reason is not None:
        if ended is not None:
            return Same()
        return Ended(reason, ChangedBy.STRIPE if snapshot.end_reason in _BY_STRIPE else ChangedBy.DASHBOARD)
    if ended is not None:
        return Changed(Quantities(), snapshot.quantities, _whose(snapshot, operation))
    repriced = any(snapshot.prices.get(seat_type, price) != price for seat_type, price in (prices or {}).items())
    if snapshot.quantities == known and not repriced:
        return Same()
    return Changed(known, snapshot.quantities, _whose(snapshot, operation), repriced)


def _end_of(snapshot: StripeSubscriptionSnapshot) -> FrozenReason | None:
    if snapshot.customer.is_deleted:
        return FrozenReason.CUSTOMER_DELETED
    return FrozenReason.SUBSCRIPTION_CANCELED if snapshot.is_over else None


def _whose(snapshot: StripeSubscriptionSnapshot, operation: Operation | None) -> ChangedBy:
    """The author of a change. Our operation's id stays in the metadata, so it is there after another's change too.

    The change is ours only if we do not know the operation, or have recorded it as rejected although it was made.
    """
    if snapshot.operation is None:
        return ChangedBy.DASHBOARD
    if operation is None:
        return ChangedBy.OURS
    was_rejected = operation.state is OperationState.REJECTED and operation.after == snapshot.quantities
    return ChangedBy.OURS if was_rejected else ChangedBy.DASHBOARD
