"""The card is good again: the pause ends, and with Auto-Add ON everyone Blocked for payment waits again, in order.

So it is when the card was changed, when what was unpaid is paid, when the card paid for an admin's change, and when an
admin tries again. With Auto-Add OFF, or frozen, the pause ends all the same, but nothing is bought: they stay Blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.seats.domain import line
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause is over. `joined` stand at the end of the line now."""

    ledger: Ledger
    joined: tuple[Waiter, ...] = ()


@dataclass(frozen=True, slots=True)
class NotPaused:
    """Nothing is paused: a good card changes nothing."""


def card_fixed(ledger: Ledger, unpaid: Sequence[Waiter], correlation_id: UUID) -> Resumed | NotPaused:
    """Decide the end of the pause. `unpaid` are Blocked for payment, in order; they wait for `correlation_id` now."""
    if ledger.paused is None or ledger.account is not Account.OPEN:
        return NotPaused()
    resumed = replace(ledger, paused=None)
    if why_not_wait(resumed) is not None:
        return Resumed(resumed)
    joined = []
    for waiter in unpaid:
        joined.append(replace(waiter, position=resumed.last_position + 1, correlation_id=correlation_id))
        resumed = line.join(resumed, joined[-1])
    return Resumed(resumed, tuple(joined))
