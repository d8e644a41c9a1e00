"""After the card is fixed an admin may retry: the pause ends, and seats are bought for members Blocked for payment.

What is owed is charged first, oldest first, and only then the pause ends. An admin may retry as long as anything is
owed or paused. The retry is locked until the BAA is
signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts import request_rejections, seat_rejections
from contracts.vocabulary import RejectionCode
from services.seats.domain.adjust_seats import Reject, no_subscription
from services.seats.domain.card_fixed import NotPaused, Resumed, Unpaid, card_fixed
from services.seats.domain.ledger import Ledger
from services.seats.domain.past_due import OwesNothing
from services.seats.domain.past_due import nothing_owed as end_debt


@dataclass(frozen=True, slots=True)
class PayFirst:
    """An invoice is unpaid, and must be charged first."""


def retry_payment(ledger: Ledger, unpaid: Unpaid, correlation_id: UUID, now: datetime) -> Resumed | PayFirst | Reject:
    """Decide a retry. `unpaid` are the members Blocked for payment, in order."""
    if not ledger.baa_signed:
        return Reject(request_rejections.BaaUnsigned())
    if (no := no_subscription(ledger)) is not None:
        return no
    if ledger.owed is not None or ledger.paused is RejectionCode.PAST_DUE:
        return PayFirst()
    outcome = card_fixed(ledger, unpaid, correlation_id, now)
    return Reject(seat_rejections.NothingToChange()) if isinstance(outcome, NotPaused) else outcome


def nothing_owed(ledger: Ledger, unpaid: Unpaid, correlation_id: UUID, now: datetime) -> Resumed | OwesNothing | Reject:
    """Decide a retry once nothing is unpaid. If a new card has ended the pause meanwhile, the retry still succeeds."""
    return no_subscription(ledger) or end_debt(ledger, unpaid, correlation_id, now, retried=True)
