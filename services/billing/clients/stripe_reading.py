"""Convert the SDK's objects to the plain values of `domain/snapshots.py`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import stripe

from contracts.vocabulary import BillingCycle, InvoiceState, Quantities, SeatType
from services.billing.domain.drift import ListedSubscription
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import (
    PendingProration,
    Preview,
    StripeCustomerSnapshot,
    StripeInvoiceSnapshot,
    StripeItemSnapshot,
    StripeLineSnapshot,
    StripeSubscriptionSnapshot,
)

OPERATION: Final = "operation_id"
"""The metadata key of the last operation of ours that changed the object."""


def subscription_snapshot(subscription: stripe.Subscription) -> StripeSubscriptionSnapshot:
    """A subscription that was read with its customer, its newest invoice and its prices' tiers."""
    items = {_seat_type(item): item for item in subscription["items"].data}
    invoice = subscription.latest_invoice
    ended = subscription.cancellation_details
    return StripeSubscriptionSnapshot(
        id=subscription.id,
        status=subscription.status,
        cycle=_common_cycle(items.values()),
        items={seat_type: _item_snapshot(item) for seat_type, item in items.items() if seat_type is not None},
        operation=note(subscription.metadata, OPERATION),
        latest_invoice=invoice_snapshot(invoice) if isinstance(invoice, stripe.Invoice) else None,
        customer=_customer_snapshot(subscription),
        end_reason=ended.reason if ended else None,
    )


def listed_subscription(subscription: stripe.Subscription) -> ListedSubscription:
    """A subscription in a list, without expanded objects."""
    items = subscription["items"].data
    held = {seat_type: item for item in items if (seat_type := _seat_type(item)) is not None}
    counts = {seat_type: item.quantity or 0 for seat_type, item in held.items()}
    return ListedSubscription(
        id=subscription.id,
        status=subscription.status,
        cycle=_common_cycle(items),
        quantities=Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0)),
        items={seat_type: item.id for seat_type, item in held.items()},
        renews_at=min((item.current_period_end for item in held.values()), default=None),
        latest_invoice=id_of(subscription.latest_invoice) if subscription.latest_invoice else None,
    )


def _common_cycle(items: Iterable[stripe.SubscriptionItem]) -> BillingCycle:
    cycles = {cycle_of(item.price) for item in items}
    return BillingCycle.ANNUAL if cycles == {BillingCycle.ANNUAL} else BillingCycle.MONTHLY


def _item_snapshot(item: stripe.SubscriptionItem) -> StripeItemSnapshot:
    return StripeItemSnapshot(
        id=item.id,
        quantity=item.quantity or 0,
        tiers=tiers_of(item.price),
        price=item.price.id,
        period_start=item.current_period_start,
        period_end=item.current_period_end,
    )


def _customer_snapshot(subscription: stripe.Subscription) -> StripeCustomerSnapshot:
    customer = subscription.customer
    if isinstance(customer, str):
        return StripeCustomerSnapshot(customer)
    if getattr(customer, "deleted", False):
        return StripeCustomerSnapshot(customer.id, is_deleted=True)
    settings = customer.invoice_settings
    card = subscription.default_payment_method or (settings.default_payment_method if settings else None)
    return StripeCustomerSnapshot(customer.id, customer.balance or 0, id_of(card) if card else None)


def _seat_type(item: stripe.SubscriptionItem) -> SeatType | None:
    """The seat type in the item's metadata, or in the price's if somebody has replaced the item by hand."""
    seat_type = note(item.metadata, "seat_type") or note(item.price.metadata, "seat_type")
    return SeatType(seat_type) if seat_type in set(SeatType) else None


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
        state=InvoiceState(invoice.status or InvoiceState.DRAFT),
        created=invoice.created,
        pdf_url=invoice.invoice_pdf,
        attempted=invoice.attempted,
        settles=own is not None,
        lines=tuple(_line_snapshot(line) for line in invoice.lines.data),
    )


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
    )


def _line_snapshot(line: stripe.InvoiceLineItem) -> StripeLineSnapshot:
    details = line.parent.subscription_item_details if line.parent else None
    return StripeLineSnapshot(
        amount=line.amount,
        description=line.description or "",
        quantity=line.quantity,
        item=details.subscription_item if details else None,
        is_proration=details.proration if details else False,
        pending=details.invoice_item if details else None,
        period_start=line.period.start,
    )


def pending_proration(item: stripe.InvoiceItem, subscription_id: str) -> PendingProration | None:
    """A pending proration of this subscription; None for an item of another subscription, or of none."""
    parent = item.parent.subscription_details if item.parent else None
    if parent is None or parent.subscription != subscription_id:
        return None
    return PendingProration(item.id, item.amount, item.description or "", item.quantity, parent.subscription_item)


def tiers_of(price: stripe.Price) -> tuple[Tier, ...]:
    """The price's volume tiers; a single tier for any quantity if it has none."""
    tiers = getattr(price, "tiers", None)
    if not tiers:
        return (Tier(None, Decimal(price.unit_amount_decimal or 0)),)
    return tuple(Tier(tier.up_to, Decimal(tier.unit_amount_decimal or 0)) for tier in tiers)


def cycle_of(price: stripe.Price) -> BillingCycle | None:
    """The price's billing cycle; None for an interval that we do not sell."""
    match price.recurring.interval if price.recurring else None:
        case "month":
            return BillingCycle.MONTHLY
        case "year":
            return BillingCycle.ANNUAL
        case _:
            return None


def note(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """A value in an object's metadata; None if it is missing."""
    return str(metadata[name]) if metadata is not None and name in metadata else None


def id_of(reference: object) -> str:
    """The id of an object that Stripe shows as its id or, expanded, as a whole."""
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
