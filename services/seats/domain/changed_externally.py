"""The quantities of the subscription at Stripe count, also when they were changed outside of headcount.

If they were raised, the line is served, and Blocked members stay Blocked until they are re-invited. If they were
lowered below Active, the agency is frozen: nobody is suspended, first logins are Blocked, and nothing is bought back.
If the subscription was cancelled or the customer deleted, the agency has no seats any more.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import FrozenReason, Quantities
from services.seats.domain.ledger import NO_SEATS, Account, Ledger


def subscription_changed(ledger: Ledger, after: Quantities) -> Ledger:
    """Take over these quantities. A purchase under way continues, and may be rejected as stale."""
    return replace(ledger, purchased=after, gone=None) if ledger.account is Account.OPEN else ledger


def subscription_ended(ledger: Ledger, reason: FrozenReason) -> Ledger:
    """The ledger of an agency whose subscription is gone for this reason."""
    return replace(ledger, purchased=NO_SEATS, gone=reason) if ledger.account is Account.OPEN else ledger
