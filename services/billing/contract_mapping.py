"""Convert what billing read at Stripe to the types of its contracts; nothing else builds these types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from contracts.billing import CardOnFile, OtherItem, PlanChanged
from contracts.billing_payments import InvoiceChanged
from contracts.billing_quotes import MOST_LINES, QuoteLine, TierOfType
from contracts.message import Invoice
from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import SeatType
from services.billing.domain import snapshots
from services.billing.domain.card import StripeCardSnapshot
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.plan import Plan
from services.billing.domain.preview_agrees import own_lines
from services.billing.domain.price_tier import PriceTier
from services.billing.domain.snapshots import (
    PendingProration,
    Preview,
    StripeInvoiceSnapshot,
    StripeSubscriptionSnapshot,
)


def to_invoice(invoice: StripeInvoiceSnapshot | KnownInvoice) -> Invoice:
    """The invoice as other events refer to it."""
    return Invoice(
        id=invoice.id,
        number=invoice.number,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        url=invoice.url,
        currency=invoice.currency,
        is_paid=invoice.state is InvoiceState.PAID,
        discount=invoice.discount,
        tax=invoice.tax,
        credited=invoice.credited,
    )


def to_invoice_changed(invoice: KnownInvoice) -> InvoiceChanged:
    """The event about an invoice's state."""
    return InvoiceChanged(
        invoice=to_invoice(invoice),
        state=invoice.state,
        at=datetime.fromtimestamp(invoice.created, UTC),
        pdf_url=invoice.pdf_url,
        operation_id=invoice.operation_id,
        credited=invoice.credited,
        refunded=invoice.refunded,
        dispute=invoice.dispute,
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
    """The event about what the agency pays."""
    return PlanChanged(
        cycle=plan.cycle,
        total=plan.total,
        renews_at=plan.renews_at,
        payment_state=plan.payment_state,
        discount=plan.discount,
        balance=plan.balance,
        prices=tuple(to_tier(price.seat_type, price.quantity, price.tier) for price in plan.prices),
        invoices_today=plan.invoices_today,
        invoices_renew_at=plan.invoices_renew_at,
        others=tuple(_to_other_item(item, plan) for item in plan.others),
        other_total=plan.other_total,
        negotiated=plan.negotiated,
        ends_at=plan.ends_at,
        coupons=plan.coupons,
        tax=plan.tax,
        currency=plan.currency,
        card=_to_card(plan.card),
    )


def _to_card(card: StripeCardSnapshot | None) -> CardOnFile | None:
    if card is None:
        return None
    return CardOnFile(
        kind=card.kind, brand=card.brand, last4=card.last4, exp_month=card.exp_month, exp_year=card.exp_year
    )


def _to_other_item(item: snapshots.OtherItem, plan: Plan) -> OtherItem:
    return OtherItem(
        name=item.name,
        quantity=item.quantity,
        amount=item.amount,
        currency=item.currency,
        interval=item.interval,
        interval_count=item.interval_count,
        in_total=item.id in plan.in_total,
    )


def to_quote_lines(
    preview: Preview, snapshot: StripeSubscriptionSnapshot, pending: Sequence[PendingProration]
) -> tuple[QuoteLine, ...]:
    """The change's own lines. Lines beyond Stripe's first ten become one, so that all lines add up to the total."""
    lines = [
        QuoteLine(
            description=line.description,
            amount=line.amount,
            seat_type=_seat_type(snapshot, line.item),
            proration=line.is_proration,
            quantity=line.quantity,
        )
        for line in own_lines(preview, pending)
    ]
    if preview.discount:
        lines.append(QuoteLine(description="Discount", amount=-preview.discount))
    if preview.tax:
        lines.append(QuoteLine(description="Tax", amount=preview.tax))
    rest = preview.total - sum(line.amount for line in lines) - sum(proration.amount for proration in pending)
    if rest:
        lines.append(QuoteLine(description="Further lines of this change", amount=rest))
    return few_lines(lines)


def few_lines(lines: Sequence[QuoteLine]) -> tuple[QuoteLine, ...]:
    """The lines, of which those beyond what a message takes become one, so that all still add up to their sum."""
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    shown, more = lines[: MOST_LINES - 1], lines[MOST_LINES - 1 :]
    return (*shown, QuoteLine(description=f"{len(more)} further lines", amount=sum(line.amount for line in more)))


def to_pending_line(proration: PendingProration, snapshot: StripeSubscriptionSnapshot) -> QuoteLine:
    """The line of a pending proration that the change's invoice would take along."""
    return QuoteLine(
        description=proration.description,
        amount=proration.amount,
        seat_type=_seat_type(snapshot, proration.item),
        proration=True,
        quantity=proration.quantity,
    )


def _seat_type(snapshot: StripeSubscriptionSnapshot, item_id: str | None) -> SeatType | None:
    return next((seat_type for seat_type, item in snapshot.items.items() if item.id == item_id), None)
