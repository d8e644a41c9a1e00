"""Totals, discounts and taxes are Stripe's figures, and a quote is for them: another discount makes it stale.

Source: Stripe's documentation, "Coupons and promotion codes" and "Tax rates". A discount can end by itself between a
quote and its save (pay-rails/pay#757).
"""

from typing import Any

import pytest

from contracts.amounts import money
from tests.support.journey import Journey, text_of
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

UPDATED = "customer.subscription.updated"
DAY = 24 * 3600


async def give_coupon(journey: Journey, **coupon: Any) -> None:  # noqa: ANN401  as Stripe takes it
    made = await journey.stripe.post("coupons", **coupon)
    await update(journey, **{"discounts[0][coupon]": made["id"]})


async def hold_coupon(journey: Journey, holder: str, **coupon: Any) -> None:  # noqa: ANN401  as Stripe takes it
    """Have the Base item, the subscription or the customer hold a coupon for good."""
    if holder == "subscription":
        await give_coupon(journey, duration="forever", **coupon)
        return
    made = await journey.stripe.post("coupons", duration="forever", **coupon)
    if holder == "item":
        held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
        base = held["items"]["data"][0]["id"]
        await update(journey, **{"items[0][id]": base, "items[0][discounts][0][coupon]": made["id"]})
    else:
        await journey.stripe.control(f"dashboard/customers/{customer_of(journey)}", coupon=made["id"])
        await journey.publish_stripe_events(customer_of(journey), "customer.updated")


async def update(journey: Journey, **form: Any) -> None:  # noqa: ANN401  as Stripe takes it
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **form)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)


async def test_a_discount_is_in_every_total_and_a_line_of_its_own(journey: Journey) -> None:
    """10 % of 5998 is 600: 5398. Of three seats, 8997, it is 900: 8097."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    await give_coupon(journey, duration="forever", percent_off=10)
    billing = await ada.get("/billing")
    assert (billing["total"], billing["coupons"], billing["tax"]) == (usd(5398), usd(600), usd(0))
    page = (await ada.client.get("/admin/agency/billing")).text
    assert "Discount, part of the total" in page
    assert "-$6.00/mo" in page
    quote = await quote_seats(ada, 3, 0)
    assert (quote["totalBefore"], quote["newTotal"], quote["delta"]) == (usd(5398), usd(8097), usd(2699))
    saved = await save_quote(ada, quote)
    assert saved.status_code == 200, saved.text
    assert saved.json()["newTotal"] == usd(8097)
    assert saved.json()["charged"] == quote["dueNow"]


@pytest.mark.parametrize("holder", ["item", "subscription", "customer"])
async def test_the_discount_of_prorations_is_a_line_of_its_own(journey: Journey, holder: str) -> None:
    """Whose coupon it is changes nothing: 10 % off what three Base cost from now on, 8997 for a whole month."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    await hold_coupon(journey, holder, percent_off=10)
    quote = await quote_seats(ada, 3, 0)
    lines = [line["amount"]["amount"] for line in quote["lines"]]
    descriptions = [line["description"] for line in quote["lines"]]
    assert descriptions[-1] == "Discount"
    credit, debit, discount = lines
    assert (debit // 10, credit < 0) == (-discount - 1, True)
    assert sum(lines) == quote["dueNow"]["amount"]
    saved = (await save_quote(ada, quote)).json()
    assert (saved["charged"], saved["invoice"]["discount"]) == (quote["dueNow"], usd(-discount))
    line = (await ada.get("/activity"))["items"][0]
    assert f"invoice {saved['invoice']['number']} · discount {money(-discount, 'usd')}" in line["sentence"]
    # The third seat was debited with the discount, so that its credit is less by it.
    back = await quote_seats(ada, 2, 0)
    amounts = {row["description"]: row["amount"]["amount"] for row in back["lines"]}
    returned = amounts["Discount"]
    assert returned > 0
    assert sum(amounts.values()) == -back["credit"]["amount"]
    form = {"base": 2, "voice": 0}
    shown = await journey.during(ada.client.post("/admin/agency/billing/preview", data=form))
    assert "Discount taken back" in shown.text
    assert (await save_quote(ada, back)).json()["invoice"]["discount"] == usd(-returned)
    sentence = (await ada.get("/activity"))["items"][0]["sentence"]
    assert f"discount taken back {money(returned, 'usd')}" in sentence


async def test_the_discount_of_an_added_seat_is_a_line_of_its_mail(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await hold_coupon(journey, "customer", percent_off=10)
    await journey.browser().join("nia@harbor.example")
    await journey.pass_time(10)
    invoice = (await journey.stripe.invoices(subscription_of(journey)))[0]
    (taken,) = invoice["total_discount_amounts"]
    mail = next(mail for mail in journey.letterbox.to(ADA) if "added" in str(mail["Subject"]))
    assert f"Discount, part of it: {money(taken['amount'], 'usd')}" in text_of(mail)
    billing = await ada.get("/billing")
    assert billing["coupons"] == usd(600)


async def test_a_tax_is_in_every_total_and_a_line_of_its_own(journey: Journey) -> None:
    """20 % of 5998 is 1199.6, 1200."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    rate = await journey.stripe.post("tax_rates", display_name="VAT", inclusive="false", percentage=20)
    await update(journey, **{"default_tax_rates[0]": rate["id"]})
    billing = await ada.get("/billing")
    assert (billing["total"], billing["tax"]) == (usd(7198), usd(1200))
    assert "Tax, part of the total" in (await ada.client.get("/admin/agency/billing")).text
    quote = await quote_seats(ada, 3, 0)
    assert quote["totalBefore"] == usd(7198)
    lines = {line["description"]: line["amount"]["amount"] for line in quote["lines"]}
    assert sum(lines.values()) == quote["dueNow"]["amount"]
    assert lines["Tax"] > 0
    assert "Further lines of this change" not in lines
    assert (await save_quote(ada, quote)).json()["charged"] == quote["dueNow"]


async def test_a_quote_is_stale_once_the_discount_or_the_tax_is_another(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    quote = await quote_seats(ada, 3, 0)
    made = await journey.stripe.post("coupons", duration="forever", percent_off=50)
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **{"discounts[0][coupon]": made["id"]})
    stale = await save_quote(ada, quote)
    assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")
    quote = await quote_seats(ada, 3, 0)
    rate = await journey.stripe.post("tax_rates", display_name="VAT", inclusive="false", percentage=20)
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **{"default_tax_rates[0]": rate["id"]})
    stale = await save_quote(ada, quote)
    assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 0)


async def test_tax_and_balance_are_lines_of_the_mail_about_a_purchase(journey: Journey) -> None:
    """A third seat is 2999, and 20 % more, 600, is 3599, of which the balance pays 1000."""
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    rate = await journey.stripe.post("tax_rates", display_name="VAT", inclusive="false", percentage=20)
    await update(journey, **{"default_tax_rates[0]": rate["id"]})
    balance = {"amount": -1000, "currency": "usd"}
    await journey.stripe.post(f"customers/{customer_of(journey)}/balance_transactions", **balance)
    for name in ("nia", "noa"):
        await journey.browser().join(f"{name}@harbor.example")
    await journey.pass_time(10)
    mail = next(mail for mail in journey.letterbox.to(ADA) if "added" in str(mail["Subject"]))
    invoice = (await journey.stripe.invoices(subscription_of(journey)))[0]
    charged, tax = money(invoice["amount_paid"], "usd"), money(invoice["total_taxes"][0]["amount"], "usd")
    for line in (f"Charged today (prorated): {charged}", f"Tax, part of it: {tax}", "From your balance: $10.00"):
        assert line in text_of(mail)
    sentences = " | ".join(line["sentence"] for line in (await ada.get("/activity"))["items"])
    assert f"{charged} today and $10.00 from the balance, invoice {invoice['number']} · tax {tax}" in sentences


async def test_a_discount_is_a_line_of_a_switch(journey: Journey) -> None:
    """Ten percent of a year of two seats, 64778, is 6478. A proration has its discount in its own amount."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    await give_coupon(journey, duration="forever", percent_off=10)
    quote = (await preview(ada, "/billing/cycle-quotes", {"cycle": "annual"})).json()
    switched = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quote["id"]})
    assert switched.status_code == 200, switched.text
    invoice = switched.json()["invoice"]
    assert invoice["discount"] == usd(6478)
    line = (await ada.get("/activity"))["items"][0]
    assert f"invoice {invoice['number']} · discount $64.78 · new total $583.00/yr" in line["sentence"]
    assert line["invoice"]["discount"] == usd(6478)
