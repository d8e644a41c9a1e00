"""States of Stripe that somebody makes by hand: each is read, priced and told as it is, and no seat is given unpaid.

Source: Stripe's documentation, "Usage-based billing", "Package pricing", "Coupons and promotion codes", "Customer
credit balance", "Pagination", and "API upgrades" (an event has the shape of its own API version).
"""

import hashlib
import hmac
import json
from typing import Any

import pytest

from contracts.vocabulary import Quantities
from tests.journeys.test_awaited_payments import page
from tests.support.journey import WEBHOOK_SECRET, Browser, Journey
from tests.support.money import (
    ADA,
    DAY,
    assert_all_agree,
    customer_of,
    edit_in_dashboard,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    signed_in_admin,
    subscription_of,
    usd,
)

UPDATED = "customer.subscription.updated"
MINUTE = 60


async def changed_by_hand(journey: Journey, **form: Any) -> Any:  # noqa: ANN401  Stripe's JSON
    made = await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **form)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)
    return made


async def repriced(journey: Journey, **price: Any) -> None:  # noqa: ANN401  as Stripe takes it
    """Give the Base item another price, as a person in Stripe's dashboard does."""
    form = {
        "currency": "usd",
        "product": "headcount_base",
        "recurring[interval]": "month",
        "metadata[seat_type]": "base",
    }
    made = await journey.stripe.post("prices", **form, **price)
    await journey.stripe.reprice(subscription_of(journey), base=made["id"])
    await journey.publish_stripe_events(customer_of(journey), UPDATED)


async def join(journey: Journey, *names: str) -> None:
    for name in names:
        await journey.browser().join(f"{name}@harbor.example")
    await journey.pass_time(10)


async def active(ada: Browser) -> int:
    count: int = (await ada.get("/seats"))["base"]["active"]
    return count


async def test_a_metered_item_beside_ours_is_named_and_counts_as_nothing(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    form = {"recurring[interval]": "month", "recurring[usage_type]": "metered", "recurring[meter]": "mtr_calls"}
    price = await journey.stripe.post(
        "prices", currency="usd", unit_amount=5, **form, **{"product_data[name]": "Calls"}
    )
    await changed_by_hand(journey, **{"items[0][price]": price["id"]})
    billing = await ada.get("/billing")
    assert (billing["total"], [item["name"] for item in billing["otherItems"]]) == (usd(3100), ["Calls"])
    assert "Calls" in await page(ada)
    await save_seats(ada, 2, 0)
    await join(journey, "bo", "cy")
    assert await active(ada) == 3
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    assert [item.get("quantity") for item in held["items"]["data"]] == [3, 0, None]


@pytest.mark.parametrize("seats", [100_001, 200_000])
async def test_more_seats_than_we_ever_sell_are_read_used_and_taken_away(journey: Journey, seats: int) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await edit_in_dashboard(journey, seats, 0, handled=True)
    assert (await purchased_seats(ada)).base == seats
    assert str(seats) in (await page(ada)).replace(",", "")
    await join(journey, "bo")
    assert await active(ada) == 2
    await save_seats(ada, 2, 0)
    assert await purchased_seats(ada) == Quantities(2, 0)
    await join(journey, "cy")
    assert await active(ada) == 3


async def test_a_discount_that_ends_by_time_between_quote_and_save_makes_the_quote_stale(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    coupon = await journey.stripe.post("coupons", percent_off=50, duration="repeating", duration_in_months=1)
    await changed_by_hand(journey, **{"discounts[0][coupon]": coupon["id"]})
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}", **{"expand[]": "discounts"})
    await journey.advance(held["discounts"][0]["end"] - journey.clock().timestamp() - 5 * MINUTE)
    await ada.log_in(ADA)
    quote = await quote_seats(ada, 3, 0)
    await journey.advance(6 * MINUTE)
    refused = await save_quote(ada, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_stale")
    assert await purchased_seats(ada) == Quantities(2, 0)


async def test_the_total_of_packages_is_that_of_stripes_preview(journey: Journey) -> None:
    # Until now each seat counted as a package: $50.00 and $70.00.
    ada = await signed_in_admin(journey, base=5, voice=0)
    packages = {"transform_quantity[divide_by]": 2, "transform_quantity[round]": "up"}
    await repriced(journey, unit_amount=1000, **packages)
    assert (await ada.get("/billing"))["total"] == usd(3000)
    quote = await quote_seats(ada, 7, 0)
    assert (quote["totalBefore"], quote["newTotal"]) == (usd(3000), usd(4000))
    assert quote["tier"]["base"]["unitAmount"] == usd(500)
    assert (await save_quote(ada, quote)).status_code == 200
    assert (await ada.get("/billing"))["total"] == usd(4000)


async def test_fractions_of_a_cent_are_rounded_once_for_all_seats(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=0)
    await repriced(journey, unit_amount_decimal="33.335")
    assert (await ada.get("/billing"))["total"] == usd(100)
    quote = await quote_seats(ada, 9, 0)
    assert quote["newTotal"] == usd(300)
    assert (await save_quote(ada, quote)).status_code == 200
    assert (await ada.get("/billing"))["total"] == usd(300)
    at_stripe = await journey.stripe.invoices(subscription_of(journey))
    listed = (await ada.get("/billing/invoices"))["items"]
    assert sorted(row["total"]["amount"] for row in listed) == sorted(invoice["total"] for invoice in at_stripe)


async def test_a_balance_larger_than_the_invoice_pays_it_and_people_read_so(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await journey.stripe.post(f"customers/{customer_of(journey)}", balance=-100_000)
    assert (await save_seats(ada, 2, 0))["charged"] == usd(0)
    assert "from the balance" in (await ada.get("/activity?kind=money"))["items"][0]["sentence"]
    await join(journey, "bo", "cy")
    assert await active(ada) == 3
    customer = await journey.stripe.get(f"customers/{customer_of(journey)}")
    invoices = await journey.stripe.invoices(subscription_of(journey))
    assert customer["balance"] == -100_000 + sum(invoice["total"] for invoice in invoices[:-1])


async def test_a_charge_by_hand_that_waits_on_our_subscription_is_in_the_quote_and_stops_nobody(
    journey: Journey,
) -> None:
    # Until now it could not be read: every quote and every save of the agency failed while it waited.
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    by_hand = {"customer": customer_of(journey), "subscription": subscription_of(journey), "currency": "usd"}
    await journey.stripe.post("invoiceitems", **by_hand, amount=700, description="Training")
    quote = await quote_seats(ada, 2, 0)
    assert [(line["description"], line["amount"]) for line in quote["pendingLines"]] == [("Training", usd(700))]
    # One of the customer alone is taken by the customer's next invoice, so that it makes the quote stale too.
    await journey.stripe.post("invoiceitems", customer=customer_of(journey), currency="usd", amount=500)
    refused = await save_quote(ada, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_stale")
    quote = await quote_seats(ada, 2, 0)
    assert [line["amount"]["amount"] for line in quote["pendingLines"]] == [500, 700]
    assert (await save_quote(ada, quote)).json()["charged"] == quote["dueNow"]
    await journey.stripe.post("invoiceitems", **by_hand, amount=300)
    await join(journey, "bo", "cy")
    assert await active(ada) == 3
    await assert_all_agree(journey, ada)


async def test_an_item_deleted_and_made_again_by_hand_under_our_price_is_our_seats(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    base = next(item for item in held["items"]["data"] if item["metadata"]["seat_type"] == "base")
    quote = await quote_seats(ada, 3, 0)
    deleted = {"items[0][id]": base["id"], "items[0][deleted]": "true"}
    await changed_by_hand(journey, **deleted, **{"items[1][price]": base["price"]["id"], "items[1][quantity]": 2})
    refused = await save_quote(ada, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_stale")
    assert await purchased_seats(ada) == Quantities(2, 0)
    await save_seats(ada, 3, 0)
    await join(journey, "bo", "cy", "di")
    assert await active(ada) == 4
    await assert_all_agree(journey, ada)


async def test_more_than_a_hundred_open_invoices_are_all_owed(journey: Journey) -> None:
    # Until now only a page was read, so that the oldest ones were left out of what is owed.
    ada = await signed_in_admin(journey, base=2, voice=0)
    subscription = {"customer": customer_of(journey), "subscription": subscription_of(journey)}
    sent = {"collection_method": "send_invoice", "days_until_due": 1}
    for _ in range(101):
        await journey.stripe.post("invoiceitems", **subscription, currency="usd", amount=100)
        made = await journey.stripe.post("invoices", **subscription, **sent)
        await journey.stripe.post(f"invoices/{made['id']}/finalize")
        await journey.stripe.control("clock", advanceSeconds=5000)
    await journey.advance(7 * DAY)
    await ada.log_in(ADA)
    refused = await save_quote(ada, await quote_seats(ada, 3, 0))
    assert (refused.status_code, refused.json()["code"]) == (402, "past_due")
    assert (await ada.get("/seats"))["owed"]["invoices"] == 101


OLD_SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the request is its id": ({"request": "req_1"}, {}),
    "no request": ({"request": None}, {}),
    "nothing is left": ({}, {}),
    "items are no list of Stripe's": ({"request": None}, {"previous_attributes": {"items": [], "quantity": 2}}),
}


@pytest.mark.parametrize("shape", OLD_SHAPES)
async def test_a_webhook_in_the_shape_of_another_api_version_is_a_hint_like_any_other(
    journey: Journey, shape: str
) -> None:
    # Until now such an event was refused, and Stripe switches an endpoint off that refuses events for days.
    ada = await signed_in_admin(journey, base=2, voice=0)
    await edit_in_dashboard(journey, 3, 0)
    more, more_data = OLD_SHAPES[shape]
    subject = {"object": "subscription", "id": subscription_of(journey), "customer": customer_of(journey)}
    event = {"id": "evt_old", "type": UPDATED, "created": int(journey.clock().timestamp()), **more}
    event["data"] = {"object": subject, **more_data}
    assert [await webhook(journey, event), await webhook(journey, event)] == [200, 200]
    await journey.pass_time(60, step=30)
    assert (await purchased_seats(ada)).base == 3
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert len([line for line in lines if "+1 Base seat" in line]) == 1, "an event that comes twice is told once"


async def webhook(journey: Journey, event: dict[str, Any]) -> int:
    """Send an event as Stripe does; the answer's status."""
    body, at = json.dumps(event).encode(), int(journey.clock().timestamp())
    mac = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={at},v1={mac}"}
    sending = journey.browser().client.post("/api/v1/webhooks/stripe", content=body, headers=headers)
    return (await journey.during(sending)).status_code


async def test_a_subscription_in_classic_mode_is_priced_charged_and_switched_like_ours(journey: Journey) -> None:
    """Of two seats that somebody gave away, classic mode credits both: the price is Stripe's preview all the same."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    [old] = journey.published("billing.account_opened.v1")
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    form: dict[str, Any] = {"customer": customer_of(journey), "metadata[agency_id]": str(old.envelope.agency_id)}
    for place, item in enumerate(held["items"]["data"]):
        form |= {f"items[{place}][price]": item["price"]["id"], f"items[{place}][quantity]": item["quantity"]}
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    made = await journey.stripe.post("subscriptions", **form, **{"billing_mode[type]": "classic"})
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    await journey.stripe.control(f"dashboard/subscriptions/{made['id']}", base=4, prorationBehavior="none")
    await journey.publish_stripe_events(customer_of(journey), UPDATED)
    assert (await purchased_seats(ada)).base == 4
    quote = await quote_seats(ada, 5, 0)
    saved = await save_quote(ada, quote)
    assert saved.json()["charged"] == quote["dueNow"], saved.text
    quoted = await ada.post("/billing/cycle-quotes", {"cycle": "annual"})
    switched = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quoted.json()["id"]})
    assert switched.status_code == 200, switched.text
    assert (await journey.stripe.invoices(made["id"]))[0]["total"] == quoted.json()["dueNow"]["amount"]
