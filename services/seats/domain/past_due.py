"""An unpaid invoice pauses Auto-Add until it is paid: nobody is suspended, and later first logins are Blocked.

The invoice may be a renewal's, or the one for prorations that were left pending.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import RejectionCode
from services.seats.domain.ledger import Account, Ledger


def payment_failed(ledger: Ledger) -> Ledger:
    """The ledger with Auto-Add paused for an unpaid invoice."""
    return replace(ledger, paused=RejectionCode.PAST_DUE, fault=None) if ledger.account is Account.OPEN else ledger
