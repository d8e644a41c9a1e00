"""From what was read at Stripe to what is said on the bus."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.billing import InvoiceChanged, PlanChanged, TierOfType
from contracts.message import Invoice
from contracts.vocabulary import SeatType
from services.billing.domain.invoice_news import KnownInvoice
from services.billing.domain.plan import Plan
from services.billing.domain.price_tier import PriceTier
from services.billing.domain.snapshots import StripeInvoiceSnapshot


def to_invoice(snapshot: StripeInvoiceSnapshot | KnownInvoice) -> Invoice:
    """An invoice as people refer to it."""
    return Invoice(
        id=snapshot.id,
        number=snapshot.number,
        total=snapshot.total,
        amount_paid=snapshot.amount_paid,
        url=snapshot.url,
    )


def to_invoice_changed(known: KnownInvoice) -> InvoiceChanged:
    """How an invoice stands."""
    return InvoiceChanged(
        invoice=to_invoice(known),
        state=known.state,
        at=datetime.fromtimestamp(known.created, UTC),
        pdf_url=known.pdf_url,
        operation_id=known.operation_id,
    )


def to_tier(seat_type: SeatType, quantity: int, tier: PriceTier) -> TierOfType:
    """The price of one seat type at a quantity."""
    return TierOfType(
        seat_type=seat_type,
        quantity=quantity,
        unit_amount=tier.unit,
        list_amount=tier.list_unit,
        next_from=tier.next_from,
        next_unit_amount=tier.next_unit,
    )


def to_plan_changed(plan: Plan) -> PlanChanged:
    """What the agency pays."""
    return PlanChanged(
        cycle=plan.cycle,
        total=plan.total,
        renews_at=plan.renews_at,
        payment_state=plan.payment_state,
        discount=plan.discount,
        balance=plan.balance,
        prices=tuple(to_tier(one.seat_type, one.quantity, one.tier) for one in plan.prices),
        invoices_today=plan.invoices_today,
        invoices_renew_at=plan.invoices_renew_at,
    )
