"""Somebody changed the subscription at Stripe: its quantities count, whoever set them.

Raised: there is room, those in line are served, the Blocked stay Blocked until re-invited. Lowered below Active:
frozen, so nobody is suspended, first logins are Blocked and nothing is bought back. Cancelled, or the customer deleted:
it gives no seats any more.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import FrozenReason, Quantities
from services.seats.domain.ledger import NO_SEATS, Account, Ledger


def subscription_changed(ledger: Ledger, after: Quantities) -> Ledger:
    """The subscription has these quantities now. A purchase under way goes on: it will be stale, or has won."""
    return replace(ledger, purchased=after, gone=None) if ledger.account is Account.OPEN else ledger


def subscription_ended(ledger: Ledger, reason: FrozenReason) -> Ledger:
    """There is no subscription any more."""
    return replace(ledger, purchased=NO_SEATS, gone=reason) if ledger.account is Account.OPEN else ledger
