"""What Stripe's statuses and its payment methods do to an agency: a trial, a pause, no card, another subscription.

Source: Stripe's documentation, "Use trial periods on subscriptions", "Pause payment collection", "Subscription
statuses", and "Pricing models: graduated".
"""

from typing import Any

import pytest

from contracts.vocabulary import Quantities
from tests.journeys.test_awaited_payments import page
from tests.journeys.test_hand_made_states import UPDATED, active, changed_by_hand, join, repriced
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    customer_of,
    preview,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    signed_in_admin,
    subscription_of,
    usd,
)

PAUSED = "Stripe has paused this subscription, because its trial ended without a card"


async def detach_every_card(journey: Journey) -> None:
    customer = customer_of(journey)
    for method in (await journey.stripe.get(f"customers/{customer}/payment_methods"))["data"]:
        await journey.stripe.post(f"payment_methods/{method['id']}/detach")
    await journey.publish_stripe_events(customer, "payment_method.detached")


async def sentences(ada: Browser) -> list[str]:
    return [entry["sentence"] for entry in (await ada.get("/activity"))["items"]]


async def paid(journey: Journey) -> list[tuple[str, int]]:
    """The invoices, newest first, and what each was paid."""
    invoices: list[dict[str, Any]] = await journey.stripe.invoices(subscription_of(journey))
    return [(invoice["billing_reason"], invoice["amount_paid"]) for invoice in invoices]


async def test_seats_of_a_trial_cost_nothing_until_it_ends_and_the_renewal_pays_for_all(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    end = int(journey.clock().timestamp()) + 10 * DAY
    await changed_by_hand(journey, trial_end=end, proration_behavior="none")
    quote = await quote_seats(ada, 3, 0)
    assert (quote["dueNow"], quote["newTotal"]) == (usd(0), usd(8997))
    assert "Nothing is billed or credited today." in quote["sentence"]
    assert (await save_quote(ada, quote)).json()["charged"] == usd(0)
    await join(journey, "bo", "cy", "di")
    assert await active(ada) == 4
    assert await paid(journey) == [("subscription_create", 5998)]
    await journey.advance(11 * DAY)
    await journey.pass_time(10)
    await ada.log_in(ADA)
    assert await paid(journey) == [("subscription_cycle", 11996), ("subscription_create", 5998)]
    assert ((await ada.get("/billing"))["total"], await purchased_seats(ada)) == (usd(11996), Quantities(4, 0))


async def test_a_subscription_that_stripe_paused_after_its_trial_says_so_until_it_is_resumed(journey: Journey) -> None:
    # Until now people read of an unpaid invoice, which there was not, and were asked to pay it.
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await detach_every_card(journey)
    pauses = {"trial_settings[end_behavior][missing_payment_method]": "pause"}
    end = int(journey.clock().timestamp()) + DAY
    await changed_by_hand(journey, trial_end=end, proration_behavior="none", **pauses)
    await journey.advance(2 * DAY)
    await ada.log_in(ADA)
    refused = await preview(ada, "/seats/quotes", {"base": 2, "voice": 0})
    assert (refused.status_code, refused.json()["code"]) == (409, "billing_unavailable")
    assert PAUSED in refused.json()["detail"]
    await join(journey, "bo")
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["autoAdd"]["fault"]) == ("billing_unavailable", "paused")
    assert PAUSED in await page(ada)
    assert any(PAUSED in text_of(mail) for mail in journey.letterbox.to(ADA))
    assert await paid(journey) == [("subscription_create", 3100)]
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="good")
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}/resume", billing_cycle_anchor="now")
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.resumed")
    assert (await ada.post("/billing/retry", {})).is_success
    await journey.pass_time(10)
    assert await active(ada) == 2


async def test_a_subscription_whose_collection_is_paused_is_on_account(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await changed_by_hand(journey, **{"pause_collection[behavior]": "keep_as_draft"})
    await join(journey, "bo")
    why = "Stripe charges no card for this subscription, because it is on account"
    assert (await ada.get("/seats"))["autoAdd"]["fault"] == "on_account"
    assert why in await page(ada)
    assert any(why in text_of(mail) for mail in journey.letterbox.to(ADA))
    assert "The seats come when the invoice is paid." in (await quote_seats(ada, 2, 0))["sentence"]
    await changed_by_hand(journey, pause_collection="")
    assert (await save_seats(ada, 2, 0))["after"] == {"base": 2, "voice": 0}
    assert await paid(journey) == [("subscription_update", 2897), ("subscription_create", 3100)]


async def test_a_customer_without_a_card_reads_that_it_is_missing(journey: Journey) -> None:
    # Until now the page went on showing the card that was taken away, and said that the bank had declined it.
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await detach_every_card(journey)
    assert (await ada.get("/billing"))["card"] is None
    refused = await save_quote(ada, await quote_seats(ada, 2, 0))
    assert (refused.status_code, refused.json()["declineCode"]) == (402, "no_card_on_file")
    assert refused.json()["detail"].startswith("There is no card on file. Nothing was charged")
    await join(journey, "bo")
    shown = await page(ada)
    assert "A card is missing There is no card on file." in shown
    assert "Visa" not in shown
    [mail] = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("No card on file")]
    assert "There is no card on file." in text_of(mail)
    assert "declined" not in text_of(mail)
    log = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert any("could not buy seats for" in line and "there is no card on file; nothing" in line for line in log), log
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="good")
    await journey.publish_stripe_events(customer_of(journey), "payment_method.attached", "customer.updated")
    await journey.pass_time(10)
    assert await active(ada) == 2


async def test_another_subscription_of_the_customer_counts_as_nothing(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    ours = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    form = {"items[0][price]": ours["items"]["data"][0]["price"]["id"], "items[0][quantity]": 7}
    other = await journey.stripe.post("subscriptions", customer=customer_of(journey), **form)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.created", UPDATED)
    await journey.pass_time(60)
    assert ((await ada.get("/billing"))["total"], await purchased_seats(ada)) == (usd(3100), Quantities(1, 0))
    await join(journey, "bo")
    assert (await active(ada), await journey.stripe.quantities(subscription_of(journey))) == (2, (2, 0))
    held = await journey.stripe.get(f"subscriptions/{other['id']}")
    assert [item["quantity"] for item in held["items"]["data"]] == [7]
    assert "changed in Stripe" not in " ".join(await sentences(ada))


async def test_graduated_seats_have_an_average_price_and_stripes_total(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=0, auto_add=True)
    first = {"tiers[0][up_to]": 2, "tiers[0][unit_amount]": 5000}
    rest = {"tiers[1][up_to]": "inf", "tiers[1][unit_amount]": 1000, "tiers[1][flat_amount]": 300}
    await repriced(journey, billing_scheme="tiered", tiers_mode="graduated", **first, **rest)
    assert (await ada.get("/billing"))["total"] == usd(11300)
    assert "$37.67/mo a seat" in await page(ada)
    quote = await quote_seats(ada, 5, 0)
    assert (quote["newTotal"], quote["tier"]["base"]["unitAmount"]) == (usd(13300), usd(2660))
    assert (await save_quote(ada, quote)).status_code == 200
    await join(journey, "bo", "cy", "di", "ed", "fi")
    assert ((await ada.get("/billing"))["total"], await active(ada)) == (usd(14300), 6)


@pytest.mark.parametrize("status", ["unpaid", "incomplete"])
async def test_free_seats_are_given_and_none_is_bought_while_stripe_charges_nothing(
    journey: Journey, status: str
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}/status", status=status)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)
    await join(journey, "bo", "cy")
    seats = await ada.get("/seats")
    assert (seats["base"]["active"], seats["base"]["purchased"], seats["autoAdd"]["paused"]) == (2, 2, "past_due")
    assert "An invoice is unpaid" in await page(ada)
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 0)
