"""Money of an invoice that goes back after it was made: refunds, credit notes, and disputes of its payment.

The invoice stays paid at Stripe. A dispute takes the money back until the bank decides; a lost one keeps it, until
the bank decides otherwise.
Source: Stripe's documentation, "Refund and cancel payments", "Credit notes", and "How disputes work".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contracts.payment_vocabulary import DisputeState, Reversal
from services.billing.domain.invoice_changes import KnownInvoice

_OF_DISPUTE = {
    DisputeState.OPEN: Reversal.DISPUTE_OPENED,
    DisputeState.WON: Reversal.DISPUTE_WON,
    DisputeState.LOST: Reversal.DISPUTE_LOST,
}


@dataclass(frozen=True, slots=True)
class Reversed:
    """One piece of news: the amount that a refund or a credit note gave back, or that is disputed.

    `regained`: the dispute that is won now had been lost before, and no other one is lost.
    """

    kind: Reversal
    amount: int
    regained: bool = False


def is_about_a_payment(event_type: str) -> bool:
    """True when an event of this type is about a refund of a payment, or a dispute."""
    return event_type == "charge.refunded" or event_type.startswith("charge.dispute.")


def dispute_state(status: str) -> DisputeState | None:
    """Where a dispute stands; None for a mere inquiry of the bank, which takes nothing back."""
    if status.startswith("warning_"):
        return None
    return DisputeState(status) if status in {"won", "lost"} else DisputeState.OPEN


def reversals(
    before: KnownInvoice | None, after: KnownInvoice, disputed: int = 0, others: Iterable[KnownInvoice] = ()
) -> tuple[Reversed, ...]:
    """The news about an invoice's money; `disputed` is the dispute's amount, `others` are the known invoices."""
    credited, refunded = (before.credited, before.refunded) if before is not None else (0, 0)
    changes = [
        Reversed(Reversal.CREDIT_NOTE, after.credited - credited),
        Reversed(Reversal.REFUND, after.refunded - refunded),
    ]
    news = [reversal for reversal in changes if reversal.amount > 0]
    if after.dispute is not None and (before is None or before.dispute is not after.dispute):
        was_lost = before is not None and before.dispute is DisputeState.LOST
        is_another_lost = any(other.dispute is DisputeState.LOST for other in others if other.id != after.id)
        regained = was_lost and after.dispute is DisputeState.WON and not is_another_lost
        news.append(Reversed(_OF_DISPUTE[after.dispute], disputed, regained))
    return tuple(news)


def with_money_of(invoice: KnownInvoice, other: KnownInvoice) -> KnownInvoice:
    """The invoice with the refunds, credit notes and dispute of the other one, and with what they leave to be paid."""
    return replace(
        invoice,
        credited=other.credited,
        refunded=other.refunded,
        dispute=other.dispute,
        amount_remaining=other.amount_remaining,
    )


def with_payment(invoice: KnownInvoice, refunded: int, dispute: DisputeState | None) -> KnownInvoice:
    """The invoice with what is known of its payment."""
    return replace(invoice, refunded=refunded, dispute=dispute or invoice.dispute)
