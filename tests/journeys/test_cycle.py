"""Monthly and annual: the amounts first, then the switch; 10% a seat; a credit that pays later invoices."""

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


async def priced(ada: Browser, cycle: str) -> dict[str, Any]:
    answer = await preview(ada, "/billing/cycle-quotes", {"cycle": cycle})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def switch(ada: Browser, quote: dict[str, Any]) -> httpx.Response:
    return await ada.put("/billing/cycle", {"cycle": quote["cycle"], "quoteId": quote["id"]})


async def test_annual_is_ten_per_cent_less_charged_today_less_the_unused_month(journey: Journey) -> None:
    ada = await signed_in_admin(journey, signed=False)
    journey.clock.advance(HALF_OF_MARCH - 300)
    await ada.log_in(ADA)
    quote = await priced(ada, "annual")
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
    answer = await switch(ada, quote)
    assert answer.status_code == 200, answer.text
    published = answer.json()
    # At the half of the month: of $59.98 and $59.99 the half is credited, each line rounded down.
    assert published["charged"] == usd(YEAR - 2999 - 3000)
    assert 0 <= published["charged"]["amount"] - quote["dueNow"]["amount"] <= quote["mayDiffer"]["amount"]
    assert (published["cycle"], published["newTotal"], published["invoice"]["total"]) == (
        "annual",
        usd(YEAR),
        published["charged"],
    )
    assert published["renewsAt"][:10] == journey.clock().replace(year=journey.clock().year + 1).date().isoformat()
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"], billing["renewsAt"]) == ("annual", usd(YEAR), published["renewsAt"])
    again = await switch(ada, quote)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")
    await assert_all_agree(journey, ada)
    seats = await quote_seats(ada, 2, 2)
    assert "/yr (+$647.89/yr), which is " in seats["sentence"]


async def test_back_to_monthly_is_a_credit_that_pays_what_comes_next(journey: Journey) -> None:
    ada = await signed_in_admin(journey, cycle="annual")
    journey.clock.advance(10 * 24 * 3600)
    await ada.log_in(ADA)
    quote = await priced(ada, "monthly")
    assert quote["dueNow"] == usd(0)
    assert (
        "The 10% off each seat ends. Stripe will credit your unused annual time, less the first month"
        in (quote["sentence"])
    )
    answer = await switch(ada, quote)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["charged"], answer.json()["newTotal"]) == (usd(0), usd(11997))
    credit = -answer.json()["invoice"]["total"]["amount"]
    assert 0 <= quote["credit"]["amount"] - credit <= quote["mayDiffer"]["amount"]
    assert (await ada.get("/billing"))["balance"] == usd(credit)
    more = await quote_seats(ada, 3, 1)
    assert (more["dueNow"], more["fromBalance"]) == (usd(0), usd(2999))
    assert (await save_quote(ada, more)).json()["charged"] == usd(0)
    await assert_all_agree(journey, ada)


async def test_a_card_that_says_no_leaves_the_cycle_as_it_is(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    quote = await priced(ada, "annual")
    await set_card(journey, "declining")
    answer = await switch(ada, quote)
    assert (answer.status_code, answer.json()["code"]) == (402, "payment_declined")
    assert answer.json()["declineCode"]
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await set_card(journey, "good")
    assert (await switch(ada, quote)).status_code == 200
    assert len(await assert_all_agree(journey, ada)) == 2


async def test_what_is_not_the_quotes_state_any_more_is_not_switched(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    same = await preview(ada, "/billing/cycle-quotes", {"cycle": "monthly"})
    assert (same.status_code, same.json()["code"]) == (409, "nothing_to_change")
    old = await priced(ada, "annual")
    journey.clock.advance(600)
    assert (await switch(ada, old)).json()["code"] == "quote_expired"
    stale = await priced(ada, "annual")
    assert (await save_quote(ada, await quote_seats(ada, 3, 1))).status_code == 200
    assert (await switch(ada, stale)).json()["code"] == "quote_stale"
    wrong = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": (await quote_seats(ada, 4, 1))["id"]})
    assert wrong.json()["code"] == "quote_stale", "a quote of seats is none of the cycle"
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await assert_all_agree(journey, ada)


async def test_a_switch_waits_for_no_purchase_and_is_refused_during_one(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    seats, cycle = await quote_seats(ada, 3, 1), await priced(ada, "annual")
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    saving = journey.later(ada.client.put("/api/v1/seats", json={**seats["after"], "quoteId": seats["id"]}))
    while not journey.published("billing.set_quantities.v1"):
        await journey.step()
    refused = await switch(ada, cycle)
    assert refused.json()["code"] in {"purchase_under_way", "quote_stale"}
    assert (await journey.during(saving)).status_code == 200
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    await assert_all_agree(journey, ada)


async def test_who_logs_in_during_a_switch_is_let_in_after_it_at_the_new_price(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    quote = await priced(ada, "annual")
    nia = journey.browser()
    await nia.sign_up("nia@harbor.example", "base")
    await nia.post("/login-codes", {"email": "nia@harbor.example"})
    await journey.drain()
    journey.bus.held = {Service.BILLING}
    switching = journey.later(ada.client.put("/api/v1/billing/cycle", json={"cycle": "annual", "quoteId": quote["id"]}))
    while not journey.published("billing.switch_cycle.v1"):
        await journey.step()
    login = journey.later(
        nia.client.post(
            "/api/v1/sessions",
            json={"email": "nia@harbor.example", "code": journey.letterbox.code("nia@harbor.example")},
        )
    )
    while not journey.published("billing.set_quantities.v1"):
        await journey.step()
    journey.bus.held = set()
    assert (await journey.during(switching)).status_code == 200
    await journey.during(login)
    await journey.pass_time(90, step=10)
    assert (await ada.get("/members"))["counts"]["active"] == 2
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert bought.data.cycle == "annual"
    await assert_all_agree(journey, ada)


async def answer_lost(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path=UPDATES)


async def silent_for_a_minute(journey: Journey) -> None:
    await journey.stripe.fault("slow", method=None, path="/v1/*", times=1000, seconds=3)


@pytest.mark.parametrize("trouble", [answer_lost, silent_for_a_minute], ids=lambda function: function.__name__)
async def test_whatever_stripe_does_a_switch_is_one_charge_and_the_admin_sees_the_truth(
    journey: Journey, trouble: Callable[[Journey], Awaitable[None]]
) -> None:
    ada = await signed_in_admin(journey)
    quote = await priced(ada, "annual")
    journey.http.gateway.operations._patience = 0.2
    await trouble(journey)
    first = await switch(ada, quote)
    assert first.status_code in {200, 202}
    await journey.pass_time(60, step=10)
    await journey.stripe.heal()
    await journey.pass_time(120, step=10)
    path = first.headers.get("Location", "").removeprefix("/api/v1")
    seen = first.json() if first.status_code == 200 else (await ada.get(path))["result"]
    assert (seen["cycle"], seen["newTotal"]) == ("annual", usd(YEAR))
    assert len(journey.published("billing.cycle_switched.v1")) == 1
    newest, _ = await assert_all_agree(journey, ada)
    assert newest["amount_paid"] == seen["charged"]["amount"]
    items = (await journey.stripe.get(f"subscriptions/{subscription_of(journey)}"))["items"]["data"]
    assert len({(item["current_period_start"], item["current_period_end"]) for item in items}) == 1
