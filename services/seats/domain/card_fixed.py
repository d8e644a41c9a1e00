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

from contracts.vocabulary import Quantities, RejectionCode, SeatType
from services.seats.domain import line
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import NO_SEATS, Account, Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause is over. The members in `joined` stand at the end of the line, and behind them `rest` others.

    Only members of these seat `types` wait again: nothing is bought of the other types.
    """

    ledger: Ledger
    joined: tuple[Waiter, ...] = ()
    rest: int = 0
    types: tuple[SeatType, ...] = ()

    @property
    def count(self) -> int:
        """How many members wait again."""
        return len(self.joined) + self.rest


def may_end_by_card(ledger: Ledger) -> bool:
    """False when no card and no payment ends the pause: Stripe accepts no change, or a dispute was lost."""
    return ledger.paused not in {RejectionCode.BILLING_UNAVAILABLE, RejectionCode.PAYMENT_DISPUTED}


@dataclass(frozen=True, slots=True)
class NotPaused:
    """Nothing was paused, or an invoice is owed, so a good card changes nothing."""


@dataclass(frozen=True, slots=True)
class Unpaid:
    """The members Blocked for payment, in order: the first of them, and the counts of the `rest`."""

    first: Sequence[Waiter] = ()
    rest: Quantities = NO_SEATS


def card_fixed(ledger: Ledger, unpaid: Unpaid, correlation_id: UUID, now: datetime) -> Resumed | NotPaused:
    """Decide the end of the pause. The `unpaid` members, in order, then wait under the command `correlation_id`."""
    if ledger.paused is None or ledger.owed is not None or ledger.account is not Account.OPEN:
        return NotPaused()
    return let_in(ledger, unpaid, correlation_id, now)


def let_in(ledger: Ledger, unpaid: Unpaid, correlation_id: UUID, now: datetime) -> Resumed:
    """End the pause of an agency that owes nothing. Members who were about to be denied for it keep waiting."""
    resumed = replace(ledger, paused=None, fault=None, decline_code=None, dismissal=None)
    types = tuple(seat_type for seat_type in SeatType if why_not_wait(resumed, seat_type) is None)
    joined = []
    for waiter in (waiter for waiter in unpaid.first if waiter.seat_type in types):
        position = resumed.last_position + 1
        joined.append(replace(waiter, position=position, correlation_id=correlation_id, since=now))
        resumed = line.join(resumed, joined[-1])
    rest, waiting = 0, resumed.waiting
    for seat_type in types:
        rest += unpaid.rest.of(seat_type)
        waiting = waiting.plus(seat_type, unpaid.rest.of(seat_type))
    resumed = replace(resumed, waiting=waiting, last_position=resumed.last_position + rest)
    return Resumed(resumed, tuple(joined), rest, types)
