"""After the card is fixed an admin may try again: the pause ends, and those Blocked for payment are bought for.

While an invoice is unpaid it is charged first, and only its payment ends the pause. Like every admin action it is
locked until the BAA is signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts import rejections
from contracts.vocabulary import RejectionCode
from services.seats.domain.adjust_seats import Reject, no_subscription
from services.seats.domain.card_fixed import NotPaused, Resumed, card_fixed
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class PayFirst:
    """Something is unpaid."""


def retry_payment(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID) -> Resumed | PayFirst | Reject:
    """Decide it; `unpaid` are Blocked for payment, in order."""
    if not ledger.baa_signed:
        return Reject(rejections.BaaUnsigned())
    if (no := no_subscription(ledger)) is not None:
        return no
    if ledger.paused is RejectionCode.PAST_DUE:
        return PayFirst()
    outcome = card_fixed(ledger, unpaid, correlation_id)
    return Reject(rejections.NothingToChange()) if isinstance(outcome, NotPaused) else outcome


def nothing_owed(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID) -> Resumed | NotPaused | Reject:
    """Decide it once nothing is unpaid any more; a new card may have ended the pause meanwhile, which is no failure."""
    return no_subscription(ledger) or card_fixed(ledger, unpaid, correlation_id)
