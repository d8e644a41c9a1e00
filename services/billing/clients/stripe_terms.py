"""Read what fixes the price of a subscription beside its items: a quote is for these terms too."""

from __future__ import annotations

from collections.abc import Iterator

import stripe


def terms_of(subscription: stripe.Subscription) -> tuple[str, ...]:
    """The terms as plain words, sorted: two readings have the same ones only if nothing of them has changed."""
    return tuple(sorted({*_discounts(subscription), *_taxes(subscription), *_collection(subscription)}))


def _discounts(subscription: stripe.Subscription) -> Iterator[str]:
    """The discounts that count: an item's own, the subscription's, and the customer's where that has none."""
    for item in subscription["items"].data:
        for discount in item.discounts or ():
            yield f"discount:{_id(discount)} of {item.id}"
    own = subscription.discounts or ()
    for discount in own:
        yield f"discount:{_id(discount)}"
    of_customer = getattr(subscription.customer, "discount", None)
    if not own and of_customer is not None:
        yield f"discount:{_id(of_customer)} of the customer"


def _taxes(subscription: stripe.Subscription) -> Iterator[str]:
    """The rates, and for automatic tax where the customer is."""
    for rate in subscription.default_tax_rates or ():
        yield f"tax:{_id(rate)}"
    for item in subscription["items"].data:
        for rate in item.tax_rates or ():
            yield f"tax:{_id(rate)} of {item.id}"
    exempt = getattr(subscription.customer, "tax_exempt", None)
    if exempt not in {None, "none"}:
        yield f"exempt:{exempt}"
    if subscription.automatic_tax.enabled:
        address = getattr(subscription.customer, "address", None)
        place = [getattr(address, part, None) or "" for part in ("country", "state", "postal_code")]
        yield f"automatic_tax in {'/'.join(place)}"


def _collection(subscription: stripe.Subscription) -> Iterator[str]:
    """How invoices are collected, a pause, a trial, and a schedule."""
    yield f"collection:{subscription.collection_method}"
    if subscription.pause_collection is not None:
        yield f"pause:{subscription.pause_collection.behavior}"
    if subscription.trial_end is not None:
        yield f"trial:{subscription.trial_end}"
    if subscription.schedule is not None:
        yield f"schedule:{_id(subscription.schedule)}"


def _id(reference: object) -> str:
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
