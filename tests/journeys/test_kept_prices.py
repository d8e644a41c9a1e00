"""Prices that an agency keeps: negotiated and older ones, and a price or a cycle that somebody moves at Stripe.

Source: Stripe's documentation, "Change price"; a switch to today's price takes a negotiated one away
(twenty#25635).
"""

from tests.journeys.test_cycle import quote_cycle
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    customer_of,
    preview,
    quote_seats,
    save_quote,
    signed_in_admin,
    subscription_of,
    usd,
)

CHANGED = "billing.subscription_changed.v1"


async def reprice(journey: Journey, **prices: str) -> None:
    await journey.stripe.reprice(subscription_of(journey), **prices)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    await journey.pass_time(6, step=1)


async def newest_line(ada: Browser) -> str:
    return str((await ada.get("/activity"))["items"][0]["sentence"])


async def test_a_negotiated_price_is_reported_and_is_not_switched_away(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    await reprice(journey, base=await journey.stripe.seat_price("base", 2000))
    [changed] = journey.published(CHANGED)
    assert (changed.data.whose, changed.data.repriced, changed.data.total) == ("dashboard", True, 4000)
    assert await newest_line(ada) == (
        "The price was changed in Stripe's dashboard: it was $59.98/mo · new total $40.00/mo"
    )
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "price" in str(mail["Subject"])]
    assert mail["Subject"] == "The price of Harbor Clinic was changed at Stripe: $40.00/mo now"
    assert "\nTotal before: $59.98/mo\nNew total: $40.00/mo\n" in text_of(mail)
    billing = await ada.get("/billing")
    assert (billing["total"], billing["negotiated"]) == (usd(4000), True)
    page = (await ada.client.get("/admin/agency/billing")).text
    assert "You have a negotiated price, so the 10% annual discount may not apply." in page
    assert "saves an additional 10%" not in page

    rejected = await preview(ada, "/billing/cycle-quotes", {"cycle": "annual"})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "custom_price")
    assert rejected.json()["detail"] == (
        "You have a negotiated price, and there is none for the other billing cycle. Nothing was changed. Ask support"
        " to switch your plan."
    )
    quote = await quote_seats(ada, 3, 0)
    assert quote["newTotal"] == usd(6000), "seats are still sold, at the negotiated price"
    assert (await save_quote(ada, quote)).status_code == 200
    assert len(journey.published(CHANGED)) == 1


async def test_a_cycle_moved_at_stripe_is_reported_like_a_quantity(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    annual = await journey.stripe.api.prices(["headcount_base_annual", "headcount_voice_annual"])
    await reprice(journey, base=annual["headcount_base_annual"].id, voice=annual["headcount_voice_annual"].id)
    [changed] = journey.published(CHANGED)
    assert (changed.data.cycle_before, changed.data.cycle, changed.data.total) == ("monthly", "annual", 64778)
    assert await newest_line(ada) == (
        "The billing cycle was changed in Stripe's dashboard: monthly to annual billing · new total $647.78/yr"
    )
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "billing cycle" in str(mail["Subject"])]
    assert mail["Subject"] == "The billing cycle of Harbor Clinic was switched at Stripe: $647.78/yr now"


async def test_a_switch_of_ours_is_no_change_at_stripe(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_cycle(ada, "annual")
    assert "Each seat costs 10% less." in quote["sentence"]
    response = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quote["id"]})
    assert response.status_code == 200
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    assert not journey.published(CHANGED)
