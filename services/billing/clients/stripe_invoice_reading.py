"""Convert the SDK's invoices, previews of invoices and pending prorations to the values of `domain/snapshots.py`."""

from __future__ import annotations

from typing import Final

import stripe

from contracts.payment_vocabulary import InvoiceState
from services.billing.clients.stripe_fields import (
    OPERATION,
    id_of,
    note,
    quantity_of,
)
from services.billing.domain.snapshots import (
    PendingProration,
    Preview,
    StripeInvoiceSnapshot,
    StripeLineSnapshot,
)

_INVOICE_STATES: Final = frozenset(InvoiceState)


def invoice_snapshot(invoice: stripe.Invoice) -> StripeInvoiceSnapshot:
    """An invoice. Its operation is in its own metadata (a settling one), or in the subscription's at that time."""
    parent = invoice.parent.subscription_details if invoice.parent else None
    own = note(invoice.metadata, OPERATION)
    return StripeInvoiceSnapshot(
        id=invoice.id,
        number=invoice.number,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        url=invoice.hosted_invoice_url,
        reason=invoice.billing_reason,
        operation=own or (note(parent.metadata, OPERATION) if parent else None),
        state=_invoice_state(invoice.status),
        created=invoice.created,
        pdf_url=invoice.invoice_pdf,
        attempted=invoice.attempted and not any(intent.status == "processing" for intent in _intents(invoice)),
        settles=own is not None,
        lines=tuple(_line_snapshot(line) for line in invoice.lines.data),
        credited=invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount,
        subscription=id_of(parent.subscription) if parent else None,
        due_at=invoice.due_date,
        voided_at=invoice.status_transitions.voided_at,
        amount_remaining=invoice.amount_remaining,
        currency=invoice.currency,
        decline_code=_decline_code(invoice),
        discount=discount_of(invoice),
        tax=tax_of(invoice),
    )


def discount_of(invoice: stripe.Invoice) -> int:
    """What coupons take off the lines."""
    return sum(part.amount for part in invoice.total_discount_amounts or ())


def tax_of(invoice: stripe.Invoice) -> int:
    """What taxes add to the lines; an inclusive tax is part of them."""
    return sum(part.amount for part in invoice.total_taxes or () if part.tax_behavior == "exclusive")


def _decline_code(invoice: stripe.Invoice) -> str | None:
    """The bank's reason of the last decline, of an invoice that was read with its payments."""
    errors = (getattr(intent, "last_payment_error", None) for intent in _intents(invoice))
    error = next((error for error in errors if error), None)
    return getattr(error, "decline_code", None) or getattr(error, "code", None)


def _intents(invoice: stripe.Invoice) -> list[stripe.PaymentIntent]:
    """The intents of an invoice that was read with its payments; none of another."""
    payments = getattr(invoice, "payments", None)
    intents = (getattr(paid.payment, "payment_intent", None) for paid in (payments.data if payments else ()))
    return [intent for intent in intents if isinstance(intent, stripe.PaymentIntent)]


def _invoice_state(status: str | None) -> InvoiceState:
    """Stripe's state; a draft where Stripe names none that we know: not paid, and read again later."""
    return InvoiceState(status) if status in _INVOICE_STATES else InvoiceState.DRAFT


def preview_of(invoice: stripe.Invoice) -> Preview:
    """The preview of an invoice."""
    parent = invoice.parent.subscription_details if invoice.parent else None
    return Preview(
        total=invoice.total,
        amount_due=invoice.amount_due,
        # Left out, not null, where nothing is prorated.
        proration_date=getattr(parent, "subscription_proration_date", None),
        lines=tuple(_line_snapshot(line) for line in invoice.lines.data),
        is_whole=not invoice.lines.has_more,
        discount=discount_of(invoice),
        tax=tax_of(invoice),
    )


def _line_snapshot(line: stripe.InvoiceLineItem) -> StripeLineSnapshot:
    details = line.parent.subscription_item_details if line.parent else None
    by_hand = line.parent.invoice_item_details if line.parent else None
    return StripeLineSnapshot(
        amount=line.amount,
        description=line.description or "",
        quantity=quantity_of(line),
        item=details.subscription_item if details else None,
        is_proration=details.proration if details else False,
        pending=details.invoice_item if details else by_hand.invoice_item if by_hand else None,
        period_start=line.period.start,
        period_end=line.period.end,
        tax=sum(part.amount for part in line.taxes or () if part.tax_behavior == "exclusive"),
        discount=sum(part.amount for part in line.discount_amounts or ()),
    )


def pending_proration(item: stripe.InvoiceItem, subscription_id: str) -> PendingProration | None:
    """A pending item of this subscription, or of the customer alone; None for an item of another subscription.

    A charge or credit that somebody made by hand names no item of the subscription, and perhaps no subscription: then
    the customer's next invoice takes it, which may be a change's.
    """
    parent = item.parent.subscription_details if item.parent else None
    if parent is not None and parent.subscription != subscription_id:
        return None
    net: int | None = getattr(item, "net_amount", None)
    return PendingProration(
        id=item.id,
        amount=item.amount,
        description=item.description or "",
        quantity=quantity_of(item),
        item=getattr(parent, "subscription_item", None) if parent else None,
        discount=item.amount - net if net is not None else 0,
    )
