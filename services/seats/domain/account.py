"""First logins wait while the agency's account is not open yet. If the account is rejected, every wait ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.vocabulary import BlockedReason, Quantities
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import FOUNDER, Moved, Waiter, dismiss


def opened(ledger: Ledger, purchased: Quantities) -> Ledger:
    """The ledger of an account that is open with these paid seats."""
    return replace(ledger, account=Account.OPEN, purchased=purchased)


def rejected(ledger: Ledger, line: Sequence[Waiter], *, whole: bool = True) -> Moved:
    """End every wait. The first admin's ends without an event, because the whole agency ends."""
    moved = dismiss(replace(ledger, account=Account.REJECTED), line, BlockedReason.PAYMENT_DECLINED, whole=whole)
    return replace(moved, denied=tuple(waiter for waiter in moved.denied if waiter.position != FOUNDER))
