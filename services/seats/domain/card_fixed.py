"""When the card is good again, the pause ends, and with Auto-Add ON everyone Blocked for payment waits again, in order.

A pause because Stripe accepts no change ends in the same way, but no card ends it: an admin's retry does, or a change
of an admin that Stripe accepts.
While an invoice is owed, no card ends the pause: the new card pays what is owed first (`past_due.py`).
The card counts as good when it was changed, when the unpaid invoice is paid, when it paid for an admin's change, and
when an admin retries. With Auto-Add OFF, or frozen, the pause ends too, but nothing is bought and members stay Blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import RejectionCode
from services.seats.domain import line
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause is over. The members in `joined` stand at the end of the line."""

    ledger: Ledger
    joined: tuple[Waiter, ...] = ()


def may_end_by_card(ledger: Ledger) -> bool:
    """False when no card and no payment ends the pause: Stripe accepts no change, or a dispute was lost."""
    return ledger.paused not in {RejectionCode.BILLING_UNAVAILABLE, RejectionCode.PAYMENT_DISPUTED}


@dataclass(frozen=True, slots=True)
class NotPaused:
    """Nothing was paused, or an invoice is owed, so a good card changes nothing."""


def card_fixed(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID, now: datetime) -> Resumed | NotPaused:
    """Decide the end of the pause. The `unpaid` members, in order, then wait under the command `correlation_id`."""
    if ledger.paused is None or ledger.owed is not None or ledger.account is not Account.OPEN:
        return NotPaused()
    return let_in(ledger, unpaid, correlation_id, now)


def let_in(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID, now: datetime) -> Resumed:
    """End the pause of an agency that owes nothing."""
    resumed = replace(ledger, paused=None, fault=None, decline_code=None)
    if why_not_wait(resumed) is not None:
        return Resumed(resumed)
    joined = []
    for waiter in unpaid:
        position = resumed.last_position + 1
        joined.append(replace(waiter, position=position, correlation_id=correlation_id, since=now))
        resumed = line.join(resumed, joined[-1])
    return Resumed(resumed, tuple(joined))
