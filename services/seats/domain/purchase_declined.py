"""A declined purchase Blocks everyone in line, and Auto-Add buys nothing until the card is good again.

So does a purchase that Stripe does not accept, whatever the card: the wait ends at once, with the reason.
A purchase that was not tried because an invoice is owed leaves no pause of its own (`past_due.py`).
If the subscription was changed meanwhile (`stale`), its actual quantities are taken over and the line is decided again.
After any other rejection the line keeps waiting, and a new operation tries again after a minute.

A rejected change of an admin concerns that admin only: nobody is Blocked, Auto-Add is not paused, and the line is
decided by the usual rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, StripeFault
from services.seats.domain.auto_add import blocked_for
from services.seats.domain.ledger import AdjustRequest, Ledger, Purchase
from services.seats.domain.purchase_settled import NotOurs, ends

HOLD = timedelta(minutes=1)
"""The delay after a rejection that passes or that an operator fixes: soon, and without a storm of calls."""
STALE = frozenset({RejectionCode.STALE, RejectionCode.QUOTE_STALE})
"""The codes of a subscription whose quantities are not the expected ones."""
CARD = frozenset({RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE})


@dataclass(frozen=True, slots=True)
class Declined:
    """The card was declined, or Stripe accepts no change: the line is denied, and `ledger` is paused."""

    ledger: Ledger
    purchase: Purchase
    reason: BlockedReason


@dataclass(frozen=True, slots=True)
class Stale:
    """The subscription had other quantities than the purchase started from. `ledger` has the actual ones."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Nothing was bought. `ledger` delays the next purchase."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class NotMade:
    """An admin's change was rejected with `code`, and nothing has changed."""

    ledger: Ledger
    request: AdjustRequest
    code: RejectionCode


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a purchase changed nothing. `actual` are the subscription's quantities, if they are known.

    `fault`: why Stripe accepts no change, if it does not. `decline_code` is Stripe's, of a decline.
    """

    code: RejectionCode
    actual: Quantities | None = None
    fault: StripeFault | None = None
    decline_code: str | None = None


def purchase_rejected(
    ledger: Ledger, operation_id: UUID, reason: Reason, now: datetime
) -> Declined | Stale | HeldBack | NotMade | NotOurs:
    """Decide the end of a purchase that changed nothing."""
    code, actual = reason.code, reason.actual
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return NotOurs()
    ended = replace(ledger, purchase=None, ended=ends(ledger, purchase, now))
    if code in STALE and actual is not None:
        ended = replace(ended, purchased=actual)
    if purchase.request is not None:
        return NotMade(ended, purchase.request, RejectionCode.QUOTE_STALE if code is RejectionCode.STALE else code)
    if code in CARD or reason.fault is not None:
        return Declined(_paused(ended, reason), purchase, blocked_for(code))
    if code is RejectionCode.STALE and actual is not None:
        return Stale(ended)
    held = replace(ended, held_until=now + HOLD)
    # A switch of the cycle waits for its payment: Stripe has answered, and the admins know what is to be paid.
    return HeldBack(replace(held, reported_at=now) if code is RejectionCode.PAYMENT_PENDING else held)


def _paused(ended: Ledger, reason: Reason) -> Ledger:
    """The ledger after the purchase, paused for it. What is owed needs no other pause, and overwrites none."""
    if reason.code is RejectionCode.PAST_DUE and ended.owed is not None:
        return ended
    return replace(ended, paused=reason.code, fault=reason.fault, decline_code=reason.decline_code)
