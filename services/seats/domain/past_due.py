"""An invoice that could not be paid pauses Auto-Add until it is: nobody is suspended, later first logins are Blocked.

It may be a renewal's, or the one that settles what was left unsettled.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import RejectionCode
from services.seats.domain.ledger import Account, Ledger


def payment_failed(ledger: Ledger) -> Ledger:
    """Something is unpaid: Auto-Add buys nothing."""
    return replace(ledger, paused=RejectionCode.PAST_DUE) if ledger.account is Account.OPEN else ledger
