"""One command buys seats and lets Blocked members in: over HTTP, as the panel on Members does it, to the cent."""

import re
from typing import Any

import httpx

from contracts.vocabulary import Quantities
from tests.journeys.test_awaited_payments import stripe_event
from tests.journeys.test_debt import owing_agency
from tests.support.journey import Browser, Journey
from tests.support.money import (
    ADA,
    assert_all_agree,
    purchased_seats,
    quote_seats,
    set_card,
    signed_in_admin,
    subscription_of,
)
from tests.support.visitor import Visitor

LET_IN = "/admin/agency/members/let-in"


async def blocked(journey: Journey, *names: str, seat: str = "voice") -> list[Browser]:
    """People whose first login finds no seat."""
    browsers = []
    for name in names:
        browser = journey.browser()
        response = await browser.join(f"{name}@harbor.example", seat)
        assert response.json()["member"]["status"] == "blocked", response.text
        browsers.append(browser)
    return browsers


async def let_in(ada: Browser, base: int, voice: int, *names: str, **more: Any) -> httpx.Response:  # noqa: ANN401  fields of the body
    """Let these people in, at the price of a new quote of these counts."""
    quote = await quote_seats(ada, base, voice)
    ids = [(await ada.row(f"{name}@harbor.example"))["id"] for name in names]
    key = more.pop("key", "let-in-1")
    return await ada.post(
        "/members/let-in", {**quote["after"], "quoteId": quote["id"], "ids": ids} | more, {"Idempotency-Key": key}
    )


async def statuses(*browsers: Browser) -> list[str]:
    return [(await browser.me())["status"] for browser in browsers]


async def pressed(
    journey: Journey, ada: Browser, address: str = "/admin/agency/members"
) -> tuple[Visitor, httpx.Response]:
    """What the panel's one button does: load the price, and send the form that it completes."""
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(address))
    await journey.during(visitor.open(f"{LET_IN}"))
    response = await journey.during(visitor.send(LET_IN))
    return visitor, response


async def test_one_button_buys_the_seats_of_both_types_and_lets_everyone_in_without_a_second_round_of_mail(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    people = [*await blocked(journey, "nia", "bea", seat="base"), *await blocked(journey, "cem", "dan", "eve")]
    visitor = Visitor(ada.client)
    await journey.during(visitor.open("/admin/agency/members"))
    assert "5 people are blocked for want of a seat, 2 Base and 3 Voice" in visitor.page
    await journey.during(visitor.open(LET_IN))
    assert "Add 2 Base seats and 3 Voice seats and let them in · $217.94 today" in visitor.page
    assert visitor.page.count("Line by line") == 1
    fields = visitor.fields(LET_IN)
    response = await journey.during(visitor.send(LET_IN))
    assert response.status_code == 200
    assert "5 people are in. $217.94 was charged today." in visitor.page
    assert await statuses(*people) == ["active"] * 5
    assert [journey.letterbox.invitations(f"{n}@harbor.example") for n in ("nia", "cem")] == [[], []]
    newest, *_ = await assert_all_agree(journey, ada)
    assert newest["amount_paid"] == 21794
    again = await journey.during(ada.client.post(LET_IN, data=fields))
    assert again.headers["location"] == str(response.request.url).removeprefix(journey.public), "the same form again"
    assert await assert_all_agree(journey, ada) == await journey.stripe.invoices(subscription_of(journey))
    line = next(item for item in (await ada.get("/activity"))["items"] if item["action"] == "seats_adjusted")
    assert "let in" in line["sentence"]
    assert "blocked-title" not in (await journey.during(visitor.open("/admin/agency/members"))).text


async def test_the_same_key_answers_the_same_and_another_basis_is_stale(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    nia, bea = await blocked(journey, "nia", "bea")
    quote = await quote_seats(ada, 1, 2)
    ids = [(await ada.row(f"{name}@harbor.example"))["id"] for name in ("nia", "bea")]
    body = {**quote["after"], "quoteId": quote["id"], "ids": ids}
    first = await ada.post("/members/let-in", body, {"Idempotency-Key": "k"})
    second = await ada.post("/members/let-in", body, {"Idempotency-Key": "k"})
    assert (first.status_code, first.json()["letIn"], first.json()["leftOut"]) == (200, 2, 0), first.text
    assert second.json() == first.json()
    assert await statuses(nia, bea) == ["active", "active"]
    (cem,) = await blocked(journey, "cem")
    stale = await let_in(ada, 1, 3, "cem", "nia")
    assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale"), "nia is not Blocked any more"
    few = await let_in(ada, 2, 2, "cem", key="k2")
    assert (few.status_code, few.json()["code"]) == (409, "quote_stale"), "these counts leave cem without a seat"
    assert await statuses(cem) == ["blocked"]
    await assert_all_agree(journey, ada)


async def test_after_a_declined_card_nobody_is_in_and_nothing_is_bought(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    people = await blocked(journey, "nia", "bea")
    await set_card(journey, "declining")
    visitor, response = await pressed(journey, ada)
    assert response.status_code == 402
    assert "declined" in visitor.page
    assert "2 people are blocked for want of a Voice seat" in visitor.page, "the panel is still there"
    assert await statuses(*people) == ["blocked", "blocked"]
    assert await purchased_seats(ada) == Quantities(1, 0)
    await set_card(journey, "good")
    visitor, response = await pressed(journey, ada)
    assert "2 people are in." in visitor.page
    assert await statuses(*people) == ["active", "active"]
    await assert_all_agree(journey, ada)


async def test_a_payment_that_the_bank_wants_confirmed_lets_them_in_once_it_is_paid(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    (nia,) = await blocked(journey, "nia")
    await set_card(journey, "action_required")
    visitor, _ = await pressed(journey, ada)
    assert "The payment has to be confirmed first" in visitor.page
    assert await statuses(nia) == ["blocked"]
    invoice = (await journey.stripe.invoices(subscription_of(journey)))[0]
    await set_card(journey, "good")
    await journey.stripe.post(f"invoices/{invoice['id']}/pay")
    await stripe_event(journey, "invoice.paid")
    assert await statuses(nia) == ["active"]
    await journey.during(visitor.open(str(visitor.at.request.url)))
    assert "1 person is in." in visitor.page
    await assert_all_agree(journey, ada)


async def test_a_choice_of_people_has_its_own_price_and_free_seats_are_offered_first(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    nia, bea = await blocked(journey, "nia", "bea")
    row = (await ada.row("nia@harbor.example"))["id"].replace("-", "")
    headers = {"HX-Request": "true"}
    chosen = await journey.during(ada.client.get(f"{LET_IN}?choose=yes&who={row}", headers=headers))
    assert "Add 1 Voice seat and let this person in" in " ".join(chosen.text.split())
    nobody = await journey.during(ada.client.get(f"{LET_IN}?choose=yes", headers=headers))
    assert "Choose the people to let in first." in nobody.text
    dialog = await journey.during(ada.client.get(f"{LET_IN}/choose"))
    assert dialog.text.count('name="who"') == 2
    response = await let_in(ada, 1, 1, "nia")
    assert response.json()["letIn"] == 1, response.text
    assert await statuses(nia, bea) == ["active", "blocked"]
    await ada.ask("DELETE", f"/members/{(await nia.me())['id']}")
    await journey.drain()
    visitor = Visitor(ada.client)
    await journey.during(visitor.open("/admin/agency/members"))
    assert "Re-invite 1 into the free seat" in visitor.page
    named = re.findall(r'type="hidden" name="ids" value="([^"]+)"', visitor.at.text)
    assert set(named) == {(await bea.me())["id"]}
    await journey.during(visitor.send("/admin/agency/members/change"))
    assert await statuses(bea) == ["invited"]
    assert len(journey.letterbox.invitations("bea@harbor.example")) == 1


async def test_a_save_that_leaves_people_blocked_says_so_and_offers_what_lets_them_in(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    await blocked(journey, "nia", "bea")
    quote = await quote_seats(ada, 1, 1)
    form = {"base": "1", "voice": "1", "quote_id": quote["id"]}
    headers = {"Origin": journey.public}
    saved = await journey.during(ada.client.post("/admin/agency/billing/adjust", data=form, headers=headers))
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(saved.headers["location"]))
    assert "2 people are blocked for want of a Voice seat" in visitor.page
    assert "Add 1 Voice seat and let them in" in visitor.page
    assert "Re-invite 1 into the free seat" in visitor.page


async def test_auto_add_is_switched_on_in_one_dialog_that_lets_the_blocked_in_by_the_same_click(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    (nia,) = await blocked(journey, "nia")
    visitor = Visitor(ada.client)
    await journey.during(visitor.open("/admin/agency/settings/auto-add"))
    assert "Switch Auto-Add ON?" in visitor.page
    assert "Switch ON, and add 1 Voice seat and let this person in · $59.99 today" in visitor.page
    await journey.during(visitor.send("/admin/agency/settings/auto-add", let_in="yes"))
    assert "1 person is in. $59.99 was charged today." in visitor.page
    assert (await ada.get("/seats"))["autoAdd"]["enabled"] is True
    assert await statuses(nia) == ["active"]
    await assert_all_agree(journey, ada)


async def test_more_than_fifty_people_get_in_at_once_after_one_more_question(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    people = await blocked(journey, *(f"p{n}" for n in range(52)))
    await ada.log_in(ADA)
    visitor, question = await pressed(journey, ada)
    assert "Add 52 seats at once?" in question.text
    await journey.during(visitor.send(LET_IN))
    assert "52 people are in." in visitor.page
    assert set(await statuses(*people)) == {"active"}
    await assert_all_agree(journey, ada)


async def test_what_is_owed_is_paid_first_by_the_same_button(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    (nia,) = await blocked(journey, "nia")
    assert (await nia.me())["blockedReason"] == "past_due"
    await set_card(journey, "good")
    visitor, _ = await pressed(journey, ada)
    assert "1 person is in." in visitor.page
    assert await statuses(nia) == ["active"]
    assert (await ada.get("/seats"))["owed"] is None
