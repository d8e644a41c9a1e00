"""A catalogue of several currencies: an agency's changes, switches, settlements and refunds are in its subscription's.

Source: Stripe's documentation, "Supported currencies" and "Currency options".
"""

from collections.abc import AsyncIterator

import pytest

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import BillingCycle
from tests.journeys.test_cycle import quote_cycle, switch
from tests.support.currencies import IN_EUROS, IN_YEN, move_to, subscribe_at, with_currencies
from tests.support.journey import Browser, Journey, journey_on, text_of
from tests.support.money import ADA, DAY, customer_of, preview, quote_seats, save_quote, save_seats, signed_in_admin

SOLD = [("eur", IN_EUROS), ("jpy", IN_YEN)]
EVERY = 20 * 60


@pytest.fixture
async def journey(migrated: str) -> AsyncIterator[Journey]:
    """The whole system, with a catalogue of dollars, euros and yen."""
    async with journey_on(migrated, catalogue=with_currencies()) as system:
        yield system


def of_a_year(unit: int) -> int:
    return unit * 12 * 90 // 100


async def assert_no_dollars(journey: Journey, ada: Browser, since: set[str], mails: int) -> None:
    """No page, line of the log, or mail names dollars since the agency pays in another currency."""
    for path in ("billing", "settings", "members"):
        page = (await ada.client.get(f"/admin/agency/{path}")).text
        # The invoice of the opening was in dollars.
        assert "$" not in page.split("<main", 1)[1].replace("$59.98", ""), path
    lines = (await ada.get("/activity"))["items"]
    assert [line["sentence"] for line in lines if line["id"] not in since and "$" in line["sentence"]] == []
    texts = [text_of(mail) + str(mail["Subject"]) for mail in journey.letterbox.to(ADA)[mails:]]
    assert [words for words in texts if "$" in words or "ollar" in words] == []


async def marks(journey: Journey, ada: Browser) -> tuple[set[str], int]:
    """The lines and the mails until now."""
    await journey.drain()
    lines = {line["id"] for line in (await ada.get("/activity"))["items"]}
    return lines, len(journey.letterbox.to(ADA))


async def test_a_founders_agency_pays_in_the_catalogues_own_currency(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    assert (await ada.get("/billing"))["total"] == {"amount": 11997, "currency": "usd"}


@pytest.mark.parametrize(("currency", "unit"), SOLD)
async def test_changes_switches_and_refunds_are_in_the_subscriptions_currency(
    journey: Journey, currency: str, unit: dict[str, int]
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    held = await move_to(journey, currency, base=2)
    since, mails = await marks(journey, ada)
    quote = await quote_seats(ada, 2, 1)
    month = 2 * unit["base"] + unit["voice"]
    assert quote["newTotal"] == {"amount": month, "currency": currency}, "Voice is added at the currency's price"
    assert quote["dueNow"] == {"amount": unit["voice"], "currency": currency}
    assert (await save_quote(ada, quote)).status_code == 200
    annual = await quote_cycle(ada, "annual")
    year = 2 * of_a_year(unit["base"]) + of_a_year(unit["voice"])
    assert annual["newTotal"] == {"amount": year, "currency": currency}
    assert f"{money_per_cycle(year, BillingCycle.ANNUAL, currency)} " in annual["sentence"]
    assert "Each seat costs 10% less." in annual["sentence"]
    assert "$" not in annual["sentence"]
    switched = await switch(ada, annual)
    assert (switched.status_code, switched.json()["charged"]) == (200, annual["dueNow"])
    back = await quote_cycle(ada, "monthly")
    assert back["newTotal"] == {"amount": month, "currency": currency}

    newest = (await journey.stripe.invoices(held))[0]
    last = await journey.newest_stripe_event()
    expanded = await journey.stripe.get(f"invoices/{newest['id']}", **{"expand[]": "payments"})
    intent = expanded["payments"]["data"][0]["payment"]["payment_intent"]
    await journey.stripe.post("refunds", payment_intent=intent, amount=1000)
    await journey.deliver_stripe_events(last)
    line = (await ada.get("/activity?kind=money"))["items"][0]
    assert line["sentence"].startswith(f"{money(1000, currency)} of invoice")
    assert f"{money(1000, currency)} refunded" in (await ada.client.get("/admin/agency/billing")).text
    await assert_no_dollars(journey, ada, since, mails)


@pytest.mark.parametrize(("currency", "unit"), SOLD)
async def test_seats_beyond_the_days_invoices_are_settled_in_the_subscriptions_currency(
    journey: Journey, currency: str, unit: dict[str, int]
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    await move_to(journey, currency, base=2)
    since, mails = await marks(journey, ada)
    for place in range(14):
        await save_seats(ada, 2 + (place + 1) % 2, 0)
        journey.clock.advance(10)
    for name in ("nia", "noa", "nel"):
        await journey.browser().join(f"{name}@harbor.example", "base")
        await journey.pass_time(10)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 2, "one seat was free"
    await journey.pass_time(DAY + EVERY, step=EVERY)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    [settled] = [event.data for event in journey.published("billing.settled.v1")]
    assert settled.currency == currency
    [mail] = [words for words in journey.letterbox.to(ADA) if "added before" in str(words["Subject"])]
    assert f"Charged today (prorated): {money(settled.charged, currency)}" in text_of(mail)
    await assert_no_dollars(journey, ada, since, mails)


@pytest.mark.parametrize(("currency", "unit"), SOLD)
async def test_a_price_with_other_currencies_as_options_is_read_and_kept_in_the_subscriptions(
    journey: Journey, currency: str, unit: dict[str, int]
) -> None:
    """Stripe shows such a price in its own currency: the amounts are in its `currency_options`."""
    ada = await signed_in_admin(journey, base=2, voice=0)
    [opened] = journey.published("billing.account_opened.v1")
    await journey.stripe.control(f"dashboard/subscriptions/{opened.data.subscription_id}", cancel=True)
    form = {"recurring[interval]": "month", "product": "headcount_base", "currency": "usd", "unit_amount": 9900}
    price = await journey.stripe.post("prices", **form, **{f"currency_options[{currency}][unit_amount]": unit["base"]})
    await subscribe_at(
        journey.stripe,
        customer_of(journey),
        str(opened.envelope.agency_id),
        {price["id"]: 2},
        currency=currency,
        **{"items[0][metadata][seat_type]": "base"},
    )
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    assert (await ada.get("/billing"))["total"] == {"amount": 2 * unit["base"], "currency": currency}
    quote = await quote_seats(ada, 3, 1)
    assert quote["totalBefore"] == {"amount": 2 * unit["base"], "currency": currency}
    assert quote["newTotal"] == {"amount": 3 * unit["base"] + unit["voice"], "currency": currency}
    assert (await save_quote(ada, quote)).status_code == 200
    rejected = await preview(ada, "/billing/cycle-quotes", {"cycle": "annual"})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "custom_price")


async def test_a_currency_in_which_nothing_is_sold_is_a_price_that_stripe_lacks(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    [opened] = journey.published("billing.account_opened.v1")
    await journey.stripe.control(f"dashboard/subscriptions/{opened.data.subscription_id}", cancel=True)
    form = {"recurring[interval]": "month", "product": "headcount_base", "currency": "gbp", "unit_amount": 2000}
    price = await journey.stripe.post("prices", **form, **{"metadata[seat_type]": "base"})
    await subscribe_at(journey.stripe, customer_of(journey), str(opened.envelope.agency_id), {price["id"]: 2})
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    more = await quote_seats(ada, 3, 0)
    assert more["newTotal"] == {"amount": 6000, "currency": "gbp"}, "what an agency has is sold at its own price"
    rejected = await preview(ada, "/seats/quotes", {"base": 2, "voice": 1})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "billing_unavailable")
    assert "it has no price for these seats" in rejected.json()["detail"]


async def test_an_agency_whose_currency_the_catalogue_lacks_buys_what_it_has_and_reads_why_nothing_else(
    journey: Journey,
) -> None:
    """Its customer pays in pounds, so that Stripe takes no price in dollars: nobody waits for one."""
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    [opened] = journey.published("billing.account_opened.v1")
    await journey.stripe.control(f"dashboard/subscriptions/{opened.data.subscription_id}", cancel=True)
    form = {"recurring[interval]": "month", "product": "headcount_base", "currency": "gbp", "unit_amount": 2000}
    price = await journey.stripe.post("prices", **form, **{"metadata[seat_type]": "base"})
    await subscribe_at(journey.stripe, customer_of(journey), str(opened.envelope.agency_id), {price["id"]: 1})
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    await journey.browser().join("bo@harbor.example", "base")
    await journey.pass_time(20, step=2)
    assert (await ada.get("/seats"))["base"]["active"] == 2
    [added] = journey.published("seats.seats_auto_added.v1")
    assert added.data.currency == "gbp"
    await journey.browser().join("cy@harbor.example", "voice")
    await journey.pass_time(60, step=5)
    [blocked] = (await ada.get("/members?status=blocked"))["items"]
    assert (blocked["email"], blocked["blockedReason"]) == ("cy@harbor.example", "billing_unavailable")
    mails = [mail for mail in journey.letterbox.to(ADA) if "no price for these seats" in text_of(mail)]
    assert len(mails) == 1
