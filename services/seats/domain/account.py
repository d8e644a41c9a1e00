"""While an agency's account is not open yet, first logins wait; when it is refused there is nothing to wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.vocabulary import BlockedReason, Quantities
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import FOUNDER, Moved, Waiter, dismiss


def opened(ledger: Ledger, purchased: Quantities) -> Ledger:
    """The account is open, and these seats are paid."""
    return replace(ledger, account=Account.OPEN, purchased=purchased)


def rejected(ledger: Ledger, line: Sequence[Waiter]) -> Moved:
    """There is no account. The first admin's wait ends with the agency itself, so nobody tells them of a seat."""
    others = [waiter for waiter in line if waiter.position != FOUNDER]
    return dismiss(replace(ledger, account=Account.REJECTED), others, BlockedReason.PAYMENT_DECLINED)
