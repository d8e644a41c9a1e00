"""While the agency owes an invoice, no seat is bought, added or taken away, and nobody is suspended.

First logins that need a purchase are Blocked with `past_due`; those that find a free seat are Active. What is owed and
a declined purchase (`Ledger.paused`) are two facts: neither overwrites the other. Once nothing is owed, the pause is
over too, unless Stripe accepts no change, and the members Blocked for payment wait again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.payment_vocabulary import Debt
from services.seats.domain.card_fixed import Resumed, Unpaid, let_in, may_end_by_card
from services.seats.domain.ledger import Account, Ledger


@dataclass(frozen=True, slots=True)
class OwesNothing:
    """Nothing is owed, and no pause ends: there is none, or Stripe accepts no change."""

    ledger: Ledger


def debt_changed(ledger: Ledger, debt: Debt) -> Ledger:
    """The ledger of an agency that owes this."""
    return replace(ledger, owed=debt) if ledger.account is Account.OPEN else ledger


def nothing_owed(
    ledger: Ledger, unpaid: Unpaid, correlation_id: UUID, now: datetime, *, retried: bool
) -> Resumed | OwesNothing:
    """Decide the end of a debt. `unpaid` are the members Blocked for payment, in order.

    `retried`: an admin has tried again, which ends any pause.
    """
    paid = replace(ledger, owed=None)
    is_over = ledger.owed is not None or ledger.paused is not None
    if ledger.account is not Account.OPEN or not is_over or not (retried or may_end_by_card(paid)):
        return OwesNothing(paid)
    return let_in(paid, unpaid, correlation_id, now)
