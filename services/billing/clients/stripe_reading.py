"""Convert the SDK's objects to the plain values of `domain/snapshots.py`.

Whatever Stripe may hold is read: an item without a quantity, a status of tomorrow, any interval, currency and price. A
field that Stripe leaves out counts as empty, because one unreadable object would stall its agency.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import stripe

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.clients.stripe_cards import card_snapshot
from services.billing.clients.stripe_fields import (
    AGENCY,
    CONFIRMING,
    OPERATION,
    SEAT_TYPE,
    cycle_of,
    id_of,
    note,
    package_of,
    quantity_of,
    tiers_of,
)
from services.billing.clients.stripe_invoice_reading import invoice_snapshot
from services.billing.clients.stripe_terms import terms_of
from services.billing.domain.drift import ListedSubscription
from services.billing.domain.plan_total import cycle_amount
from services.billing.domain.snapshots import (
    OtherItem,
    StripeCustomerSnapshot,
    StripeItemSnapshot,
    StripeSubscriptionSnapshot,
)

SUBSCRIPTION_PARTS: Final = [
    "latest_invoice",
    "items.data.price.tiers",
    "items.data.price.product",
    "customer",
    "default_payment_method",
    "customer.invoice_settings.default_payment_method",
]
"""What a subscription is read with, so that `subscription_snapshot` finds all parts."""


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
        ends_with_period=subscription.cancel_at_period_end,
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
    counts = {seat_type: quantity_of(item) or 0 for seat_type, item in held.items()}
    return ListedSubscription(
        id=subscription.id,
        status=subscription.status,
        cycle=_common_cycle(held.values()),
        quantities=Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0)),
        items={seat_type: item.id for seat_type, item in held.items()},
        renews_at=min((item.current_period_end for item in held.values()), default=None),
        latest_invoice=id_of(subscription.latest_invoice) if subscription.latest_invoice else None,
        customer=id_of(subscription.customer),
        ends_at=_scheduled_end(subscription),
    )


def _seat_items(items: Iterable[stripe.SubscriptionItem]) -> dict[SeatType, stripe.SubscriptionItem]:
    """The item of each seat type. Of two items of one type, the one that we made counts, and then the older one.

    An item without a quantity holds no seats: Stripe bills its use, and rejects every quantity for it.
    """
    seats: dict[SeatType, stripe.SubscriptionItem] = {}
    for item in sorted(items, key=lambda item: note(item.metadata, SEAT_TYPE) is None):
        seat_type = _seat_type(item)
        if seat_type is not None and quantity_of(item) is not None:
            seats.setdefault(seat_type, item)
    return seats


def _common_cycle(items: Iterable[stripe.SubscriptionItem]) -> BillingCycle:
    cycles = {cycle_of(item.price) for item in items}
    return BillingCycle.ANNUAL if cycles == {BillingCycle.ANNUAL} else BillingCycle.MONTHLY


def _item_snapshot(item: stripe.SubscriptionItem) -> StripeItemSnapshot:
    return StripeItemSnapshot(
        id=item.id,
        quantity=quantity_of(item) or 0,
        tiers=tiers_of(item.price),
        price=item.price.id,
        period_start=item.current_period_start,
        period_end=item.current_period_end,
        is_graduated=_is_graduated(item.price),
        lookup_key=item.price.lookup_key,
        package=package_of(item.price),
    )


def _other_item(item: stripe.SubscriptionItem) -> OtherItem:
    price, quantity = item.price, quantity_of(item)
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
    return cycle_amount(tiers_of(price), quantity, is_graduated=_is_graduated(price), package=package_of(price))


def _is_graduated(price: stripe.Price) -> bool:
    return getattr(price, "tiers_mode", None) == "graduated"


def _customer_snapshot(subscription: stripe.Subscription) -> StripeCustomerSnapshot:
    customer = subscription.customer
    if isinstance(customer, str):
        return StripeCustomerSnapshot(customer)
    if getattr(customer, "deleted", False):
        return StripeCustomerSnapshot(customer.id, is_deleted=True)
    settings = customer.invoice_settings
    card = subscription.default_payment_method or (settings.default_payment_method if settings else None)
    return StripeCustomerSnapshot(
        customer.id, customer.balance or 0, id_of(card) if card else None, details=card_snapshot(card)
    )


def _seat_type(item: stripe.SubscriptionItem) -> SeatType | None:
    """The seat type in our metadata: the item's, or the price's or product's if somebody has made the item by hand."""
    product = None if isinstance(item.price.product, str) else getattr(item.price.product, "metadata", None)
    notes = (note(metadata, SEAT_TYPE) for metadata in (item.metadata, item.price.metadata, product))
    seat_type = next((value for value in notes if value), None)
    return SeatType(seat_type) if seat_type in set(SeatType) else None
