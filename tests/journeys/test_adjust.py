"""Adjust Seats: the live preview, the charge to the cent on one invoice, and rejections that change nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from contracts.vocabulary import Quantities, Service
from tests.support.journey import Browser, Journey
from tests.support.money import (
    ADA,
    UPDATES,
    assert_all_agree,
    edit_in_dashboard,
    preview,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)

HALF_A_CYCLE = 15.5 * 24 * 3600
"""Seconds; the journeys begin in a month of 31 days."""


async def test_the_help_pages_example_is_previewed_and_charged_to_the_cent(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=1, signed=False)
    quote = await quote_seats(ada, 1, 3)
    assert quote["sentence"] == (
        "Change: +2 Voice seats, -1 Base seat. New plan total: $189.97/mo (+$70.00/mo)."
        " Stripe will bill the prorated difference for the rest of this cycle."
    )
    assert (quote["newTotal"], quote["delta"]) == (usd(18997), usd(7000))
    # In the first second of the cycle the proration is the whole difference.
    assert (quote["dueNow"], quote["credit"]) == (usd(7000), usd(0))
    rejected = await save_quote(ada, quote)
    assert (rejected.status_code, rejected.json()["code"]) == (409, "baa_unsigned"), "a preview needs no BAA"
    await ada.sign_baa()
    response = await save_quote(ada, quote)
    assert response.status_code == 200, response.text
    result = response.json()
    assert (result["charged"], result["newTotal"]) == (usd(7000), usd(18997))
    assert (result["seats"]["base"]["purchased"], result["seats"]["voice"]["purchased"]) == (1, 3)
    newest, *_ = await assert_all_agree(journey, ada)
    assert (result["invoice"]["id"], newest["total"], newest["amount_paid"]) == (newest["id"], 7000, 7000)
    assert len(newest["lines"]["data"]) == 4, "two items, a credit and a debit each, on one invoice"
    assert (await ada.get("/billing"))["total"] == usd(18997)
    line, *_ = (await ada.get("/activity?kind=money"))["items"]
    assert "Ada Park" in line["sentence"]
    assert "$70.00" in line["sentence"]


async def test_added_seats_are_billed_removed_seats_are_credited_and_the_credit_pays_later_changes(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=3)
    journey.clock.advance(HALF_A_CYCLE)
    await ada.log_in(ADA)
    added = await save_seats(ada, 2, 4)
    assert added["charged"] == added["invoice"]["total"]
    assert 0 < added["charged"]["amount"] < 5299
    quote = await quote_seats(ada, 1, 3)
    assert (quote["dueNow"], quote["change"]) == (usd(0), "-1 Base seat, -1 Voice seat")
    assert "Stripe will credit the prorated difference" in quote["sentence"]
    removed = await save_quote(ada, quote)
    assert removed.json()["charged"] == usd(0)
    credit = quote["credit"]["amount"]
    assert removed.json()["invoice"]["total"] == usd(-credit)
    assert credit > 0
    again = await quote_seats(ada, 1, 4)
    assert again["fromBalance"]["amount"] == min(credit, again["fromBalance"]["amount"] + again["dueNow"]["amount"])
    assert f"Your balance pays ${again['fromBalance']['amount'] / 100:.2f} of it." in again["sentence"]
    paid = (await save_quote(ada, again)).json()
    assert paid["charged"] == again["dueNow"]
    assert paid["invoice"]["total"]["amount"] == again["dueNow"]["amount"] + again["fromBalance"]["amount"]
    await assert_all_agree(journey, ada)


async def test_a_removal_that_costs_money_at_a_tier_boundary_says_so_in_the_preview(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=25)
    quote = await quote_seats(ada, 1, 24)
    assert quote["tier"]["voice"] == {
        "quantity": 24,
        "unitAmount": usd(4999),
        "listAmount": usd(5999),
        "nextFrom": 25,
        "nextUnitAmount": usd(4699),
    }
    # 24 seats at $49.99 cost $1,199.76; 25 seats at $46.99 cost $1,174.75.
    assert quote["sentence"] == (
        "Change: -1 Voice seat. New plan total: $1,230.76/mo (+$25.01/mo)."
        " Below 25 Voice seats each one costs $49.99/mo instead of $46.99/mo, so having fewer costs more."
        " Stripe will bill the prorated difference for the rest of this cycle."
    )
    response = await save_quote(ada, quote)
    assert response.json()["charged"] == quote["dueNow"] == usd(2501)
    await assert_all_agree(journey, ada)


async def test_the_newest_of_many_quick_previews_gets_the_response_and_stripe_gets_few_calls(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    requests = [ada.client.post("/api/v1/seats/quotes", json={"base": 2, "voice": n}) for n in range(2, 22)]

    async def send_all() -> list[httpx.Response]:
        return await asyncio.gather(*requests)

    responses = await journey.during(send_all())
    assert {response.status_code for response in responses} <= {201, 409}
    newest = journey.published("billing.quote_seats.v1")[-1].data.after.voice
    assert newest in {response.json()["after"]["voice"] for response in responses if response.status_code == 201}
    assert {response.json()["code"] for response in responses if response.status_code == 409} == {"superseded"}
    previews = await journey.stripe.requests("POST", "/v1/invoices/create_preview")
    assert len(previews) < 2 * len(requests)


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_no_save_goes_below_active_and_the_rejection_explains_how_to_convert_a_full_type(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=1)
    await journey.browser().join("nia@harbor.example", "base")
    plain = await save_quote(ada, await quote_seats(ada, 1, 1))
    assert problem(plain) == (409, "below_active")
    assert plain.json()["detail"] == "You have 2 Active Base members. Remove members first to free seats."
    figures = {name: plain.json()[name] for name in ("seatType", "purchased", "active", "requested")}
    assert figures == {"seatType": "base", "purchased": 2, "active": 2, "requested": 1}

    converting = await save_quote(ada, await quote_seats(ada, 0, 3))
    assert problem(converting) == (409, "below_active")
    assert converting.json()["detail"] == (
        "You have 2 Active Base members. To convert seats, add 2 Voice seats first,"
        " then switch 2 members to Voice in Members, then reduce Base to 0."
    )
    await save_seats(ada, 2, 3)
    for row in (await ada.get("/members?status=active"))["items"]:
        swapped = await ada.ask("PATCH", f"/members/{row['id']}", {"seatType": "voice"})
        assert swapped.status_code == 200, swapped.text
    done = await save_seats(ada, 0, 3)
    assert (done["seats"]["base"]["purchased"], done["seats"]["voice"]["active"]) == (0, 2)
    await assert_all_agree(journey, ada)


async def test_a_price_that_is_no_longer_valid_is_never_charged(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    same = await preview(ada, "/seats/quotes", {"base": 2, "voice": 1})
    assert problem(same) == (409, "nothing_to_change")
    nothing = await ada.put("/seats", {"base": 2, "voice": 1, "quoteId": UNKNOWN_QUOTE})
    assert problem(nothing) == (409, "nothing_to_change")
    unknown = await ada.put("/seats", {"base": 3, "voice": 1, "quoteId": UNKNOWN_QUOTE})
    assert problem(unknown) == (409, "quote_expired")

    other = await ada.put("/seats", {"base": 4, "voice": 1, "quoteId": (await quote_seats(ada, 3, 1))["id"]})
    assert problem(other) == (409, "quote_stale"), "a quote holds only for its own counts"

    old = await quote_seats(ada, 3, 1)
    journey.clock.advance(10 * 60)
    expired = await save_quote(ada, old)
    assert problem(expired) == (409, "quote_expired")
    assert "good for 10 minutes" in expired.json()["detail"]

    stale = await quote_seats(ada, 3, 1)
    await edit_in_dashboard(journey, 2, 4)
    overtaken = await save_quote(ada, stale)
    assert problem(overtaken) == (409, "quote_stale")
    assert "nothing was charged" in overtaken.json()["detail"]
    await journey.drain()
    assert await purchased_seats(ada) == Quantities(2, 4), "the read model has the edited quantities"
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 4)
    assert [update for update in await journey.updates() if update["status"] == 200 and update["idempotencyKey"]] == []


UNKNOWN_QUOTE = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


async def test_another_agencys_quote_is_rejected(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_seats(ada, 3, 1)
    await journey.open_agency("meadow.example", base=2, voice=1)
    bo = journey.browser()
    await bo.log_in("ada@meadow.example")
    await bo.sign_baa()
    assert problem(await save_quote(bo, quote)) == (409, "quote_expired")
    assert (await save_quote(ada, quote)).status_code == 200


async def test_a_declined_card_changes_nothing_blocks_nobody_and_the_problem_names_the_portal_call(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, auto_add=True)
    quote = await quote_seats(ada, 3, 1)
    await set_card(journey, "declining")
    response = await save_quote(ada, quote)
    assert problem(response) == (402, "payment_declined")
    assert response.json()["fix"] == "POST /api/v1/billing/portal-sessions"
    assert response.json()["declineCode"]
    seats = await ada.get("/seats")
    assert (seats["base"]["purchased"], seats["autoAdd"]["paused"]) == (2, None)
    assert len(await assert_all_agree(journey, ada)) == 1
    await set_card(journey, "good")
    again = await save_quote(ada, quote)
    assert again.status_code == 200, "the same price is still good"
    assert again.json()["charged"] == quote["dueNow"]
    await assert_all_agree(journey, ada)


async def response_lost(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path=UPDATES)


async def silent_for_a_minute(journey: Journey) -> None:
    await journey.stripe.fault("slow", method=None, path="/v1/*", times=1000, seconds=3)


async def locked(journey: Journey) -> None:
    await journey.stripe.fault("rate_limit", path=UPDATES, times=3, code="lock_timeout")


async def broken_after_the_change(journey: Journey) -> None:
    await journey.stripe.fault("error", path=UPDATES, after_change=True)


@pytest.mark.parametrize(
    "trouble",
    [response_lost, silent_for_a_minute, locked, broken_after_the_change],
    ids=lambda function: function.__name__,
)
async def test_a_save_during_any_stripe_trouble_is_one_charge_or_none_and_the_admin_sees_the_result(
    journey: Journey, trouble: Callable[[Journey], Awaitable[None]]
) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_seats(ada, 4, 2)
    journey.http.gateway.operations.patience = 0.2
    await trouble(journey)
    first = await save_quote(ada, quote)
    assert first.status_code in {200, 202}
    while_waiting = await ada.get("/seats")
    assert (while_waiting["base"]["purchased"], while_waiting["base"]["incoming"]) in {(2, 2), (4, 0)}
    second = await ada.put("/seats", {"base": 5, "voice": 2, "quoteId": quote["id"]})
    assert second.json()["code"] in {"purchase_under_way", "quote_expired", "quote_stale"}
    await journey.pass_time(60, step=10)
    await journey.stripe.heal()
    await journey.pass_time(120, step=10)
    result = first.json() if first.status_code == 200 else (await ada.get(_path(first)))["result"]
    assert (result["charged"], result["after"]) == (quote["dueNow"], {"base": 4, "voice": 2})
    newest, *_ = await assert_all_agree(journey, ada)
    assert (newest["id"], newest["amount_paid"]) == (result["invoice"]["id"], quote["dueNow"]["amount"])
    assert len(journey.published("seats.seats_adjusted.v1")) == 1


def _path(accepted: httpx.Response) -> str:
    return accepted.headers["Location"].removeprefix("/api/v1")


async def test_a_billing_service_killed_during_the_call_charges_once(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    quote = await quote_seats(ada, 4, 2)
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    journey.http.gateway.operations.patience = 0.2
    saving = journey.later(ada.client.put("/api/v1/seats", json={**quote["after"], "quoteId": quote["id"]}))
    await kill_billing_in_the_call(journey)
    assert (await journey.during(saving)).status_code in {200, 202}
    await journey.pass_time(60, step=5)
    newest, opening = await assert_all_agree(journey, ada)
    assert newest["amount_paid"] == quote["dueNow"]["amount"]
    assert opening["billing_reason"] == "subscription_create"
    assert await purchased_seats(ada) == Quantities(4, 2)


async def kill_billing_in_the_call(journey: Journey) -> None:
    """Cancel billing's worker after it sent the update and before the response; its lease expires by itself."""
    billing = journey.services[Service.BILLING]
    calling: asyncio.Task[int] | None = None
    run_tasks = billing.workers.run_once

    async def killed(most: int = 64) -> int:
        nonlocal calling
        calling = asyncio.create_task(run_tasks(most))
        while not [update for update in await journey.updates() if update["status"] is None]:
            await asyncio.sleep(0.01)
            if calling.done():
                return await calling
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        billing.workers.run_once = run_tasks  # type: ignore[method-assign]
        return 0

    billing.workers.run_once = killed  # type: ignore[method-assign]
    while billing.workers.run_once is killed:
        await journey.step()
    await journey.stripe.at_rest()


async def test_of_two_admins_who_save_at_once_one_succeeds_and_the_other_gets_a_rejection(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    cem = journey.browser()
    await cem.join("cem@harbor.example", "base")
    me = (await cem.get("/me"))["member"]["id"]
    assert (await ada.ask("PATCH", f"/members/{me}", {"role": "admin"})).status_code == 200
    quotes = [await quote_seats(ada, 3, 1), await quote_seats(cem, 2, 4)]
    responses = await at_once(journey, [saves(ada, quotes[0]), saves(cem, quotes[1])])
    assert sorted(response.status_code for response in responses) == [200, 409]
    [rejected] = [response for response in responses if response.status_code == 409]
    assert rejected.json()["code"] in {"purchase_under_way", "quote_stale"}
    assert len(await assert_all_agree(journey, ada)) == 2


def saves(browser: Browser, quote: dict[str, Any]) -> Any:  # noqa: ANN401  a coroutine
    return browser.client.put("/api/v1/seats", json={**quote["after"], "quoteId": quote["id"]})


async def at_once(journey: Journey, requests: list[Any]) -> list[httpx.Response]:
    async def gathered() -> list[httpx.Response]:
        return list(await asyncio.gather(*requests))

    return await journey.during(gathered())


async def test_a_save_during_another_change_is_rejected_and_the_page_shows_the_incoming_seats(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey)
    first, second = await quote_seats(ada, 3, 1), await quote_seats(ada, 2, 4)
    journey.bus.held = {Service.BILLING}
    saving = journey.later(saves(ada, first))
    await journey.until_published("billing.set_quantities.v1")
    rejected = await save_quote(ada, second)
    assert problem(rejected) == (409, "purchase_under_way")
    assert rejected.json()["detail"].startswith("Seats are being bought right now.")
    seats = await ada.get("/seats")
    assert (seats["base"]["purchased"], seats["base"]["incoming"]) == (2, 1)
    journey.bus.held = set()
    assert (await journey.during(saving)).status_code == 200
    assert problem(await save_quote(ada, second)) == (409, "quote_stale"), "its price was for two Base seats"
    await assert_all_agree(journey, ada)


async def first_login_request(journey: Journey, address: str, seat_type: str) -> Any:  # noqa: ANN401  a coroutine
    """Sign up and request a code; return the first login, ready to be sent."""
    browser = journey.browser()
    await browser.sign_up(address, seat_type)
    await browser.post("/login-codes", {"email": address})
    await journey.drain()
    return browser.client.post("/api/v1/sessions", json={"email": address, "code": journey.letterbox.code(address)})


@pytest.mark.parametrize("auto_add", [False, True], ids=["off", "on"])
async def test_a_reduction_and_a_first_login_never_both_get_the_same_seat(journey: Journey, auto_add: bool) -> None:
    ada = await signed_in_admin(journey, base=2, voice=2, auto_add=auto_add)
    await journey.browser().join("vic@harbor.example", "voice")
    login = await first_login_request(journey, "nia@harbor.example", "voice")
    quote = await quote_seats(ada, 2, 1)
    saving, logged_in = await at_once(journey, [saves(ada, quote), login])
    await journey.pass_time(30, step=2)
    status = {row["email"]: row["status"] for row in (await ada.get("/members"))["items"]}["nia@harbor.example"]
    assert logged_in.status_code == 201
    if saving.status_code == 200:
        assert status == ("active" if auto_add else "blocked")
    else:
        assert problem(saving) == (409, "below_active")
        assert status == "active"
    assert await purchased_seats(ada) == Quantities(2, 2 if status == "active" else 1)
    await assert_all_agree(journey, ada)


async def test_an_admins_change_and_an_auto_add_purchase_never_run_at_the_same_time(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    login = await first_login_request(journey, "nia@harbor.example", "base")
    quote = await quote_seats(ada, 1, 2)
    saving, logged_in = await at_once(journey, [saves(ada, quote), login])
    await journey.pass_time(30, step=2)
    assert logged_in.status_code == 201
    assert (await ada.get("/members"))["counts"]["active"] == 2
    if saving.status_code == 200:
        assert await purchased_seats(ada) == Quantities(2, 2)
    else:
        assert saving.json()["code"] in {"purchase_under_way", "quote_stale"}
        assert await purchased_seats(ada) == Quantities(2, 1)
    await assert_all_agree(journey, ada)


async def test_an_increase_seats_the_waiting_members_and_auto_add_off_buys_nothing(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    await journey.browser().join("one@harbor.example", "base")
    login = await first_login_request(journey, "nia@harbor.example", "base")
    waiting = journey.later(login)
    while not journey.published("seats.purchase_started.v1")[1:] and not (await ada.get("/seats"))["base"]["waiting"]:
        await journey.step()
    response = await save_quote(ada, await quote_seats(ada, 4, 1))
    assert response.status_code == 200, response.text
    assert (await journey.during(waiting)).json()["member"]["status"] == "active"
    await ada.auto_add(False)
    bought = len(journey.published("seats.seats_auto_added.v1"))
    await journey.browser().join("two@harbor.example", "base")
    await journey.browser().join("three@harbor.example", "base")
    await journey.pass_time(60, step=10)
    assert len(journey.published("seats.seats_auto_added.v1")) == bought
    assert (await ada.get("/members"))["counts"] | {} == {
        "active": 4,
        "blocked": 1,
        "invited": 0,
        "pendingLogin": 0,
        "removed": 0,
    }
    await assert_all_agree(journey, ada)
