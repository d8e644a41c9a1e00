"""What a subscription that was read is against what we know of it: the same, of other quantities, or ended; and whose.

The portal can change no quantity, so what is not ours was somebody's in Stripe's dashboard. Stripe itself ends a
subscription that is not paid or whose payment was disputed. After an end the customer may have another one, made by
the operator: then there are seats again, where there were none.
Source: Stripe's documentation, "The subscription object": `cancellation_details.reason`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import ChangedBy, FrozenReason, Quantities
from services.billing.domain.operation import Operation, OperationState
from services.billing.domain.snapshots import StripeSubscriptionSnapshot

_BY_STRIPE: Final = frozenset({"payment_failed", "payment_disputed"})


@dataclass(frozen=True, slots=True)
class Same:
    """Nothing that seats would have to know."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The quantities are others than we knew."""

    before: Quantities
    after: Quantities
    whose: ChangedBy


@dataclass(frozen=True, slots=True)
class Ended:
    """It gives no seats any more."""

    reason: FrozenReason
    whose: ChangedBy


def subscription_news(
    known: Quantities, ended: FrozenReason | None, snapshot: StripeSubscriptionSnapshot, noted: Operation | None
) -> Same | Changed | Ended:
    """What is new; `noted` is the operation that stands on the subscription, where it is one that we know."""
    reason = _end_of(snapshot)
    if reason is not None:
        if ended is not None:
            return Same()
        return Ended(reason, ChangedBy.STRIPE if snapshot.end_reason in _BY_STRIPE else ChangedBy.DASHBOARD)
    if ended is not None:
        return Changed(Quantities(), snapshot.quantities, _whose(snapshot, noted))
    if snapshot.quantities == known:
        return Same()
    return Changed(known, snapshot.quantities, _whose(snapshot, noted))


def _end_of(snapshot: StripeSubscriptionSnapshot) -> FrozenReason | None:
    if snapshot.customer.is_deleted:
        return FrozenReason.CUSTOMER_DELETED
    return FrozenReason.SUBSCRIPTION_CANCELED if snapshot.is_over else None


def _whose(snapshot: StripeSubscriptionSnapshot, noted: Operation | None) -> ChangedBy:
    """An operation stays noted after its change, so that it stands for another's change too.

    Only what we do not have in our books, or have as not made, shows a change of ours that we did not know of.
    """
    if snapshot.operation is None:
        return ChangedBy.DASHBOARD
    if noted is None:
        return ChangedBy.OURS
    was_refused = noted.state is OperationState.REFUSED and noted.after == snapshot.quantities
    return ChangedBy.OURS if was_refused else ChangedBy.DASHBOARD
