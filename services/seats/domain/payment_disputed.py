"""A lost dispute pauses Auto-Add: the bank has taken a payment back, so nobody's card is charged unasked any more.

No new card and no payment ends this pause, because neither settles the dispute: an admin's retry does, or the bank that
decides for us after all, in every dispute. Nobody is suspended, and admins may still change seats themselves.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import RejectionCode
from services.seats.domain.ledger import Account, Ledger


def dispute_lost(ledger: Ledger) -> Ledger:
    """The ledger after a lost dispute. A pause that is there already stays as it is."""
    if ledger.account is not Account.OPEN or ledger.paused is not None:
        return ledger
    return replace(ledger, paused=RejectionCode.PAYMENT_DISPUTED)


def is_paused_for_dispute(ledger: Ledger) -> bool:
    """True while a lost dispute is the reason of the pause."""
    return ledger.paused is RejectionCode.PAYMENT_DISPUTED
