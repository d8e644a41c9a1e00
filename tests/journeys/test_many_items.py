"""A subscription of more than ten items: Stripe shows the first ten, and our seats may be among the others.

Source: Stripe's documentation, "The subscription object" (`items` is a list that is read page by page) and "List all
subscription items".
"""

from tests.support.journey import Journey
from tests.support.money import customer_of, purchased_seats, quote_seats, save_quote, signed_in_admin, usd


async def test_seats_beyond_the_tenth_item_are_seats_and_every_other_item_is_in_the_total(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    customer = customer_of(journey)
    [old] = journey.published("billing.account_opened.v1")
    held = await journey.stripe.get(f"subscriptions/{old.data.subscription_id}")
    form = {"customer": customer, "metadata[agency_id]": str(old.envelope.agency_id)}
    for place in range(11):
        form[f"items[{place}][price]"] = await journey.stripe.other_price(100, f"Add-on {place}")
    for place, item in enumerate(held["items"]["data"], start=11):
        form[f"items[{place}][price]"] = item["price"]["id"]
        form[f"items[{place}][quantity]"] = str(item["quantity"])
    await journey.stripe.control(f"dashboard/subscriptions/{old.data.subscription_id}", cancel=True)
    made = await journey.stripe.post("subscriptions", **form)
    assert (len(made["items"]["data"]), made["items"]["has_more"]) == (10, True)
    await journey.publish_stripe_events(customer, "customer.subscription.deleted", "customer.subscription.created")
    assert (await purchased_seats(ada)).base == 2
    billing = await ada.get("/billing")
    assert (billing["total"], billing["otherTotal"]) == (usd(5998 + 1100), usd(1100))
    assert len(billing["otherItems"]) == 11
    quote = await quote_seats(ada, 3, 0)
    assert (await save_quote(ada, quote)).status_code == 200
    assert (await purchased_seats(ada)).base == 3
