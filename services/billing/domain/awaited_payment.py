"""A change counts as paid only when its invoice says paid; until then it waits, and if it is not paid it is undone.

Stripe answers an update with 200 although nothing is paid: on account it sends an invoice, or leaves a draft, and has
the new quantities at once; a payment that the bank wants confirmed leaves the quantities as they are, with a pending
update that Stripe applies when the invoice is paid; a bank debit takes days, with the new quantities at once.
Source: Stripe's documentation, "Pending updates", "Pause payment collection", and "ACH Direct Debit".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.payment_vocabulary import InvoiceState, Lapse
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Paid:
    """The invoice is paid, and Stripe has made the change: it is done."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The invoice will not be paid, or Stripe holds the change no more: undo it."""


@dataclass(frozen=True, slots=True)
class StillAwaited:
    """The invoice can still be paid, or what was read is from before and after its payment: read again later."""


def is_unpaid(invoice: StripeInvoiceSnapshot | None) -> bool:
    """True for a change's invoice that asks for money and is not paid. A credit is due to nobody."""
    return invoice is not None and invoice.total > 0 and invoice.state is not InvoiceState.PAID


def payment_until(invoice: StripeInvoiceSnapshot, snapshot: StripeSubscriptionSnapshot) -> datetime | None:
    """When Stripe gives the pending update up; without one, when the sent invoice is due. None if neither is known."""
    second = snapshot.pending_until or invoice.due_at
    return datetime.fromtimestamp(second, UTC) if second is not None else None


def is_processing(snapshot: StripeSubscriptionSnapshot) -> bool:
    """True when the unpaid invoice of a change is neither to be confirmed nor on account: its payment is under way."""
    return snapshot.pending_until is None and not snapshot.is_on_account


def payment_of(
    operation: Operation, invoice: KnownInvoice, snapshot: StripeSubscriptionSnapshot
) -> Paid | Lapsed | StillAwaited:
    """Decide from the invoice of a change that waits, and from the subscription."""
    is_pending = snapshot.pending_until is not None
    match invoice.state:
        case InvoiceState.PAID:
            return StillAwaited() if is_pending else Paid()
        case InvoiceState.VOID | InvoiceState.UNCOLLECTIBLE:
            return Lapsed()
        case InvoiceState.DRAFT | InvoiceState.OPEN if snapshot.is_over:
            return Lapsed()
        case InvoiceState.OPEN if is_processing(snapshot) and invoice.decline_code is not None:
            return Lapsed()
        case _:
            return StillAwaited() if is_pending or is_raised(operation, snapshot) else Lapsed()


def is_raised(operation: Operation | None, snapshot: StripeSubscriptionSnapshot) -> bool:
    """True while Stripe has made a change that waits, so that its quantities or its cycle are nobody else's change."""
    if operation is None or snapshot.is_over or snapshot.quantities != operation.after:
        return False
    return operation.switch is None or snapshot.cycle is operation.switch.cycle


def lapse_of(
    invoice: StripeInvoiceSnapshot | None,
    snapshot: StripeSubscriptionSnapshot,
    until: datetime | None,
    now: datetime,
    *,
    canceled: bool = False,
) -> Lapse:
    """Why a change is undone, from its invoice as it was before that. `canceled`: an admin wants it undone.

    `until` is when Stripe gives up the update that is to be confirmed; None where nothing is to be confirmed.
    """
    if snapshot.is_over:
        return Lapse.ENDED
    state = invoice.state if invoice is not None else InvoiceState.VOID
    match state:
        case InvoiceState.VOID:
            voided_at = invoice.voided_at if invoice is not None else None
            is_late = until is not None and voided_at is not None and voided_at >= until.timestamp()
            return Lapse.EXPIRED if is_late else Lapse.VOIDED
        case InvoiceState.UNCOLLECTIBLE:
            return Lapse.WRITTEN_OFF
        case _ if canceled:
            return Lapse.CANCELED
        case InvoiceState.OPEN if is_processing(snapshot) and invoice is not None and invoice.decline_code is not None:
            return Lapse.DECLINED
        case _:
            return Lapse.EXPIRED if until is not None and now > until else Lapse.REPLACED
