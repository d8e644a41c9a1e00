"""Convert the SDK's objects to the plain values of `domain/snapshots.py`.

Whatever Stripe may hold is read: an item without a quantity, a status of tomorrow, any interval, currency and price. A
field that Stripe leaves out counts as empty, because one unreadable object would stall its agency.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import stripe

from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.clients.stripe_terms import terms_of
from services.billing.domain.drift import ListedSubscription
from services.billing.domain.plan_total import Tier, cycle_amount
from services.billing.domain.snapshots import (
    OtherItem,
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
CONFIRMING: Final = "confirming_operation_id"
"""The metadata key of the last operation whose payment the cardholder was to confirm."""
AGENCY: Final = "agency_id"
"""The metadata key of the agency that a customer or a subscription belongs to."""
SEAT_TYPE: Final = "seat_type"
"""The metadata key of the seat type of a product, a price and an item."""
_INVOICE_STATES: Final = frozenset(InvoiceState)


def subscription_snapshot(subscription: stripe.Subscription) -> StripeSubscriptionSnapshot:
    """A subscription that was read with its customer, its newest invoice, its prices' tiers and products."""
    items = subscription["items"].data
    seats = _seat_items(items)
    ours = {item.id for item in seats.values()}
    invoice = subscription.latest_invoice
    ended = subscription.cancellation_details
    return StripeSubscriptionSnapshot(
        id=subscription.id,
        status=subscription.status,
        cycle=_common_cycle(seats.values()),
        items={seat_type: _item_snapshot(item) for seat_type, item in seats.items()},
        operation=note(subscription.metadata, OPERATION),
        latest_invoice=invoice_snapshot(invoice) if isinstance(invoice, stripe.Invoice) else None,
        customer=_customer_snapshot(subscription),
        end_reason=ended.reason if ended else None,
        others=tuple(_other_item(item) for item in items if item.id not in ours),
        currency=subscription.currency,
        agency=note(subscription.metadata, AGENCY),
        created=subscription.created,
        is_scheduled=subscription.schedule is not None,
        pending_until=subscription.pending_update.expires_at if subscription.pending_update else None,
        confirming=note(subscription.metadata, CONFIRMING),
        is_on_account=subscription.collection_method == "send_invoice" or subscription.pause_collection is not None,
        ends_at=_scheduled_end(subscription),
        terms=terms_of(subscription),
    )


def _scheduled_end(subscription: stripe.Subscription) -> int | None:
    """The second of the scheduled end. Stripe has it in one of two fields, or in both."""
    if subscription.cancel_at is not None:
        return subscription.cancel_at
    ends = [item.current_period_end for item in subscription["items"].data]
    return min(ends, default=None) if subscription.cancel_at_period_end else None


def listed_subscription(subscription: stripe.Subscription) -> ListedSubscription:
    """A subscription in a list, without expanded objects."""
    held = _seat_items(subscription["items"].data)
    counts = {seat_type: _quantity(item) or 0 for seat_type, item in held.items()}
    return ListedSubscription(
        id=subscription.id,
        status=subscription.status,
        cycle=_common_cycle(held.values()),
        quantities=Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0)),
        items={seat_type: item.id for seat_type, item in held.items()},
        renews_at=min((item.current_period_end for item in held.values()), default=None),
        latest_invoice=id_of(subscription.latest_invoice) if subscription.latest_invoice else None,
        customer=id_of(subscription.customer),
    )


def _seat_items(items: Iterable[stripe.SubscriptionItem]) -> dict[SeatType, stripe.SubscriptionItem]:
    """The item of each seat type. Of two items of one type, the one that we made counts, and then the older one.

    An item without a quantity holds no seats: Stripe bills its use, and rejects every quantity for it.
    """
    seats: dict[SeatType, stripe.SubscriptionItem] = {}
    for item in sorted(items, key=lambda item: note(item.metadata, SEAT_TYPE) is None):
        seat_type = _seat_type(item)
        if seat_type is not None and _quantity(item) is not None:
            seats.setdefault(seat_type, item)
    return seats


def _common_cycle(items: Iterable[stripe.SubscriptionItem]) -> BillingCycle:
    cycles = {cycle_of(item.price) for item in items}
    return BillingCycle.ANNUAL if cycles == {BillingCycle.ANNUAL} else BillingCycle.MONTHLY


def _item_snapshot(item: stripe.SubscriptionItem) -> StripeItemSnapshot:
    return StripeItemSnapshot(
        id=item.id,
        quantity=_quantity(item) or 0,
        tiers=tiers_of(item.price),
        price=item.price.id,
        period_start=item.current_period_start,
        period_end=item.current_period_end,
        is_graduated=_is_graduated(item.price),
        lookup_key=item.price.lookup_key,
    )


def _other_item(item: stripe.SubscriptionItem) -> OtherItem:
    price, quantity = item.price, _quantity(item)
    every = price.recurring
    return OtherItem(
        id=item.id,
        name=_name(price),
        quantity=quantity,
        amount=None if quantity is None else _amount(price, quantity),
        currency=price.currency,
        interval=every.interval if every else "",
        interval_count=every.interval_count if every else 1,
    )


def _name(price: stripe.Price) -> str:
    """The name of the price's product, or what else Stripe's dashboard shows of it."""
    return str(getattr(price.product, "name", None) or price.nickname or id_of(price.product))


def _amount(price: stripe.Price, quantity: int) -> int:
    """The price of so many units for a full period; of packages, for as many as hold them."""
    package = getattr(price, "transform_quantity", None)
    if package:
        whole, rest = divmod(quantity, package.divide_by)
        quantity = whole + (1 if rest and package.round == "up" else 0)
    return cycle_amount(tiers_of(price), quantity, is_graduated=_is_graduated(price))


def _is_graduated(price: stripe.Price) -> bool:
    return getattr(price, "tiers_mode", None) == "graduated"


def _quantity(item: Any) -> int | None:  # noqa: ANN401  every object of Stripe's that may have a quantity
    """The quantity; None where Stripe leaves it out, because the use is billed."""
    quantity: int | None = getattr(item, "quantity", None)
    return quantity


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
    """The seat type in our metadata: the item's, or the price's or product's if somebody has made the item by hand."""
    product = None if isinstance(item.price.product, str) else getattr(item.price.product, "metadata", None)
    notes = (note(metadata, SEAT_TYPE) for metadata in (item.metadata, item.price.metadata, product))
    seat_type = next((value for value in notes if value), None)
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
        state=_invoice_state(invoice.status),
        created=invoice.created,
        pdf_url=invoice.invoice_pdf,
        attempted=invoice.attempted,
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
    payments = getattr(invoice, "payments", None)
    intents = (getattr(paid.payment, "payment_intent", None) for paid in (payments.data if payments else ()))
    errors = (getattr(intent, "last_payment_error", None) for intent in intents)
    error = next((error for error in errors if error), None)
    return getattr(error, "decline_code", None) or getattr(error, "code", None)


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
    return StripeLineSnapshot(
        amount=line.amount,
        description=line.description or "",
        quantity=_quantity(line),
        item=details.subscription_item if details else None,
        is_proration=details.proration if details else False,
        pending=details.invoice_item if details else None,
        period_start=line.period.start,
        period_end=line.period.end,
        tax=sum(part.amount for part in line.taxes or () if part.tax_behavior == "exclusive"),
    )


def pending_proration(item: stripe.InvoiceItem, subscription_id: str) -> PendingProration | None:
    """A pending proration of this subscription; None for an item of another subscription, or of none."""
    parent = item.parent.subscription_details if item.parent else None
    if parent is None or parent.subscription != subscription_id:
        return None
    return PendingProration(item.id, item.amount, item.description or "", _quantity(item), parent.subscription_item)


def tiers_of(price: stripe.Price) -> tuple[Tier, ...]:
    """The price's volume tiers; a single tier for any quantity if it has none."""
    tiers = getattr(price, "tiers", None)
    if not tiers:
        return (Tier(None, Decimal(price.unit_amount_decimal or 0)),)
    return tuple(
        Tier(tier.up_to, Decimal(tier.unit_amount_decimal or 0), Decimal(tier.flat_amount_decimal or 0))
        for tier in tiers
    )


def cycle_of(price: stripe.Price) -> BillingCycle | None:
    """The price's billing cycle; None for an interval that we do not sell."""
    match (price.recurring.interval, price.recurring.interval_count) if price.recurring else None:
        case ("month", 1):
            return BillingCycle.MONTHLY
        case ("year", 1) | ("month", 12):
            return BillingCycle.ANNUAL
        case _:
            return None


def note(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """A value in an object's metadata; None if it is missing."""
    return str(metadata[name]) if metadata is not None and name in metadata else None


def id_of(reference: object) -> str:
    """The id of an object that Stripe shows as its id or, expanded, as a whole."""
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
