"""Definitively declined: all who wait are Blocked, and Auto-Add buys nothing until the card is good again.

Somebody else changed the subscription meanwhile (`stale`): learn the truth and decide again. Any other "no" is nobody's
fault who waits: they go on waiting, and it is tried again after a minute with a new operation.

A "no" to an admin's change is theirs to hear, and nobody else's: nobody is Blocked for it, Auto-Add is not paused, and
who waits is decided by the rules as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import BlockedReason, Quantities, RejectionCode
from services.seats.domain.auto_add import blocked_for
from services.seats.domain.ledger import AdjustRequest, Ledger, Purchase
from services.seats.domain.purchase_settled import NotOurs, ends

HOLD = timedelta(minutes=1)
"""Nothing was bought for a reason that passes or that an operator removes: a minute is soon, and no storm."""
STALE = frozenset({RejectionCode.STALE, RejectionCode.QUOTE_STALE})
"""Said of a subscription that was read and is another one than it was to be."""
CARD = frozenset({RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE})


@dataclass(frozen=True, slots=True)
class Declined:
    """The card said no: nobody in the line will be served. `ledger` is paused."""

    ledger: Ledger
    purchase: Purchase
    reason: BlockedReason


@dataclass(frozen=True, slots=True)
class Stale:
    """The subscription was another one than the purchase started from; `ledger` knows now."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Not this time; `ledger` waits for a while."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class NotMade:
    """An admin's change came to nothing, for this reason; nothing is half done."""

    ledger: Ledger
    request: AdjustRequest
    code: RejectionCode


def purchase_rejected(
    ledger: Ledger, operation_id: UUID, code: RejectionCode, actual: Quantities | None, now: datetime
) -> Declined | Stale | HeldBack | NotMade | NotOurs:
    """Decide the end of a purchase that changed nothing; `actual` is what the subscription has, where that is known."""
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return NotOurs()
    ended = replace(ledger, purchase=None, ended=ends(ledger, purchase, now))
    if code in STALE and actual is not None:
        ended = replace(ended, purchased=actual)
    if purchase.request is not None:
        return NotMade(ended, purchase.request, RejectionCode.QUOTE_STALE if code is RejectionCode.STALE else code)
    if code in CARD:
        return Declined(replace(ended, paused=code), purchase, blocked_for(code))
    if code is RejectionCode.STALE and actual is not None:
        return Stale(ended)
    return HeldBack(replace(ended, held_until=now + HOLD))
