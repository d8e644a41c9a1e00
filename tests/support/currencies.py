"""A catalogue of several currencies, and an agency that pays in one of them."""

from typing import Any

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.catalogue import Catalogue, MonthlyTier, Sale, read_catalogue
from tests.support.journey import Journey
from tests.support.money import customer_of
from tests.support.stripe_side import CATALOGUE, StripeSide

IN_EUROS = {"base": 2500, "voice": 4900}
IN_YEN = {"base": 3000, "voice": 6100}
"""For one seat and month, in the currency's smallest unit."""


def with_currencies() -> Catalogue:
    """The product's catalogue, sold in euros and in yen too: two prices each, the cheaper one from 3 seats on."""
    sold = read_catalogue(CATALOGUE)
    offers = {
        seat_type.value: sold.offer(seat_type).model_copy(
            update={
                "currencies": {
                    "eur": sale(seat_type, "eur", IN_EUROS[seat_type.value]),
                    "jpy": sale(seat_type, "jpy", IN_YEN[seat_type.value]),
                }
            }
        )
        for seat_type in SeatType
    }
    return sold.model_copy(update=offers)


def sale(seat_type: SeatType, currency: str, unit: int) -> Sale:
    """Seats of this type in a currency: `unit`, and from 3 on a hundred less."""
    keys = {cycle.value: f"headcount_{seat_type.value}_{cycle.value}_{currency}" for cycle in BillingCycle}
    tiers = (MonthlyTier(cents=unit, up_to=2), MonthlyTier(cents=unit - 100))
    return Sale(**keys, tiers=tiers)


async def subscribe_at(
    stripe: StripeSide, customer_id: str, agency_id: str, prices: dict[str, int], **more: str
) -> Any:  # noqa: ANN401  Stripe's JSON
    """Subscribe the customer to these quantities by the ids of prices, as the operator does at Stripe."""
    form: dict[str, str | int] = {"customer": customer_id, "metadata[agency_id]": agency_id, **more}
    for place, (price, quantity) in enumerate(prices.items()):
        form |= {f"items[{place}][price]": price, f"items[{place}][quantity]": quantity}
    made: dict[str, Any] = await stripe.post("subscriptions", **form)
    return made


async def move_to(journey: Journey, currency: str, **seats: int) -> str:
    """Have the operator replace the agency's subscription by one at the catalogue's prices; its id."""
    [opened] = journey.published("billing.account_opened.v1")
    await journey.stripe.control(f"dashboard/subscriptions/{opened.data.subscription_id}", cancel=True)
    keys = {seat: f"headcount_{seat}_monthly_{currency}" for seat in seats}
    held = await journey.stripe.api.prices(list(keys.values()))
    prices = {held[keys[seat]].id: count for seat, count in seats.items()}
    made = await subscribe_at(journey.stripe, customer_of(journey), str(opened.envelope.agency_id), prices)
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    return str(made["id"])
