"""The card was changed: the pause ends, and with Auto-Add ON everyone Blocked for payment waits again, in order.

With Auto-Add OFF the pause ends all the same, but nothing is bought: they stay Blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.seats.domain import line
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause is over. `joined` stand at the end of the line now."""

    ledger: Ledger
    joined: tuple[Waiter, ...] = ()


@dataclass(frozen=True, slots=True)
class NotPaused:
    """Nothing was declined: a new card changes nothing."""


def card_fixed(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID) -> Resumed | NotPaused:
    """Decide a change of the card. `unpaid` are Blocked for payment, in order; they wait for `correlation_id` now."""
    if ledger.paused is None or ledger.account is not Account.OPEN:
        return NotPaused()
    resumed = replace(ledger, paused=None)
    if not ledger.auto_add:
        return Resumed(resumed)
    joined = []
    for waiter in unpaid:
        joined.append(replace(waiter, position=resumed.last_position + 1, correlation_id=correlation_id))
        resumed = line.join(resumed, joined[-1])
    return Resumed(resumed, tuple(joined))
