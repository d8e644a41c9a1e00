"""Monthly and annual billing: the preview, the switch, the 10% discount per seat, and the credit for unused time."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from contracts.vocabulary import Service
from tests.support.journey import Browser, Journey
from tests.support.money import (
    ADA,
    UPDATES,
    assert_all_agree,
    preview,
    quote_seats,
    save_quote,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)

HALF_OF_MARCH = 15.5 * 24 * 3600
YEAR = 2 * 32389 + 64789
"""Cents: 2 Base at 12 x 0.9 x $29.99 and 1 Voice at 12 x 0.9 x $59.99, each rounded down to a cent."""


async def quote_cycle(ada: Browser, cycle: str) -> dict[str, Any]:
    response = await preview(ada, "/billing/cycle-quotes", {"cycle": cycle})
    assert response.status_code == 201, response.text
    quote: dict[str, Any] = response.json()
    return quote


async def switch(ada: Browser, quote: dict[str, Any]) -> httpx.Response:
    return await ada.put("/billing/cycle", {"cycle": quote["cycle"], "quoteId": quote["id"]})


async def test_annual_costs_ten_per_cent_less_and_is_charged_today_less_the_unused_month(journey: Journey) -> None:
    ada = await signed_in_admin(journey, signed=False)
    journey.clock.advance(HALF_OF_MARCH - 300)
    await ada.log_in(ADA)
    quote = await quote_cycle(ada, "annual")
    assert (quote["newTotal"], quote["totalBefore"], quote["delta"]) == (usd(YEAR), usd(11997), usd(YEAR - 12 * 11997))
    assert quote["sentence"].startswith(
        "Change: monthly to annual billing. New plan total: $1,295.67/yr (-$143.97/yr), which is about $107.97 a month."
        " Each seat costs 10% less. Stripe will bill the annual amount today, less your unused monthly time."
    )
    assert f"It may differ by up to ${quote['mayDiffer']['amount'] / 100:.2f}" in quote["sentence"]
    unsigned = await switch(ada, quote)
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "baa_unsigned")
    await ada.sign_baa()
    journey.clock.advance(300)
    response = await switch(ada, quote)
    assert response.status_code == 200, response.text
    result = response.json()
    # Half of the month is over, so half of $59.98 and of $59.99 is credited; each line is rounded down.
    assert result["charged"] == usd(YEAR - 2999 - 3000)
    assert 0 <= result["charged"]["amount"] - quote["dueNow"]["amount"] <= quote["mayDiffer"]["amount"]
    assert (result["cycle"], result["newTotal"], result["invoice"]["total"]) == (
        "annual",
        usd(YEAR),
        result["charged"],
    )
    assert result["renewsAt"][:10] == journey.clock().replace(year=journey.clock().year + 1).date().isoformat()
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"], billing["renewsAt"]) == ("annual", usd(YEAR), result["renewsAt"])
    again = await switch(ada, quote)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")
    await assert_all_agree(journey, ada)
    seats = await quote_seats(ada, 2, 2)
    assert "/yr (+$647.89/yr), which is " in seats["sentence"]


async def test_a_switch_back_to_monthly_is_a_credit_that_pays_later_invoices(journey: Journey) -> None:
    ada = await signed_in_admin(journey, cycle="annual")
    journey.clock.advance(10 * 24 * 3600)
    await ada.log_in(ADA)
    quote = await quote_cycle(ada, "monthly")
    assert quote["dueNow"] == usd(0)
    assert (
        "The 10% off each seat ends. Stripe will credit your unused annual time, less the first month"
        in (quote["sentence"])
    )
    response = await switch(ada, quote)
    assert response.status_code == 200, response.text
    assert (response.json()["charged"], response.json()["newTotal"]) == (usd(0), usd(11997))
    credit = -response.json()["invoice"]["total"]["amount"]
    assert 0 <= quote["credit"]["amount"] - credit <= quote["mayDiffer"]["amount"]
    assert (await ada.get("/billing"))["balance"] == usd(credit)
    more = await quote_seats(ada, 3, 1)
    assert (more["dueNow"], more["fromBalance"]) == (usd(0), usd(2999))
    assert (await save_quote(ada, more)).json()["charged"] == usd(0)
    await assert_all_agree(journey, ada)


async def test_a_declined_card_leaves_the_cycle_unchanged(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_cycle(ada, "annual")
    await set_card(journey, "declining")
    response = await switch(ada, quote)
    assert (response.status_code, response.json()["code"]) == (402, "payment_declined")
    assert response.json()["declineCode"]
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await set_card(journey, "good")
    assert (await switch(ada, quote)).status_code == 200
    assert len(await assert_all_agree(journey, ada)) == 2


async def test_a_switch_whose_quote_is_expired_or_stale_is_rejected(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    same = await preview(ada, "/billing/cycle-quotes", {"cycle": "monthly"})
    assert (same.status_code, same.json()["code"]) == (409, "nothing_to_change")
    old = await quote_cycle(ada, "annual")
    journey.clock.advance(600)
    assert (await switch(ada, old)).json()["code"] == "quote_expired"
    stale = await quote_cycle(ada, "annual")
    assert (await save_quote(ada, await quote_seats(ada, 3, 1))).status_code == 200
    assert (await switch(ada, stale)).json()["code"] == "quote_stale"
    wrong = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": (await quote_seats(ada, 4, 1))["id"]})
    assert wrong.json()["code"] == "quote_stale", "a quote of seats does not hold for the cycle"
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await assert_all_agree(journey, ada)


async def test_a_switch_during_a_purchase_is_rejected(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    seats, cycle = await quote_seats(ada, 3, 1), await quote_cycle(ada, "annual")
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    saving = journey.later(ada.client.put("/api/v1/seats", json={**seats["after"], "quoteId": seats["id"]}))
    await journey.until_published("billing.set_quantities.v1")
    rejected = await switch(ada, cycle)
    assert rejected.json()["code"] in {"purchase_under_way", "quote_stale"}
    assert (await journey.during(saving)).status_code == 200
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await assert_all_agree(journey, ada)


async def test_a_clinician_who_logs_in_during_a_switch_is_let_in_afterwards_at_the_new_price(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    quote = await quote_cycle(ada, "annual")
    nia = journey.browser()
    await nia.sign_up("nia@harbor.example", "base")
    await nia.post("/login-codes", {"email": "nia@harbor.example"})
    await journey.drain()
    journey.bus.held = {Service.BILLING}
    switching = journey.later(ada.client.put("/api/v1/billing/cycle", json={"cycle": "annual", "quoteId": quote["id"]}))
    await journey.until_published("billing.switch_cycle.v1")
    login = journey.later(
        nia.client.post(
            "/api/v1/sessions",
            json={"email": "nia@harbor.example", "code": journey.letterbox.code("nia@harbor.example")},
        )
    )
    await journey.until_published("billing.set_quantities.v1")
    journey.bus.held = set()
    assert (await journey.during(switching)).status_code == 200
    await journey.during(login)
    await journey.pass_time(90, step=10)
    assert (await ada.get("/members"))["counts"]["active"] == 2
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert bought.data.cycle == "annual"
    await assert_all_agree(journey, ada)


async def response_lost(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path=UPDATES)


async def silent_for_a_minute(journey: Journey) -> None:
    await journey.stripe.fault("slow", method=None, path="/v1/*", times=1000, seconds=3)


@pytest.mark.parametrize("trouble", [response_lost, silent_for_a_minute], ids=lambda function: function.__name__)
async def test_a_switch_during_any_stripe_trouble_is_one_charge_and_the_admin_sees_the_result(
    journey: Journey, trouble: Callable[[Journey], Awaitable[None]]
) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_cycle(ada, "annual")
    journey.http.gateway.operations.patience = 0.2
    await trouble(journey)
    first = await switch(ada, quote)
    assert first.status_code in {200, 202}
    await journey.pass_time(60, step=10)
    await journey.stripe.heal()
    await journey.pass_time(120, step=10)
    path = first.headers.get("Location", "").removeprefix("/api/v1")
    result = first.json() if first.status_code == 200 else (await ada.get(path))["result"]
    assert (result["cycle"], result["newTotal"]) == ("annual", usd(YEAR))
    assert len(journey.published("billing.cycle_switched.v1")) == 1
    newest, _ = await assert_all_agree(journey, ada)
    assert newest["amount_paid"] == result["charged"]["amount"]
    items = (await journey.stripe.get(f"subscriptions/{subscription_of(journey)}"))["items"]["data"]
    assert len({(item["current_period_start"], item["current_period_end"]) for item in items}) == 1
