"""The money that went back, for a line of the activity log: by a refund, a credit note, or a lost dispute."""

from __future__ import annotations

from typing import Final

from contracts.billing_payments import PaymentReversed
from contracts.message import Message
from contracts.payment_vocabulary import Reversal

_BACK: Final = frozenset({Reversal.REFUND, Reversal.CREDIT_NOTE, Reversal.DISPUTE_LOST})


def returned(event: Message) -> int:
    """The amount in the smallest unit of the invoice's currency; 0 for every other event.

    A dispute that is open or won returns nothing: the bank only holds the amount until it decides.
    """
    return event.amount if isinstance(event, PaymentReversed) and event.kind in _BACK else 0
